# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks elements of a document with the argument spec of their kind: Ansible does, where it would find anything.

A kind has hundreds of options, an element states ten of them, and most state them just as they have to be. Ansible
looks for each option several times and copies all that is there, which was a fifth of the time of a run without
changes. So it is only asked about elements that it would convert, complain of or keep secrets of, and about those of
their options that are stated, required, or have a default.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

Spec = t.Mapping[str, t.Any]
Params = t.Dict[str, t.Any]

#: What values are that Ansible takes as they are, by the type of their option. A path is a text.
_TYPES: t.Mapping[str, t.Any] = {
    "str": str,
    "path": str,
    "bool": bool,
    "int": int,
    "dict": dict,
    "list": list,
    "raw": object,
}


class Checked(t.NamedTuple):
    """What is said of an element."""

    #: As a module has them: with every option, ``None`` where nothing is said.
    complete: Params
    #: Whether Ansible had nothing to convert.
    fits: bool = True
    errors: t.Sequence[str] = ()
    #: What has to be hidden wherever it appears.
    secrets: t.AbstractSet[str] = frozenset()


class Validator:
    """Checks any number of elements with one ``spec``, which has no aliases, fallbacks or rules between options."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._required = [name for name, option in spec.items() if option.get("required")]
        self._blank = {name: option.get("default") for name, option in spec.items()}
        self._inner = {name: Validator(option["options"]) for name, option in spec.items() if option.get("options")}

    def check(self, params: Params) -> Checked:
        """What Ansible would say of an element."""
        if self._fits(params):
            return Checked(self._complete(params))
        asked = ArgumentSpecValidator(self.asked([params])).validate(params)
        return Checked(self._complete(asked.validated_parameters), False, asked.error_messages, asked._no_log_values)

    def asked(self, stated: t.Sequence[t.Any]) -> t.Dict[str, t.Any]:
        """The part of the spec that has something to say to any of the parameters that are ``stated``.

        It is all of it when one of them is unknown, so that the message lists what is known.
        """
        given: t.Dict[str, t.List[t.Any]] = {}
        for params in stated:
            if not isinstance(params, dict):
                continue
            for name, value in params.items():
                if name not in self.spec:
                    return dict(self.spec)
                given.setdefault(name, []).extend(value if isinstance(value, list) else [value])
        kept = {}
        for name, option in self.spec.items():
            if name in given and name in self._inner:
                kept[name] = dict(option, options=self._inner[name].asked(given[name]))
            elif name in given or option.get("required") or option.get("default") is not None:
                kept[name] = option
        return kept

    def _fits(self, params: t.Any) -> bool:
        """Whether Ansible would take all as it is and had nothing to say."""
        if not isinstance(params, dict) or not all(name in params for name in self._required):
            return False
        for name, value in params.items():
            option = self.spec.get(name)
            if option is None or option.get("no_log") or not self._is(option.get("type"), name, value):
                return False
            if "elements" in option and not all(self._is(option["elements"], name, item) for item in value):
                return False
            if "choices" in option and value not in option["choices"]:
                return False
        return True

    def _is(self, wanted: t.Any, name: str, value: t.Any) -> bool:
        if not isinstance(value, _TYPES.get(wanted, ())) or isinstance(value, bool) and wanted != "bool":
            return False
        if wanted == "path" and not {"~", "$"}.isdisjoint(str(value)):
            return False
        return wanted != "dict" or name not in self._inner or self._inner[name]._fits(value)

    def _complete(self, params: Params) -> Params:
        full = {**self._blank, **params}
        for name in self._inner.keys() & params.keys():
            inner, value = self._inner[name], params[name]
            if isinstance(value, dict):
                full[name] = inner._complete(value)
            elif isinstance(value, list):
                full[name] = [inner._complete(one) if isinstance(one, dict) else one for one in value]
        return full
