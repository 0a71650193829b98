# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disk images: what one is, whether it may be trusted, and its conversion. All through qemu-img."""

from __future__ import annotations

import codecs
import dataclasses
import json
import os
import typing as t

from ..errors import SourceError
from .files import explained
from .programs import run
from .unpack import MAGICS, UNPACKED

#: Formats whose whole content is in the one file that was verified, or for which that is checked below.
TRUSTED_FORMATS = ("raw", "qcow2", "qcow", "qed", "vdi", "vhdx", "vmdk", "vpc")


_VHD = b"conectix"
#: Archives, by the place and the bytes that identify them. An .ova is a tar archive.
_ARCHIVES = (("zip", 0, b"PK\3\4"), ("tar", 257, b"ustar"), ("7z", 0, b"7z\xbc\xaf\x27\x1c"), ("rar", 0, b"Rar!\x1a\7"))


@dataclasses.dataclass(frozen=True)
class ImageInfo:
    """``virtual_size`` is what a guest sees, in bytes; ``backing_file`` is as the image writes it."""

    format: str
    virtual_size: int
    backing_file: t.Optional[str] = None


def probe(path: str) -> ImageInfo:
    """What the image is, by its content.

    :raises SourceError: it is damaged, or no image of its own: encrypted, or with content in other files of the host,
        through which a guest could read whatever file the image names.
    :raises MissingDependency: qemu-img is not installed.
    """
    info = describe(path, *(["-f", "vpc"] if _is_fixed_vhd(path) else []))
    refused = _why_refused(info)
    if refused:
        raise SourceError(f"the image {refused[0]}", remedy=refused[1])
    foreign = _foreign(path) if info["format"] == "raw" else None
    if foreign:
        raise SourceError(f"the content is {foreign[0]}, not a disk image", remedy=foreign[1])
    return ImageInfo(info["format"], info["virtual-size"])


def _foreign(path: str) -> t.Optional[t.Tuple[str, str]]:
    """What a file is that QEMU would take for a raw disk, as it does with everything, and what to do about it."""
    with open(path, "rb") as file:
        beginning = file.read(512)
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")) or (text.startswith(b"<!--") and b"<html" in text):
        return "a web page", "Look at the URL in a browser: it may be that of a page about the image"
    if text.startswith(b"<?xml"):
        return "an XML document", "Name the image itself"
    if text.startswith(b"version https://git-lfs"):
        return "a pointer of Git LFS", "Name the file that it stands for: git lfs pull fetches it"
    for name, offset, magic in _ARCHIVES:
        if beginning[offset:].startswith(magic):
            return f"a {name} archive", "Unpack it, and name the image that is in it"
    for name, magic in MAGICS.items():
        if beginning.startswith(magic):
            return f"a {name} file", f"Unpack it before: what is packed once as {', '.join(UNPACKED)} is unpacked here"
    if _is_text(beginning):
        return "a text", "Look at it: a server may have sent a message in the place of the image"
    return None


def _is_text(beginning: bytes) -> bool:
    """A disk begins with zeros, a boot sector or a header, none of which can be read."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(beginning)  # the last letter may be in two
    except UnicodeDecodeError:
        return False
    return bool(text) and all(letter.isprintable() or letter in "\ufeff\t\n\r\f" for letter in text)


def describe(path: str, *options: str) -> t.Dict[str, t.Any]:
    """What ``qemu-img info`` reports of an image, unchanged.

    :raises SourceError: it is damaged.
    :raises MissingDependency: qemu-img is not installed.
    """
    # -U: reading is harmless while somebody else has it open. An absolute path cannot be taken for a protocol.
    return dict(json.loads(run("qemu-img", "info", "--output=json", "-U", *options, os.path.abspath(path))))


def _is_fixed_vhd(path: str) -> bool:
    """A VHD of fixed size is a raw disk with a footer, which QEMU does not look for (Microsoft's VHD specification)."""
    if not os.path.isfile(path) or os.path.getsize(path) % 512 or os.path.getsize(path) < 1024:
        return False
    with explained(path), open(path, "rb") as file:
        if file.read(8) == _VHD:  # one that grows begins with it as well, and QEMU sees that
            return False
        file.seek(-512, os.SEEK_END)
        footer = file.read(64)
    return footer[:8] == _VHD and footer[60:64] == b"\0\0\0\2"


def _why_refused(info: t.Dict[str, t.Any]) -> t.Optional[t.Tuple[str, str]]:
    """What is wrong with an image for a source, and what to do, from what ``qemu-img info`` reports. Pure."""
    others = [info.get("backing-filename") or info.get("full-backing-filename"), *parts(info)]
    flatten = "Make one image of it, where it comes from: qemu-img convert -O qcow2 <image> <new image>"
    if info["format"] not in TRUSTED_FORMATS:
        return f"has the format {info['format']}", f"Convert it to qcow2 first; known are {', '.join(TRUSTED_FORMATS)}"
    if any(others):
        return f"has content in another file, '{next(filter(None, others))}'", flatten
    if info.get("encrypted"):
        return "is encrypted", "Decrypt it first"
    return None


def parts(info: t.Mapping[str, t.Any]) -> t.Tuple[str, ...]:
    """Other files with content of an image's own, from what ``qemu-img info`` reports of it. Pure."""
    data = info.get("format-specific", {}).get("data", {})
    extents = [extent["filename"] for extent in data.get("extents", ()) if extent["filename"] != info["filename"]]
    return tuple(filter(None, [data.get("data-file"), *extents]))


def convert(source: str, source_format: str, target: str, target_format: str, options: t.Sequence[str] = ()) -> None:
    """Write the content of ``source`` into the new image ``target``, sparse; ``options`` are those of its format.

    The format of the source is declared, not guessed: a raw disk may look like anything its guest writes to it.

    :raises SourceError: qemu-img cannot read the one or write the other; it says why.
    :raises NoSpace: it does not fit.
    """
    # Measured: out-of-order writes (-W) gain nothing on a local file system.
    paths = (os.path.abspath(source), os.path.abspath(target))
    given = ["-o", ",".join(options)] if options else []
    run("qemu-img", "convert", "-f", source_format, "-O", target_format, *given, *paths)
