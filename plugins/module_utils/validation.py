# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks an element of a document with the argument spec of its kind, by Ansible's own means.

A kind has hundreds of options, and an element states ten of them. Ansible looks for each option several times; here it
is asked to look for those only that are stated, required, or have a default.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult

Spec = t.Mapping[str, t.Any]
Params = t.Dict[str, t.Any]


def validate(spec: Spec, params: Params) -> t.Tuple[ValidationResult, Params]:
    """Ansible's result, and the parameters as a module has them: with every option, ``None`` where nothing is said."""
    checked = ArgumentSpecValidator(looked_for(spec, [params])).validate(params)
    return checked, completed(spec, checked.validated_parameters)


def looked_for(spec: Spec, stated: t.Sequence[t.Any]) -> t.Dict[str, t.Any]:
    """The part of ``spec`` that has something to say to any of the parameters that are ``stated``.

    It is all of it when one of them is unknown, so that the message lists what is known.
    """
    given: t.Dict[str, t.List[t.Any]] = {}
    for params in stated:
        if not isinstance(params, dict):
            continue
        for name, value in params.items():
            if name not in spec:
                return dict(spec)
            given.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    kept = {}
    for name, option in spec.items():
        if name in given and "options" in option:
            kept[name] = dict(option, options=looked_for(option["options"], given[name]))
        elif name in given or option.get("required") or option.get("default") is not None:
            kept[name] = option
    return kept


def completed(spec: Spec, params: Params) -> Params:
    """``params`` with every option of ``spec``."""
    full = dict(dict.fromkeys(spec), **params)
    for name, value in params.items():
        inner = spec.get(name, {}).get("options")
        if inner and isinstance(value, dict):
            full[name] = completed(inner, value)
        elif inner and isinstance(value, list):
            full[name] = [completed(inner, one) if isinstance(one, dict) else one for one in value]
    return full
