# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of properties: what the user may write, the form it is compared in, and how XML says it. Pure."""

from __future__ import annotations

import dataclasses
import math
import operator
import re
import typing as t

from .. import units
from ..deps import Element
from ..errors import InvalidOption
from . import path as xmlpath

#: Stands for a secret wherever a value is shown; where one is declared, for the secret that is there (``hidden.py``).
HIDDEN = "(hidden)"


#: A login in a URL, as far as it can reach: its password may have a blank, a slash or an @ in it.
_LOGIN = re.compile(
    r"(?<=://)(?=\S*@|[^/?#\s@]*:[^/?#\n]*@)"  # there is one
    r"(?:[^/?#\s@]*:[^/?#\n]*@)?(?:\S*@)?"
)


def without_logins(value: t.Any) -> t.Any:
    """A value as it may be shown, in whatever it stands: URLs in texts without their logins."""
    if isinstance(value, str):
        return _LOGIN.sub(HIDDEN + "@", value) if "://" in value else value
    if isinstance(value, dict):
        return {name: without_logins(one) for name, one in value.items()}
    return [without_logins(one) for one in value] if isinstance(value, list) else value


def nothing_to_keep(where: str, place: str = "") -> InvalidOption:
    """The error of a secret that shall stay and is not there."""
    return InvalidOption(
        f"{HIDDEN} stands for the value that is there, and there is none{' at ' + place if place else ''}",
        where,
        "Declare the secret itself",
    )


def _same(value: t.Any) -> t.Any:
    return value


@dataclasses.dataclass(frozen=True)
class Type:
    """A scalar that is the text of an element or an attribute.

    ``spec`` is the Ansible argument spec of the option; ``parse`` turns what the user wrote into the compared form and
    raises :class:`InvalidOption`; ``load`` and ``dump`` go between text and that form; ``show`` is for a diff.
    ``same`` says whether what is there (first) is what is wanted (second), for values that libvirt expands;
    ``about`` what of the first a change to the second is about, for values of which only a part may be wanted.
    ``quiet`` is a value that is not worth showing where nothing changes. ``secret`` says that it is shown to nobody.
    """

    spec: t.Mapping[str, t.Any]
    parse: t.Callable[[t.Any], t.Any] = _same
    load: t.Callable[[str], t.Any] = _same
    dump: t.Callable[[t.Any], str] = str
    show: t.Callable[[t.Any], t.Any] = _same
    same: t.Callable[[t.Any, t.Any], bool] = operator.eq
    quiet: t.Any = None
    about: t.Callable[[t.Any, t.Any], t.Any] = lambda there, _wanted: there
    secret: bool = False

    def read(self, root: Element, path: str) -> t.Any:
        """The value at ``path``, or ``None``."""
        text = xmlpath.get_text(root, path)
        return None if text is None else self.load(text)

    def write(self, root: Element, path: str, value: t.Any) -> None:
        """Put ``value`` at ``path``."""
        xmlpath.set_text(root, path, self.dump(value))


@dataclasses.dataclass(frozen=True)
class SizeType(Type):
    """Bytes in an element with libvirt's ``unit`` attribute, rounded up to ``step`` as libvirt and QEMU do."""

    step: int = 1024
    default_unit: str = "KiB"

    def read(self, root: Element, path: str) -> t.Optional[int]:
        element = xmlpath.find(root, xmlpath.split(path)[0])
        if element is None or not element.text:
            return None
        return units.parse_size(element.text, element.get("unit", self.default_unit))

    def write(self, root: Element, path: str, value: int) -> None:
        element = xmlpath.make(root, xmlpath.split(path)[0])
        if self.step % 1024 == 0:
            element.text, unit = str(value // 1024), "KiB"
        else:
            element.text, unit = str(value), "bytes"
        element.set("unit", unit)


@dataclasses.dataclass(frozen=True)
class PresenceType(Type):
    """True when the element is there at all (``<readonly/>``)."""

    def read(self, root: Element, path: str) -> bool:
        return xmlpath.find(root, xmlpath.split(path)[0]) is not None

    def write(self, root: Element, path: str, value: bool) -> None:
        if value:
            xmlpath.make(root, xmlpath.split(path)[0])
        else:
            xmlpath.remove(root, path)


#: How values are read that stand at their path, and nowhere else.
AT_PATH = (Type.read, SizeType.read, PresenceType.read)


@dataclasses.dataclass(frozen=True)
class ValuesType(Type):
    """A complete list of scalars, each an element (or its attribute) at ``path``; ``ordered`` when the order counts."""

    ordered: bool = True

    def read(self, root: Element, path: str) -> t.List[t.Any]:
        attribute = xmlpath.split(path)[1]
        found = xmlpath.find_all(root, path.rpartition("/")[0] if attribute else path)
        values = [self.load((element.get(attribute) if attribute else element.text) or "") for element in found]
        return values if self.ordered else sorted(values)

    def write(self, root: Element, path: str, value: t.List[t.Any]) -> None:
        attribute = xmlpath.split(path)[1]
        element_path = path.rpartition("/")[0] if attribute else path
        for element in xmlpath.find_all(root, element_path):
            xmlpath.detach(element)
        steps, _attribute = xmlpath.split(element_path)
        for item in value:
            parent = xmlpath.make(root, steps[:-1])
            element = xmlpath.element(steps[-1][0])
            parent.append(element)
            if attribute:
                element.set(attribute, self.dump(item))
            else:
                element.text = self.dump(item)


def _bool_type(yes: str, no: str) -> Type:
    return Type({"type": "bool"}, load=lambda text: text == yes, dump=lambda value: yes if value else no, parse=bool)


def _number(low: int, high: float) -> t.Callable[[t.Any], int]:
    def parse(value: t.Any) -> int:
        if not low <= int(value) <= high:
            raise InvalidOption(
                f"{value} is out of range",
                remedy=f"Use {low} to {high}" if high < math.inf else f"Use {low} or more",
            )
        return int(value)

    return parse


#: What no XML document can have, however it is written (https://www.w3.org/TR/xml/#charsets).
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def refuse_unwritable(value: t.Any) -> None:
    """:raises InvalidOption: a text in it has what no XML document can have, with its place in it."""
    if isinstance(value, str):
        if _NOT_IN_XML.search(value):
            raise InvalidOption("control characters are not accepted", remedy="Remove them")
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        try:
            refuse_unwritable(name)
            refuse_unwritable(item)
        except InvalidOption as exc:
            raise exc.below(f"[{name}]" if isinstance(value, list) else repr(name)[1:-1]) from None


def _lines(value: t.Any) -> str:
    text = str(value)
    refuse_unwritable(text)
    return text


def _line(value: t.Any) -> str:
    text = _lines(value)
    if "\n" in text:
        raise InvalidOption("a line break is not accepted here", remedy="Write it in one line")
    return text


#: libvirt itself makes one of several.
_SLASHES = re.compile("/+")


def _path(value: t.Any) -> str:
    text = _line(value)
    if not text.startswith("/"):
        raise InvalidOption(f"'{text}' is not an absolute path", remedy="Start it with /")
    return _one_slash(text)


def _one_slash(text: str) -> str:
    return _SLASHES.sub("/", text).rstrip("/") or "/"


STR = Type({"type": "str"}, parse=_line)
#: Text of which none is the same as an empty one.
TEXT = Type({"type": "str"}, parse=_line, show=lambda text: text or None)
#: The same in any number of lines.
LINES = dataclasses.replace(TEXT, parse=_lines)
PATH = Type({"type": "path"}, parse=_path, same=lambda there, wanted: _one_slash(there) == _one_slash(wanted))
INT = Type({"type": "int"}, load=int)
YES_NO = _bool_type("yes", "no")
ON_OFF = _bool_type("on", "off")
INTERFACE = dataclasses.replace(TEXT, parse=units.parse_interface)
MAC = Type({"type": "str"}, parse=units.parse_mac, load=str.lower)
UUID = Type({"type": "str"}, parse=units.parse_uuid, load=str.lower)
WWN = Type({"type": "str"}, parse=units.parse_wwn, load=units.parse_wwn)
ADDRESS = Type({"type": "str"}, parse=units.parse_address, load=units.parse_address)
#: What libvirt itself shows to nobody who may only read.
SECRET = Type({"type": "str", "no_log": True}, show=lambda _value: HIDDEN, secret=True)
PRESENCE = PresenceType({"type": "bool"}, parse=bool)


def choice(*values: str) -> Type:
    """One of ``values``."""
    return Type({"type": "str", "choices": list(values)})


def number(low: int, high: float = math.inf) -> Type:
    """A whole number from ``low`` to ``high``. XML may have it in hexadecimal digits."""
    return Type({"type": "int"}, parse=_number(low, high), load=lambda text: int(text, 0))


def count(low: int, high: int) -> Type:
    """How many there are of something that is counted out: more than ``high`` are not even read from XML."""
    of = number(low, high)
    return dataclasses.replace(of, load=of.parse)


def quiet(of: Type, value: t.Any) -> Type:
    """``of`` where ``value`` is what nearly every object has: it is left out where an object is shown."""
    return dataclasses.replace(of, quiet=value)


def confidential(of: Type) -> Type:
    """``of`` where values may be secrets, although libvirt shows them to everybody.

    Ansible's ``no_log`` would not do: it masks such a value wherever it occurs, and it may be a single letter.
    """
    return dataclasses.replace(of, show=lambda value: of.show(value) and HIDDEN, secret=True)


def or_empty(of: Type) -> Type:
    """``of`` where an empty text, or 0, stands for none."""
    return dataclasses.replace(of, parse=lambda value: value and of.parse(value), show=lambda value: value or None)


#: What few objects have.
FLAG = quiet(YES_NO, False)
#: A number of which none is the same as 0.
NUMBER_OR_NONE = or_empty(number(0))


def size(step: int = 1024, default_unit: str = "KiB") -> SizeType:
    """Bytes, rounded up to a multiple of ``step``; XML without ``unit`` is in ``default_unit``."""
    return SizeType(
        {"type": "str"},
        parse=lambda value: -(-units.parse_size(value) // step) * step,
        show=units.format_size,
        step=step,
        default_unit=default_unit,
    )


def values(of: Type, ordered: bool = True) -> ValuesType:
    """A list of ``of``."""

    def parse(given: t.Any) -> t.List[t.Any]:
        parsed = [of.parse(item) for item in given]
        return parsed if ordered else sorted(parsed)

    spec: t.Dict[str, t.Any] = {"type": "list", "elements": of.spec["type"]}
    if "choices" in of.spec:
        spec["choices"] = of.spec["choices"]
    return ValuesType(
        spec,
        parse=parse,
        load=of.load,
        dump=of.dump,
        show=lambda items: [of.show(item) for item in items],
        secret=of.secret,
        ordered=ordered,
    )
