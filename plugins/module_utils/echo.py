# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be shown of what a module was given: only what is known to be an option, and to be no secret. Pure.

Ansible hides what is ``no_log``, and shows all the rest: misspelt options, and whatever stands in the place of others.
"""

from __future__ import annotations

import typing as t

from .content.url import shown_url
from .deps import etree
from .errors import InvalidXml
from .xml import parse, secrets
from .xml.types import HIDDEN

Spec = t.Mapping[str, t.Any]
#: Paths of options such as ``disks.network.query``.
Paths = t.AbstractSet[str]

#: Shorter secrets are not looked for in messages: they would be found in every word.
_WORTH_HIDING = 4


def echo(
    spec: Spec, params: t.Mapping[str, t.Any], secret: Paths = frozenset(), around: str = ""
) -> t.Dict[str, t.Any]:
    """Parameters as they may be shown. What the ``spec`` does not know is hidden, and so are the ``secret`` options."""
    return {
        name: _shown(spec.get(name), value, secret, f"{around}{name}")
        for name, value in params.items()
        if not str(name).startswith("_ansible")
    }


def _shown(option: t.Optional[Spec], value: t.Any, secret: Paths, path: str) -> t.Any:
    if value is None or value in ("", [], {}):
        return value
    if option is None or is_secret(option, path, secret):
        return HIDDEN
    if option.get("type") == "list":
        if not isinstance(value, list):
            return HIDDEN
        inner = {"type": option.get("elements"), "options": option.get("options")}
        return [_shown(inner, item, secret, path) for item in value]
    if option.get("options") and isinstance(value, dict):
        return echo(option["options"], value, secret, path + ".")
    if isinstance(value, (list, dict)) or option.get("options") or option.get("type") == "dict":
        return HIDDEN
    return shown_text(value) if isinstance(value, str) else value


def is_secret(option: Spec, path: str, secret: Paths) -> bool:
    """Whether an option is shown to nobody."""
    return bool(option.get("no_log")) or path in secret


def shown_text(text: str) -> str:
    """A text as it may be shown where a word is meant: no logins of URLs, and no whole documents."""
    if "\n" in text:
        return HIDDEN
    if "://" in text:
        return shown_url(text)
    return HIDDEN if "@" in text and ":" in text else text


def scrubbed(message: str, spec: Spec, params: t.Mapping[str, t.Any], secret: Paths = frozenset()) -> str:
    """A message without what must not be shown of the parameters: what somebody else, libvirt or QEMU, says of them."""
    found = {value: shown for value, shown in _delicate(spec, params, secret, "") if len(value) >= _WORTH_HIDING}
    for value in sorted(found, key=len, reverse=True):
        for said in (value, repr(value)[1:-1]):
            message = message.replace(said, found[value])
    return message


def _delicate(spec: Spec, params: t.Any, secret: Paths, around: str) -> t.Iterator[t.Tuple[str, str]]:
    """Texts that must not be shown, each with what is shown in its place."""
    for name, value in params.items():
        path = f"{around}{name}"
        option = spec.get(name) or {}
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and option.get("options"):
                yield from _delicate(option["options"], one, secret, path + ".")
            elif isinstance(one, str):
                yield from ((text, HIDDEN) for text in _of_xml(one) if name == "xml")
                shown = HIDDEN if is_secret(option, path, secret) else shown_text(one)
                yield from [(one, shown)] if shown != one else []


def _of_xml(text: str) -> t.Iterator[str]:
    try:
        root = parse.parse(text) if etree is not None else None
    except InvalidXml:
        root = None
    for element in root.iter() if root is not None else ():
        for attribute in (*element.attrib, None):
            value = secrets.at(element, attribute)
            if value != secrets.shown(element, attribute, value):
                yield value
