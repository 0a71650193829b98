# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What planning asks the host for only sometimes: read at that moment, then remembered. Changes nothing."""

from __future__ import annotations

import functools
import os
import stat
import subprocess
import typing as t

from ..connection import find, is_local
from ..content import files as content_files
from ..content import programs, scratch
from ..content.image import ImageInfo
from ..content.image import probe as image_of
from ..content.unpack import packed_as
from ..deps import Element, libvirt
from ..errors import FleetError, MissingDependency
from ..xml import parse
from ..xml import path as xmlpath
from .offers import Offers
from .reads import explained, first_bytes, remembered
from .snapshot import records as snapshot_records
from .storage import Storage
from .unfinished import Steps, run_of, steps

#: What a disk is on: a path, or the pool and name of a volume, or the protocol and name of what is over the network.
Source = t.Union[str, t.Tuple[str, str]]


class DiskUse(t.NamedTuple):
    """A domain's disk. ``live``: the domain runs with it now."""

    domain: str
    target: str
    source: Source
    live: bool
    writes: bool


class FileUse(t.NamedTuple):
    """A file that a running domain has, and that is no disk."""

    domain: str
    path: str


class InterfaceUse(t.NamedTuple):
    """An interface of a running domain: its ``device`` on the host, and the ``network`` that it is in.

    ``bridge`` is that which it is plugged into, or the device that it is on.
    """

    domain: str
    device: t.Optional[str]
    network: t.Optional[str]
    bridge: t.Optional[str]
    isolated: bool = False


class Host(Storage, Offers):
    """Lazy, memoised reads over the session's connection and, where the URI is local, of the host's files."""

    def __init__(self, connection: t.Any, uri: str) -> None:
        super().__init__(connection, is_local(uri))
        self._uri = uri

    @functools.cached_property
    def arch(self) -> str:
        """The host's architecture, as libvirt calls it: ``x86_64``."""
        return str(self._connection.getInfo()[0])

    @functools.cached_property
    def unfinished(self) -> Steps:
        """What runs that have ended early have begun and not finished."""
        return steps(self._uri)

    @remembered
    def snapshot_records(self, uuid: str, domain: str) -> t.Sequence[str]:
        """The names of the snapshots of a domain that are remembered."""
        return snapshot_records.of(self._uri, uuid, domain)

    def is_snapshot_ours(self, uuid: str, name: str, created: int) -> bool:
        """Whether the collection made the snapshot of the domain with that UUID."""
        return snapshot_records.is_ours(self._uri, uuid, name, created)

    @property
    def new_owner(self) -> t.Tuple[int, int]:
        """User and group of a file that libvirt makes: its own."""
        return (os.getuid(), os.getgid()) if self._uri.endswith("/session") else (0, 0)

    @property
    def variables_folder(self) -> str:
        """Where libvirt keeps UEFI variables of this machine's guests (its qemu_conf.c)."""
        if self._uri.endswith("/session"):
            home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
            return os.path.join(home, "libvirt/qemu/nvram")
        return "/var/lib/libvirt/qemu/nvram"

    @property
    def channels_folder(self) -> t.Optional[str]:
        """What the directories begin with in which libvirt makes the sockets of channels, by the number of a guest's
        run; ``None``: it depends on the user.

        Versions after 9.0 have begun to use a shorter one (their qemu_conf.c).
        """
        if self._uri.endswith("/session"):
            return None
        long = self.libvirt_version < 9_001_000
        return "/var/lib/libvirt/qemu/channel/target/domain-" if long else "/run/libvirt/qemu/channel/"

    def run_of(self, number: int) -> str:
        """What identifies the run of a domain with this number, in what is recorded of it."""
        return run_of(self.local, number)

    @remembered
    def is_left(self, workdir: str) -> bool:
        """Whether such runs have left something in a working directory of this machine."""
        return scratch.is_left(workdir)

    @functools.cached_property
    def libvirt_version(self) -> int:
        """As libvirt counts: 9.0.0 is 9000000."""
        return int(self._connection.getLibVersion())

    @functools.cached_property
    def domain_type(self) -> str:
        """What ``type: auto`` comes to: ``kvm`` where guests really run on it, else the driver's own emulation.

        libvirt offers KVM wherever the device opens. On this machine the processor is asked.
        """
        driver = self._connection.getType().lower()
        if driver != "qemu":
            return driver
        if self.local:
            from ..host.virtualization import assess  # a no-op does without

            return "kvm" if assess().supported else "qemu"
        return "kvm" if "<domain type='kvm'" in self._connection.getCapabilities() else "qemu"

    @functools.cached_property
    def pool_types(self) -> t.FrozenSet[str]:
        """The types of pools that libvirt has its part for: distributions package some of them on their own."""
        with explained("pools"):
            offered = parse.parse(self._connection.getStoragePoolCapabilities())
        return frozenset(xmlpath.the_text(pool, "@type") for pool in offered.iterfind("pool[@supported='yes']"))

    @functools.cached_property
    def disks(self) -> t.Tuple[DiskUse, ...]:
        """Every disk of every domain: of its definition, and of what runs with the images that it is based on."""
        with explained("domains"):
            return tuple(use for domain in self._connection.listAllDomains() for use in disk_uses(domain))

    @functools.cached_property
    def interfaces(self) -> t.Tuple[InterfaceUse, ...]:
        """Every interface of the domains that run."""
        with explained("domains"):
            running = self._connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
            return tuple(use for domain in running for use in interface_uses(domain))

    @functools.cached_property
    def filter_users(self) -> t.Mapping[str, t.Sequence[t.Tuple[str, str]]]:
        """By the name of a network filter who refers to it: ``("domain", name)`` and ``("nwfilter", name)``."""
        found: t.Dict[str, t.List[t.Tuple[str, str]]] = {}
        with explained("network filters"):
            for one in self._connection.listAllNWFilters():
                _refer(found, ("nwfilter", one.name()), find(one.XMLDesc))
            for domain in self._connection.listAllDomains():
                _refer(found, ("domain", domain.name()), find(domain.XMLDesc, 0))
                _refer(found, ("domain", domain.name()), find(domain.XMLDesc, libvirt.VIR_DOMAIN_XML_INACTIVE))
        return found

    def brought_filter(self, name: str) -> t.Optional[str]:
        """A network filter as libvirt's package has it; ``None``: that is not there, or not on this machine."""
        try:
            with open(f"/usr/share/libvirt/nwfilter/{name}.xml", encoding="utf-8") as file:
                return file.read() if self.local else None
        except OSError:
            return None

    @remembered
    def volume_paths(self, pool: str) -> t.FrozenSet[str]:
        """Where the volumes of an active pool are."""
        with explained(f"pool {pool}"):
            volumes = self._connection.storagePoolLookupByName(pool).listAllVolumes()
            return frozenset(path for path in (find(volume.path) for volume in volumes) if path)

    @remembered
    def real_volume_paths(self, pool: str) -> t.FrozenSet[str]:
        """The same, without symbolic links."""
        return frozenset(self.real(path) for path in self.volume_paths(pool))

    @remembered
    def real(self, path: str) -> str:
        """The path without symbolic links; as it is where the host is remote."""
        return os.path.realpath(path) if self.local else path

    @remembered
    def pool_runs(self, name: str) -> t.Optional[bool]:
        """Whether the pool is active; ``None``: there is none."""
        with explained(f"pool {name}"):
            pool = find(self._connection.storagePoolLookupByName, name)
            return None if pool is None else bool(pool.isActive())

    @remembered
    def directory(self, path: str) -> t.Optional[t.Dict[str, t.Any]]:
        """``mode`` (an integer), ``owner`` and ``group`` of a directory; ``None``: nothing there, or a remote host.

        :raises NotADirectoryError: something else is there.
        :raises AccessDenied: this user may not see.
        """
        if not self.local:
            return None
        with content_files.explained(path):
            try:
                found = os.stat(path)
            except FileNotFoundError:
                return None
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(path)
        return {"mode": stat.S_IMODE(found.st_mode), "owner": found.st_uid, "group": found.st_gid}

    @remembered
    def permissions(self, path: str) -> t.Optional[t.Dict[str, t.Any]]:
        """Mode, owner and group of a file as options; ``None``: nothing there, or a remote host."""
        if not self.local or not os.path.exists(path):
            return None
        with content_files.explained(path):
            found = os.stat(path)
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        return {"permissions.mode": mode, "permissions.owner": found.st_uid, "permissions.group": found.st_gid}

    def is_file(self, path: str) -> bool:
        """Whether a file is there on the machine that the module runs on, which is where contents come from."""
        return os.path.isfile(path)

    @remembered
    def require_program(self, name: str) -> None:
        """:raises MissingDependency: the machine that the module runs on has no such program."""
        if not programs.is_there(name):
            raise programs.missing(name)

    @remembered
    def packed_as(self, path: str) -> t.Optional[str]:
        """As what a file of this machine is packed. :raises SourceError: it cannot be read."""
        return packed_as(path)

    @remembered
    def content(self, path: str) -> t.Optional[ImageInfo]:
        """What a file of this machine is that content is made of; ``None``: it is packed.

        :raises SourceError: it is no disk image of its own.
        """
        return None if self.packed_as(path) else image_of(path)

    def allocated(self, path: str) -> int:
        """How many bytes a file of this machine takes on its disk; 0: it cannot be seen."""
        try:
            return os.stat(path).st_blocks * 512 if self.local else 0
        except OSError:
            return 0

    def room(self, folder: str) -> t.Optional[int]:
        """How many bytes can be written below a directory; ``None``: it is not there, or not on this machine."""
        try:
            found = os.statvfs(folder) if self.local else None
        except OSError:
            return None
        return None if found is None else found.f_bavail * found.f_frsize

    def is_read_only(self, folder: str) -> bool:
        """Whether a directory is there whose file system nobody can write to."""
        try:
            return self.local and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
        except OSError:
            return False

    @remembered
    def volume_group(self, name: str) -> bool:
        """Whether LVM knows the volume group. :raises MissingDependency: the host has no LVM."""
        try:
            command = ["vgs", "--noheadings", "-o", "vg_name"]
            done = subprocess.run(command, text=True, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        except FileNotFoundError as exc:
            raise MissingDependency(
                "the program vgs is not installed", remedy="Install the package lvm2 on the host"
            ) from exc
        return name in done.stdout.split()

    @remembered
    def beginning(self, pool: str, name: str, listed: bool, path: str, length: int = 64 * 1024) -> bytes:
        """The first bytes of a volume: from its file where that can be read, else through libvirt.

        Libvirt may not list it yet, and sends no content over a read-only connection.
        """
        try:
            if is_local(self._uri) or not listed:
                with content_files.open_regular(path) as file:
                    return file.read(length)
        except FleetError:
            if not listed:
                raise
        return self.beginning_by_libvirt(pool, name, length)

    @remembered
    def beginning_by_libvirt(self, pool: str, name: str, length: int = 64 * 1024) -> bytes:
        """The same of what libvirt lists. It refuses as long as it is making the volume."""
        with explained(f"volume {pool}/{name}"):
            return beginning(self._connection, pool, name, length)


def beginning(connection: t.Any, pool: str, name: str, length: int = 64 * 1024) -> bytes:
    """The first bytes of a volume that libvirt lists."""
    return first_bytes(connection, connection.storagePoolLookupByName(pool).storageVolLookupByName(name), length)


def source_of(source: t.Optional[Element]) -> t.Optional[Source]:
    """What a ``source`` element of a disk is about, as in :class:`DiskUse`; ``None`` also where there is none."""
    if source is None:
        return None
    pairs = ((source.get("pool", ""), source.get("volume", "")), (source.get("protocol", ""), source.get("name", "")))
    return source.get("file") or source.get("dev") or next((pair for pair in pairs if all(pair)), None)


def disk_uses(domain: t.Any) -> t.Iterator[DiskUse]:
    """The disks of one domain (a ``virDomain``)."""
    for live, flags in ((True, 0), (False, libvirt.VIR_DOMAIN_XML_INACTIVE)):
        if live and not domain.isActive():
            continue
        text = find(domain.XMLDesc, flags)
        for disk in parse.parse(text).iterfind("devices/disk") if text else ():
            writes = disk.find("readonly") is None
            target = disk.find("target")
            name = target.get("dev", "") if target is not None else ""
            for depth, source in enumerate(disk.iter("source")):
                where = source_of(source)
                if where is not None:
                    yield DiskUse(domain.name(), name, where, live, writes and depth == 0)


def interface_uses(domain: t.Any) -> t.Iterator[InterfaceUse]:
    """The interfaces that one domain (a ``virDomain``) runs with."""
    text = find(domain.XMLDesc, 0)
    for interface in parse.parse(text).iterfind("devices/interface") if text else ():
        source, target, port = (interface.find(tag) for tag in ("source", "target", "port"))
        if source is not None:
            device = None if target is None else target.get("dev")
            isolated = port is not None and port.get("isolated") == "yes"
            yield InterfaceUse(
                domain.name(), device, source.get("network"), source.get("bridge") or source.get("dev"), isolated
            )


def _refer(found: t.Dict[str, t.List[t.Tuple[str, str]]], user: t.Tuple[str, str], text: t.Optional[str]) -> None:
    for reference in parse.parse(text).iter("filterref") if text else ():
        users = found.setdefault(xmlpath.the_text(reference, "@filter"), [])
        if user not in users:
            users.append(user)
