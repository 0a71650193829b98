# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes, MAC addresses, UUIDs and IP addresses: what the user may write, and the form they are compared in. Pure."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from .errors import InvalidOption

#: Every unit of libvirt's scaled integers (https://libvirt.org/formatdomain.html#memory-allocation), in bytes.
#: A bare letter is binary, as in libvirt: ``512M`` is 512 MiB; ``MB`` is decimal.
UNITS: t.Dict[str, int] = {"": 1, "b": 1, "byte": 1, "bytes": 1}
for _power, _letter in enumerate("kmgtpe", start=1):
    UNITS[_letter] = UNITS[_letter + "ib"] = 1024**_power
    UNITS[_letter + "b"] = 1000**_power

#: Units that sizes are shown in: the binary ones first, and of the decimal ones those that people buy disks in.
_SHOWN = [(1000**power, letter + "B") for power, letter in enumerate("MGTPE", start=2)]
_SHOWN += [(1024**power, letter + "iB") for power, letter in enumerate("KMGTPE", start=1)]

_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$", re.ASCII)
_MAC = re.compile(r"^([0-9a-f]{1,2})([:-][0-9a-f]{1,2}){5}$")


def parse_size(value: t.Union[str, int], default_unit: str = "") -> int:
    """Bytes of ``2GiB``, ``2GB``, ``512M``, ``1.5GiB`` or a plain number (bytes, or ``default_unit``).

    :raises InvalidOption: no number, an unknown unit, or a fraction of a byte.
    """
    match = _SIZE.match(str(value))
    factor = UNITS.get((match.group(2) or default_unit).lower()) if match else None
    if match is None or factor is None:
        raise InvalidOption(
            f"'{value}' is not a size",
            remedy="Write a number with a unit such as 512MiB, 20GiB or 2GB; a number alone is bytes",
        )
    whole, dot, fraction = match.group(1).partition(".")
    scaled = int(whole + fraction) * factor
    size, rest = divmod(scaled, 10 ** len(fraction))
    if rest:
        raise InvalidOption(f"'{value}' is not a whole number of bytes", remedy="Use a smaller unit")
    return size


def format_size(size: int) -> str:
    """The shortest exact form: ``2GiB``, ``1536MiB``, ``2GB`` (which is ``1953125KiB``), ``1000 bytes``."""
    forms = [f"{size}{' bytes' if size else ''}"]
    for factor, unit in _SHOWN:
        if size and size % factor == 0:
            forms.append(f"{size // factor}{unit}")
    return min(reversed(forms), key=len)


def parse_mac(value: str) -> str:
    """``52-54-00-77-0-5`` as ``52:54:00:77:00:05``.

    :raises InvalidOption: not six hexadecimal bytes, or a multicast address, which no interface can have.
    """
    text = value.strip().lower()
    if text.isdigit():
        raise InvalidOption(
            f"'{value}' is not a MAC address", remedy="Quote it: YAML makes a number of digits with colons"
        )
    if not _MAC.match(text):
        raise InvalidOption(f"'{value}' is not a MAC address", remedy="Write six bytes: 52:54:00:77:00:05")
    parts = [int(part, 16) for part in re.split("[:-]", text)]
    if parts[0] & 1:
        raise InvalidOption(
            f"'{value}' is a multicast address", remedy="Use an even first byte, such as 52:54:00:77:00:05"
        )
    return ":".join(f"{part:02x}" for part in parts)


def parse_wwn(value: t.Any) -> str:
    """``0x20:00:00:00:C9:83:1B:4B`` as ``20000000c9831b4b``. :raises InvalidOption: it is no World Wide Name."""
    text = re.sub("^0x|:", "", str(value).lower())
    if not re.match("^[0-9a-f]{16}$", text):
        raise InvalidOption(
            f"'{value}' is not a World Wide Name", remedy="Write its 16 digits, such as 20000000c9831b4b"
        )
    return text


def parse_interface(value: str) -> str:
    """The name of a network interface or bridge of the host, which Linux keeps in 16 bytes with the one at the end.

    :raises InvalidOption: it cannot be one.
    """
    if len(value.encode()) > 15 or re.search(r"[\s/]", value):
        raise InvalidOption(
            f"'{value}' cannot be the name of a network interface",
            remedy="Use at most 15 characters, without spaces and slashes",
        )
    return value


def parse_uuid(value: str) -> str:
    """A UUID in lower case with hyphens. :raises InvalidOption: it is none."""
    import uuid  # which takes time, and most runs do without

    try:
        return str(uuid.UUID(value))
    except ValueError as exc:
        raise InvalidOption(f"'{value}' is not a UUID", remedy="Leave it out and libvirt makes one") from exc


def parse_address(value: str) -> str:
    """An IPv4 or IPv6 address in its shortest form. :raises InvalidOption: it is none."""
    try:
        return str(ipaddress.ip_address(str(value).strip()))
    except ValueError as exc:
        raise InvalidOption(
            f"'{value}' is not an IP address", remedy="Write it such as 10.77.0.1 or fd00:77::1"
        ) from exc
