# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloud-init seeds of the NoCloud data source: the files, their fingerprint, and the ISO image that carries both.

https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import typing as t

from ..errors import InvalidOption
from .files import explained
from .programs import run

#: A mapping is rendered; a text is taken as it is.
Document = t.Union[t.Mapping[str, t.Any], str]

#: How a text begins that cloud-init knows what to do with; it passes over any other one with a mere warning in the
#: guest's log. (https://cloudinit.readthedocs.io/en/latest/explanation/format.html)
_BEGINNINGS = (
    *("#!", "#cloud-config", "#cloud-config-archive", "#cloud-config-jsonp", "#cloud-boothook", "#include"),
    *("#include-once", "#part-handler", "## template: jinja", "## template:jinja"),
)
_MIME = re.compile(r"(Content-Type|MIME-Version|From )", re.IGNORECASE)

#: In YAML as people write it, or as JSON.
_INSTANCE = re.compile(rb"""(?:^|[\s{,\0])["']?instance-id["']?\s*:\s*["']?([^\s"',}\0]+)""")

#: Printable to JSON but not to YAML, or line breaks to YAML. All of them can only occur within strings.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

#: In the application identifier of the ISO's volume descriptor, so in upper case (ECMA-119, 8.4.20).
_MARK = "KVM.FLEET SEED SHA256 "
_SECTOR = 2048
#: Where that field is: the descriptor is in sector 16 (ECMA-119, 6.7.1).
_APPLICATION = slice(16 * _SECTOR + 574, 16 * _SECTOR + 702)


@dataclasses.dataclass(frozen=True)
class SeedData:
    """The documents that a guest gets. ``meta_data`` wants at least ``instance-id``; ``None``: there is no such file.

    A text of ``user_data`` or ``vendor_data`` starts as cloud-init wants it: ``#cloud-config``, ``#!/bin/sh``, MIME …
    """

    user_data: Document = dataclasses.field(repr=False)  # passwords
    meta_data: Document
    network_config: t.Optional[Document] = None
    vendor_data: t.Optional[Document] = dataclasses.field(default=None, repr=False)


#: The options that they are.
DOCUMENTS = tuple(field.name for field in dataclasses.fields(SeedData))


def files(seed: SeedData) -> t.Dict[str, bytes]:
    """The files of the seed by name, as the guest reads them. Pure.

    :raises InvalidOption: a value that cannot be written as YAML, or a text that cloud-init would pass over.
    """
    documents = {name: getattr(seed, name) for name in DOCUMENTS}
    return {
        option.replace("_", "-"): _render(document, option)
        for option, document in documents.items()
        if document is not None
    }


def _render(document: Document, option: str) -> bytes:
    code = option in ("user_data", "vendor_data")
    if isinstance(document, str):
        if code and document.strip():
            _check_beginning(document, option)
        text = document
    elif not isinstance(document, t.Mapping):
        raise InvalidOption("it is neither a dictionary nor a text", option, "Write a dictionary or a text")
    else:
        if option == "network_config":
            check_network(document, option)
        text = ("#cloud-config\n" if code else "") + _as_yaml(document, option)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise InvalidOption("it has text that is not Unicode", option, "Write it in UTF-8") from exc


def _check_beginning(text: str, option: str) -> None:
    """Its first line, but for ``#!`` and the headers of a MIME document, is one of few and nothing else."""
    first = text.lstrip().partition("\n")[0].strip()
    if first.startswith("#!") or first.lower().startswith("## template") or _MIME.match(first):
        return
    if first.partition(" ")[0].lower() not in _BEGINNINGS:
        squeezed = first.replace(" ", "").replace("-", "").replace("_", "").lower()
        near = next((one for one in _BEGINNINGS if squeezed.startswith(one.replace("-", ""))), "#cloud-config")
        raise InvalidOption(
            "cloud-init does not recognise this text, and would pass over it",
            option,
            f"Make {near} its first line" if near != "#!" else "Start it with #!/bin/sh",
        )


def check_network(document: t.Mapping[str, t.Any], option: str) -> None:
    """:raises InvalidOption: cloud-init would not know which version of a network configuration it is.

    It may say as well that cloud-init shall leave the network alone
    (https://cloudinit.readthedocs.io/en/latest/reference/network-config.html#disabling-network-configuration).
    """
    inner = document.get("network", document)
    if inner == {"config": "disabled"}:
        return
    version = inner.get("version") if isinstance(inner, t.Mapping) else None
    if document and (isinstance(version, bool) or version not in (1, 2)):
        what = "there is no version" if version is None else "the version is neither the number 1 nor 2"
        raise InvalidOption(
            f"{what}, and cloud-init would pass over it", f"{option}.version", "Write version: 2, without quotes"
        )


def _as_yaml(document: t.Mapping[str, t.Any], option: str) -> str:
    """JSON, which is YAML too once it is rid of some characters; in one order whatever the order of its keys."""
    try:
        text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise InvalidOption(
            f"it cannot be written as YAML: {exc}", option, "Use only mappings, lists, texts, numbers and booleans"
        ) from exc
    return _NOT_IN_YAML.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n"


def fingerprint(seed: SeedData) -> str:
    """64 hexadecimal digits that change when any file of the seed does. Pure. :raises InvalidOption: as ``files``."""
    digest = hashlib.sha256()
    for name, content in sorted(files(seed).items()):
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def build_iso(seed: SeedData, folder: str) -> bytes:
    """The seed as an ISO image with the volume identifier ``cidata``; the same seed always gives the same bytes.

    The image is laid out in ``folder`` with empty files of the right sizes: what is in them stays in memory.

    :raises InvalidOption: as ``files``.
    :raises MissingDependency: xorriso is not installed.
    :raises NoSpace: there is no room in ``folder``.
    """
    content = files(seed)
    layout = os.path.join(folder, "layout")
    with explained(layout):
        os.mkdir(layout, 0o700)
        for name, data in content.items():
            with open(os.path.join(layout, name), "xb") as file:
                file.truncate(len(data))
    mark = _MARK + fingerprint(seed).upper()
    iso = bytearray(run("xorriso", *_MKISOFS, "-A", mark, "-o", "-", layout))
    for name, start in _beginnings(iso):
        iso[start : start + len(content[name])] = content[name]
    return bytes(iso)


# Rock Ridge and Joliet for the names; root's alone in the guest; without padding for CD drives; and nothing in it that
# identifies a run.
_MKISOFS = (
    *("-as", "mkisofs", "-quiet", "-V", "cidata", "-R", "-J", "-no-pad"),
    *("-uid", "0", "-gid", "0", "-dir-mode", "0500", "-file-mode", "0400"),
    *("--modification-date=1980010100000000", "--set_all_file_dates", "1980010100000000"),
)


def _beginnings(iso: bytearray) -> t.Iterator[t.Tuple[str, int]]:
    """Where in an image each file begins, by the directory with the long names: Joliet's, whose descriptor is that of
    type 2 among those from sector 16 on (ECMA-119, 8.4.18 and 9.1; numbers are there in both byte orders).
    """
    descriptors = [at for at in range(16 * _SECTOR, len(iso), _SECTOR) if iso[at] == 2]
    root = descriptors[0] + 156
    at = _number(iso, root + 2) * _SECTOR
    end = at + _number(iso, root + 10)
    while at < end and iso[at]:
        name = iso[at + 33 : at + 33 + iso[at + 32]]
        if len(name) > 1:  # not the directory itself, nor the one above it
            yield name.decode("utf-16-be").partition(";")[0], _number(iso, at + 2) * _SECTOR
        at += iso[at]


def _number(iso: bytearray, at: int) -> int:
    return int.from_bytes(iso[at : at + 4], "little")


def instance_id(content: bytes) -> t.Optional[str]:
    """What identifies the instance, in the file ``meta-data`` or an ISO image with that in it. Pure."""
    found = _INSTANCE.search(content)
    return None if found is None else found.group(1).decode("utf-8", "replace")


def read_fingerprint(beginning: bytes) -> t.Optional[str]:
    """The fingerprint of the seed in an ISO image, from its first 64 KiB; None when there is none. Pure."""
    match = re.fullmatch(_MARK.encode() + b"([0-9A-F]{64}) *", beginning[_APPLICATION])
    return match.group(1).decode().lower() if match else None
