# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads of what disks are made of: domains, pools, and the image files themselves. Changes nothing."""

from __future__ import annotations

import dataclasses
import functools
import os
import stat
import typing as t

from ..connection import find
from ..content import files as content_files
from ..content.header import Header, read_header
from ..content.image import describe, parts
from ..deps import Element, libvirt
from ..errors import FleetError
from ..parallel import in_order
from ..xml import parse
from ..xml import path as xmlpath
from .reads import Reads, explained, first_bytes, remembered

#: What identifies a file or device: see :meth:`Host.place`.
Place = t.Tuple[t.Any, ...]


class DomainText(t.NamedTuple):
    """What libvirt says of a domain, parsed: what it is ``defined`` as, what ``runs`` now, what its ``saved`` state is
    of (``None``: nothing)."""

    name: str
    defined: t.Optional[Element]
    runs: t.Optional[Element]
    saved: t.Optional[Element]

    @property
    def roots(self) -> t.List[Element]:
        return [root for root in (self.runs, self.defined, self.saved) if root is not None]


class PoolText(t.NamedTuple):
    """What libvirt says of a pool, parsed."""

    name: str
    root: Element
    active: bool


@dataclasses.dataclass(frozen=True)
class Image:
    """What an image file is by its content. ``capacity`` is what a guest sees, in bytes.

    ``options`` are a volume's format options, of a qcow2 image; ``parts`` are other files with content of its own.
    """

    format: str
    capacity: int
    backing: t.Optional[str]
    options: t.Dict[str, t.Any] = dataclasses.field(default_factory=dict)
    encrypted: bool = False
    parts: t.Tuple[str, ...] = ()


class Storage(Reads):
    """The part of :class:`Host` that is about disks."""

    @functools.cached_property
    def domains(self) -> t.Tuple[DomainText, ...]:
        """Every domain."""
        with explained("domains"):
            list_saved = self._connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE)
            saved = {domain.name() for domain in list_saved}
            ask = functools.partial(_domain_text, saved)
            found = in_order(ask, self._connection.listAllDomains())
            return tuple(one for one in found if one is not None)

    @functools.cached_property
    def pools(self) -> t.Tuple[PoolText, ...]:
        """Every pool."""
        found = []
        with explained("pools"):
            for pool in self._connection.listAllStoragePools():
                active = bool(find(pool.isActive))
                text = find(pool.XMLDesc, 0 if active else libvirt.VIR_STORAGE_XML_INACTIVE)
                if text:
                    found.append(PoolText(pool.name(), parse.parse(text), active))
        return tuple(found)

    @remembered
    def volumes(self, pool: str) -> t.Tuple[Element, ...]:
        """What libvirt says of each volume of an active pool, parsed."""
        with explained("volumes"):
            there = find(self._connection.storagePoolLookupByName, pool)
            texts = [find(volume.XMLDesc, 0) for volume in (there.listAllVolumes() if there is not None else ())]
            return tuple(parse.parse(text) for text in texts if text)

    @remembered
    def snapshots(self, domain: str) -> t.Tuple[Element, ...]:
        """What libvirt says of each snapshot of a domain, parsed. Not every kind of guest can have some."""
        with explained("snapshots"):
            there = find(self._connection.lookupByName, domain)
            try:
                listed = there.listAllSnapshots() if there is not None else ()
            except libvirt.libvirtError as exc:
                if exc.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
                    raise
                listed = ()
            texts = [find(one.getXMLDesc) for one in listed]
            return tuple(parse.parse(text) for text in texts if text)

    @remembered
    def is_committed(self, domain: str, target: str) -> bool:
        """Whether an image of a disk of a running domain is being merged into one below it."""
        there = find(self._connection.lookupByName, domain)
        with explained(f"domain {domain}"):
            job = there.blockJobInfo(target) if there is not None and there.isActive() else None
        return (job or {}).get("type") in (
            libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT,
            libvirt.VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT,
        )

    @remembered
    def place(self, path: str) -> Place:
        """What is at a path, whichever way that leads there: a file by its device and inode, a device by its number.

        What is not there, or is on another machine, is known by its path.
        """
        if not self.local:
            return ("path", os.path.normpath(path))
        try:
            found = os.stat(path)
        except OSError:
            return ("path", os.path.realpath(path))
        except ValueError:  # no path at all
            return ("path", path)
        return ("device", found.st_rdev) if stat.S_ISBLK(found.st_mode) else ("file", found.st_dev, found.st_ino)

    def is_missing(self, path: str) -> bool:
        """Whether nothing is at the path, which this user can see. Of a remote host nobody can say."""
        try:
            if self.local:
                os.lstat(path)
            return False
        except (FileNotFoundError, NotADirectoryError):
            return True
        except (OSError, ValueError):  # it may be there, or it is no path at all
            return False

    def may_remove(self, path: str) -> bool:
        """Whether this user may remove the file at a path of this machine."""
        return self.local and os.access(os.path.dirname(path), os.W_OK | os.X_OK)

    @remembered
    def header(self, path: str) -> t.Optional[Header]:
        """What the image at a path says of itself, or what libvirt says of it; ``None``: neither can be seen."""
        if not self.local:
            return self._header_by_libvirt(path)
        try:
            if not _holds_data(os.stat(path).st_mode):  # to open a device may do something: a watchdog, a tape
                return Header("raw")
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except ValueError:
            return Header("raw")
        except OSError:
            if self.is_missing(path) and os.path.isdir(os.path.dirname(path)):
                return Header("raw")  # nothing is there, and so nothing is below it
            return self._header_by_libvirt(path)
        try:
            if not _holds_data(os.fstat(descriptor).st_mode):
                return Header("raw")
            found = read_header(lambda offset, length: os.pread(descriptor, length, offset))
            return _header_by_qemu(path) if found is None else found
        except OSError:
            return self._header_by_libvirt(path)
        finally:
            os.close(descriptor)

    def format_of(self, path: str) -> t.Optional[str]:
        """What the image at a path looks like; ``None``: nothing is there, or nobody can see."""
        header = None if self.is_missing(path) else self.header(path)
        return None if header is None else header.format

    def _header_by_libvirt(self, path: str) -> t.Optional[Header]:
        with explained("volumes"):
            volume = find(self._connection.storageVolLookupByPath, path)
            text = find(volume.XMLDesc, 0) if volume is not None else None
        return None if text is None else header_of(parse.parse(text))

    @remembered
    def begins(self, path: str, beginning: bytes) -> bool:
        """Whether an image begins with these bytes, as far as the file or libvirt can be asked."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC) if self.local else None
        except (OSError, ValueError):  # somebody else's
            descriptor = None
        if descriptor is None:
            return self._begins_by_libvirt(path, beginning)
        try:
            return os.read(descriptor, len(beginning)) == beginning
        except OSError:
            return False
        finally:
            os.close(descriptor)

    def _begins_by_libvirt(self, path: str, beginning: bytes) -> bool:
        """What cannot be read, or not while libvirt makes it, is taken as it is."""
        try:
            volume = find(self._connection.storageVolLookupByPath, path)
            return volume is not None and first_bytes(self._connection, volume, len(beginning)) == beginning
        except libvirt.libvirtError:
            return False

    @remembered
    def written(self, path: str) -> t.Optional[float]:
        """When a file was last written to, in seconds since 1970, if that can be seen."""
        try:
            return os.stat(path).st_mtime if self.local else None
        except OSError:
            return None

    def size(self, path: str) -> t.Optional[int]:
        """How many bytes a file of this machine has; ``None``: it is none, or cannot be seen."""
        try:
            found = os.stat(path) if self.local else None
        except OSError:
            return None
        return found.st_size if found is not None and stat.S_ISREG(found.st_mode) else None

    @remembered
    def files_in(self, folder: str) -> t.Optional[t.Tuple[str, ...]]:
        """The names of the files in a directory; ``None``: it cannot be looked into."""
        if not self.local:
            return None
        try:
            with os.scandir(folder) as entries:
                return tuple(sorted(entry.name for entry in entries if _is_file(entry)))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError:
            return None

    @remembered
    def image(self, path: str) -> t.Optional[Image]:
        """What the file at ``path`` is; ``None``: nothing is there, or the host is remote."""
        return probe(path) if self.local and os.path.lexists(path) else None


def probe(path: str) -> Image:
    """What an image file of this machine is. :raises SourceError: it cannot be read, or is no file."""
    with content_files.open_regular(path):
        info = describe(path)
    backing = info.get("full-backing-filename") or info.get("backing-filename")
    data = info.get("format-specific", {}).get("data", {})
    options = {
        "compat": data.get("compat"),
        "cluster_size": info.get("cluster-size"),
        "lazy_refcounts": data.get("lazy-refcounts", False),
        "extended_l2": data.get("extended-l2", False),
    }
    return Image(
        info["format"],
        info["virtual-size"],
        backing,
        options if info["format"] == "qcow2" else {},
        bool(info.get("encrypted")),
        parts(info),
    )


def _holds_data(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISBLK(mode)


def _is_file(entry: t.Any) -> bool:
    try:
        return bool(entry.is_file())
    except OSError:  # a symbolic link that leads nowhere
        return False


def header_of(volume: Element) -> Header:
    """What libvirt says of a volume, given as XML, as the header of its image."""
    capacity = volume.findtext("capacity")
    return Header(
        xmlpath.get_text(volume, "target/format/@type") or "raw",
        int(capacity) if capacity else None,
        volume.findtext("backingStore/path"),
        xmlpath.get_text(volume, "backingStore/format/@type"),
    )


def _header_by_qemu(path: str) -> Header:
    """Of a format that is too rare to be read here; what is damaged has nothing below it."""
    try:
        image = probe(path)
    except FleetError:
        return Header("raw")
    return Header(image.format, image.capacity, image.backing, None, image.parts)


def _domain_text(with_saved_state: t.AbstractSet[str], domain: t.Any) -> t.Optional[DomainText]:
    """``None``: it has gone meanwhile."""
    active, persistent = find(domain.isActive), find(domain.isPersistent)
    runs = find(domain.XMLDesc, 0) if active else None
    defined = find(domain.XMLDesc, libvirt.VIR_DOMAIN_XML_INACTIVE) if persistent else None
    saved = find(domain.managedSaveGetXMLDesc, 0) if domain.name() in with_saved_state else None
    found = DomainText(domain.name(), *(parse.parse(text) if text else None for text in (defined, runs, saved)))
    return found if found.roots else None
