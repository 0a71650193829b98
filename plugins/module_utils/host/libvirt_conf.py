# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of libvirt's daemons (``qemu.conf``): read as libvirt reads them, and changed in place. Pure.

Comments, order, blank lines and settings that nobody asked about stay as they are, byte for byte.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..errors import InvalidOption

Value = t.Union[int, str, t.List[str]]

_BLANKS = re.compile(r"[ \t]*")
_BLANKS_AND_EOL = re.compile(r"[ \t\r\n]*")
_COMMENT = re.compile(r"#[^\r\n]*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[-+]?[0-9]+")
_STRING = re.compile(r'"""(?P<long>.*?)"""|"(?P<double>[^"\r\n]*)"|\'(?P<single>[^\'\r\n]*)\'', re.DOTALL)
#: The commented setting that libvirt's own files have behind each explanation; prose is indented.
_SAMPLE = re.compile(r"^#(?P<statement>(?P<name>[a-z][a-z0-9_]*)[ \t]*=.*)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Statement:
    """``name = value`` with its place in the text: of the whole statement, and of its value."""

    name: str
    value: Value
    start: int
    value_start: int
    end: int


def parse(text: str, path: str) -> t.List[Statement]:
    """The settings in their order. Where a name stands twice libvirt goes by the first.

    :raises InvalidOption: naming ``path`` and the line that libvirt would stumble over.
    """
    statements = []
    position = 0
    while position < len(text):
        position = _after(_BLANKS_AND_EOL, text, position)
        comment = _COMMENT.match(text, position)
        if comment:
            position = comment.end()
        else:
            statement = _statement(text, position, path)
            statements.append(statement)
            position = _after(_BLANKS, text, statement.end)
            comment = _COMMENT.match(text, position)
            position = comment.end() if comment else position
        position = _after(_BLANKS, text, position)
        if position < len(text) and text[position] not in "\r\n;":
            raise _malformed(text, position, path, "something follows the value")
        position = _after(_BLANKS_AND_EOL, text, position + 1)
    return statements


def patch(text: str, path: str, settings: t.Mapping[str, t.Optional[Value]]) -> str:
    """The text with these settings; those that are ``None`` are taken out, wherever they stand.

    A new setting stands before the commented sample of its name, or at the end.
    """
    for name, value in settings.items():
        found = [statement for statement in parse(text, path) if statement.name == name]
        if value is None:
            for statement in reversed(found):
                text = _without(text, statement)
        elif not found:
            text = _with(text, f"{name} = {render(value)}\n", _sample_of(text, name))
        elif found[0].value != value:
            text = text[: found[0].value_start] + render(value) + text[found[0].end :]
    return text if text.strip() else ""  # libvirt reads an empty file, and no file of blank lines


def render(value: Value) -> str:
    """A value as libvirt writes it: there are no escapes, only three kinds of quotes."""
    if isinstance(value, list):
        return f"[ {', '.join(render(item) for item in value)} ]" if value else "[]"
    if isinstance(value, int):
        return str(value)
    for quote in ('"', "'"):
        if quote not in value and "\n" not in value and "\r" not in value:
            return quote + value + quote
    if '"""' in value + '""':
        raise InvalidOption("this text cannot be quoted in a file of libvirt")
    return '"""' + value + '"""'


def samples(text: str) -> t.Dict[str, t.Set[str]]:
    """The names that the file shows in commented samples, each with the type of its sample."""
    found: t.Dict[str, t.Set[str]] = {}
    for match in _SAMPLE.finditer(text):
        value = match.group("statement").partition("=")[2].strip()
        kind = "list" if value.startswith("[") else "str" if value[:1] in ("'", '"') else "int"
        found.setdefault(match.group("name"), set()).add(kind)
    return found


def types_of(value: Value) -> t.Set[str]:
    """The type of a value that is in a file, as :func:`samples` has it."""
    return {"list" if isinstance(value, list) else "int" if isinstance(value, int) else "str"}


def _statement(text: str, start: int, path: str) -> Statement:
    name = _NAME.match(text, start)
    if not name:
        raise _malformed(text, start, path, "a name was expected")
    position = _after(_BLANKS, text, name.end())
    if text[position : position + 1] != "=":
        raise _malformed(text, position, path, f"'=' was expected after '{name.group()}'")
    value_start = _after(_BLANKS, text, position + 1)
    value, end = _value(text, value_start, path)
    return Statement(name.group(), value, start, value_start, end)


def _value(text: str, start: int, path: str) -> t.Tuple[Value, int]:
    if text[start : start + 1] == "[":
        return _list(text, start, path)
    number = _NUMBER.match(text, start)
    if number:
        return int(number.group()), number.end()
    string = _STRING.match(text, start)
    if string:
        return next(group for group in string.groups() if group is not None), string.end()
    raise _malformed(text, start, path, "a number, a string in quotes or a list was expected")


def _list(text: str, start: int, path: str) -> t.Tuple[Value, int]:
    items: t.List[str] = []
    position = _after(_BLANKS_AND_EOL, text, start + 1)
    while text[position : position + 1] != "]":
        item, position = _value(text, position, path)
        items.append(t.cast(str, item))
        position = _after(_BLANKS_AND_EOL, text, position)
        if text[position : position + 1] == ",":
            position = _after(_BLANKS_AND_EOL, text, position + 1)
        elif text[position : position + 1] != "]":
            raise _malformed(text, position, path, "',' or ']' was expected in a list")
    return items, position + 1


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    """The place behind what the pattern matches there, which may be nothing."""
    match = pattern.match(text, position)
    return match.end() if match else position


def _malformed(text: str, position: int, path: str, what: str) -> InvalidOption:
    line = text.count("\n", 0, position) + 1
    return InvalidOption(
        f"libvirt cannot read this file, {what}",
        where=f"{path}:{line}",
        remedy="Correct the line, or restore the file of libvirt's package",
    )


def _sample_of(text: str, name: str) -> int:
    """Where a new setting belongs: before the sample, else at the end."""
    return next((match.start() for match in _SAMPLE.finditer(text) if match.group("name") == name), len(text))


def _with(text: str, line: str, position: int) -> str:
    before = text[:position]
    return before + ("\n" if before and not before.endswith("\n") else "") + line + text[position:]


def _without(text: str, statement: Statement) -> str:
    """The text without a statement, its comment and the lines that it alone stands on."""
    line_start = text.rfind("\n", 0, statement.start) + 1
    end = _after(_COMMENT, text, _after(_BLANKS, text, statement.end))
    alone = not text[line_start : statement.start].strip() and text[end : end + 1] in ("", "\r", "\n")
    if not alone:  # others stand on the line, with semicolons between them
        return text[: statement.start] + text[_after(re.compile("[ \t]*;?[ \t]*"), text, statement.end) :]
    line_end = text.find("\n", end) + 1
    return text[:line_start] + (text[line_end:] if line_end else "")
