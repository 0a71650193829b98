# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The header of an image file: its size, and in which other files its content is. A read instead of a process.

The layout is that of https://www.qemu.org/docs/master/interop/qcow2.html; qcow, its forerunner, begins alike.
"""

from __future__ import annotations

import json
import os
import re
import struct
import typing as t

#: How images begin that may name other files and that only qemu-img reads: QED, VMDK (two of them), VHDX.
_LEFT_TO_QEMU = (b"QED\0", b"KDMV", b"COWD", b"vhdxfile", b"conectix")
_QCOW = b"QFI\xfb"
#: The text that a VMDK may be, which says where its content is. QEMU reads no longer ones (its block/vmdk.c).
_VMDK, _LONGEST_TEXT = b"# Disk DescriptorFile", 2**20
#: A line of it: the access, how many sectors, of which kind, and in which file. Those of zeros have none.
_EXTENT = re.compile(r'^[ \t]*(?:RW|RDONLY|NOACCESS)[ \t]+(\d+)[ \t]+\w+(?:[ \t]+"([^"\n]*)")?', re.M)
_PARENT = re.compile(r'parentFileNameHint[ \t]*=[ \t]*"([^"\n]+)"')
_SECTOR = 512
_BACKING_FORMAT, _DATA_FILE = 0xE2792ACA, 0x44415441
#: A name is no longer than this, by the specification; nobody writes more extensions than that.
_LONGEST, _MANY = 1023, 64
#: Beyond it is no file's content.
_FAR = 2**62

#: How QEMU's drivers for the network name an image in a ``json:`` name: what libvirt calls the protocol and the name.
_OVER_NETWORK: t.Dict[str, t.Tuple[str, ...]] = {
    "rbd": ("pool", "image"),
    "nbd": ("export",),
    "iscsi": ("target", "lun"),
    "gluster": ("volume", "path"),
}

#: Where an image is: a path, or the protocol and the name of what is reached over the network.
Where = t.Union[str, t.Tuple[str, str]]
Read = t.Callable[[int, int], bytes]


class Header(t.NamedTuple):
    """``capacity`` is what a guest sees, in bytes. ``backing`` is what the image is based on, ``parts`` are further
    files with its own content: a data file of qcow2, the extents of a VMDK. All names are as the image writes them.

    The format is ``raw`` for all that begins like no image.
    """

    format: str
    capacity: t.Optional[int] = None
    backing: t.Optional[str] = None
    backing_format: t.Optional[str] = None
    parts: t.Tuple[str, ...] = ()


def read_header(read: Read) -> t.Optional[Header]:
    """The header of an image of which ``read(offset, length)`` returns bytes, fewer at its end. Pure but for that.

    ``None``: only qemu-img knows.
    """
    beginning = read(0, 104)
    if beginning.startswith(_LEFT_TO_QEMU):
        return None
    if beginning.startswith(_VMDK):
        return _of_text(read(0, _LONGEST_TEXT).decode("utf-8", "surrogateescape"))
    if not beginning.startswith(_QCOW) or len(beginning) < 48:
        return Header("raw")
    version, place, length = struct.unpack_from(">IQI", beginning, 4)
    (capacity,) = struct.unpack_from(">Q", beginning, 24)
    backing = _text(read(place, min(length, _LONGEST))) if 0 < place < _FAR and length else None
    if version == 1:
        return Header("qcow", capacity, backing)
    end = struct.unpack_from(">I", beginning, 100)[0] if version >= 3 and len(beginning) >= 104 else 72
    extensions = _extensions(read, end)
    backing_format = extensions.get(_BACKING_FORMAT) if backing else None
    parts = tuple(filter(None, [extensions.get(_DATA_FILE)]))
    return Header("qcow2", capacity, backing, backing_format, parts)


def _of_text(text: str) -> Header:
    """What the text of a VMDK says. It says so too when a part of the content has gone, where qemu-img gives up."""
    extents = _EXTENT.findall(text)
    parent = _PARENT.search(text)
    parts = tuple(dict.fromkeys(name for _sectors, name in extents if name))
    capacity = sum(int(sectors) for sectors, _name in extents) * _SECTOR
    return Header("vmdk", capacity, parent.group(1) if parent else None, None, parts)


def _extensions(read: Read, place: int) -> t.Dict[int, str]:
    """Those that are names. They stand in a row, each filled up to eight bytes, and end with one of the type 0."""
    found: t.Dict[int, str] = {}
    for _extension in range(_MANY):
        head = read(place, 8)
        kind, length = struct.unpack(">II", head) if len(head) == 8 else (0, 0)
        if not kind:
            break
        if kind in (_BACKING_FORMAT, _DATA_FILE):
            found[kind] = _text(read(place + 8, min(length, _LONGEST)))
        place += 8 + -(-length // 8) * 8
    return found


def _text(content: bytes) -> str:
    return content.partition(b"\0")[0].decode("utf-8", "surrogateescape")  # QEMU's strings end there


def where(name: str, folder: str) -> t.Optional[Where]:
    """Where the image is that another one in ``folder`` names so (``None``: nobody could say). Pure.

    See "Device URL Syntax" in https://www.qemu.org/docs/master/system/qemu-manpage.html.
    """
    if name.startswith("json:"):
        try:
            return _where(_nested(json.loads(name[len("json:") :])), folder)
        except (ValueError, AttributeError, TypeError):
            return None
    protocol, colon, rest = name.partition(":")
    if not colon or "/" in protocol:
        return os.path.join(folder, name)
    if protocol == "file":
        return os.path.join(folder, rest)
    if protocol == "rbd":
        return protocol, rest.partition(":")[0]
    url = re.match(r"//[^/]*/([^?]*)", rest)
    return (protocol.partition("+")[0], url.group(1)) if url else None


def _nested(said: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """The options of the node that reaches the file; names are nested, or dotted: ``file.filename``."""
    node: t.Dict[str, t.Any] = {}
    for option, value in said.items():
        parents = option.split(".")
        inner = node
        for parent in parents[:-1]:
            inner = inner.setdefault(parent, {})
        inner[parents[-1]] = value
    return _nested(node["file"]) if isinstance(node.get("file"), dict) else node


def _where(node: t.Dict[str, t.Any], folder: str) -> t.Optional[Where]:
    if "filename" in node:
        return where(node["filename"], folder)
    driver = node.get("driver", "")
    parts = [str(node.get(option, "")).strip("/") for option in _OVER_NETWORK.get(driver, ())]
    return (driver, "/".join(part for part in parts if part)) if any(parts) else None
