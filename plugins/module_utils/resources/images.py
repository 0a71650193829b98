# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who needs an image: chains of images as the disks of all domains and the directories of all pools have them.

Answered from the image files themselves where they can be read, else from what libvirt says of them; by device and
inode, not by path. Nothing is read before somebody asks. Pure but for asking the host.

What cannot be found: an image that is in no pool and that no domain or snapshot has, what an image is based on that
neither this user nor libvirt can read, and the needs of other machines.
"""

from __future__ import annotations

import functools
import os
import typing as t

from ..content.header import Header, Where, where
from ..deps import Element
from ..xml import path as xmlpath
from ..xml import table as tables
from .named import opened_by_qemu, paths_in
from .pool.table import TABLE
from .pool.types import OTHER, TYPES, PoolType
from .storage import Place, PoolText, Storage

#: Formats that may have an image below them (``None``: nobody said, and the image is asked). A raw one never has,
#: whatever its guest writes to its beginning.
_BASED = (None, "qcow", "qcow2", "qed", "vmdk", "vhdx", "vpc")


class Link(t.NamedTuple):
    """One image of a chain. ``name`` is its path, or the protocol and name of one that is reached over the network.

    ``parts`` are further files with its content: a data file, the extents of a VMDK.
    """

    place: Place
    name: str
    format: t.Optional[str]
    parts: t.Tuple[Link, ...] = ()

    @property
    def whole(self) -> t.Tuple[Link, ...]:
        """All files that it is."""
        return (self, *self.parts)


class Chain(t.NamedTuple):
    """What a disk is made of, the image that is written to first.

    ``known``: it is all of it; else something below the last one could not be seen.
    """

    links: t.Tuple[Link, ...]
    known: bool = True

    def position(self, place: Place) -> t.Optional[int]:
        """How far below the top that is; ``None``: it is not in the chain."""
        return next((index for index, link in enumerate(self.links) if link.place == place), None)

    @property
    def places(self) -> t.FrozenSet[Place]:
        return frozenset(file.place for link in self.links for file in link.whole)


class Disk(t.NamedTuple):
    """A disk of a domain, with its XML. ``runs``: the domain runs with it now. ``copy`` is what it is being copied to,
    whatever its guest writes meanwhile too, to be its image from then on, maybe.
    """

    domain: str
    element: Element
    runs: bool
    chain: Chain
    copy: Chain = Chain(())

    @property
    def target(self) -> str:
        return target_of(self.element)

    @property
    def writes(self) -> bool:
        """To the first image of the chain."""
        return writes(self.element)

    @property
    def chains(self) -> t.Tuple[Chain, ...]:
        """All that the disk is made of, or will be."""
        return (self.chain, self.copy) if self.copy.links else (self.chain,)

    def is_written(self, place: Place) -> bool:
        """Whether the domain, as long as it runs, may write to the image at this place."""
        return (self.writes and self.chain.position(place) == 0) or self.copy.position(place) == 0


class File(t.NamedTuple):
    """An image in a pool; ``volumes`` are its names ``(pool, name)``, of which it has one in each pool on a directory,
    those in active pools first. ``needs`` are what it is directly made of besides.
    """

    place: Place
    path: str
    volumes: t.Tuple[t.Tuple[str, str], ...]
    needs: t.FrozenSet[Place]

    def __str__(self) -> str:
        return "volume " + "/".join(self.volumes[0])


class Images:
    """The images of a host, as it is now."""

    def __init__(self, host: Storage) -> None:
        self._host = host

    @functools.cached_property
    def disks(self) -> t.Tuple[Disk, ...]:
        """All disks of all domains: as they run, as they are defined, as their saved state has them."""
        return tuple(
            Disk(domain.name, disk, root is domain.runs, self.chain(disk), self._copy_of(disk))
            for domain in self._host.domains
            for root in domain.roots
            for disk in root.iterfind("devices/disk")
        )

    @functools.cached_property
    def files(self) -> t.Tuple[File, ...]:
        """All images in pools: files as they are in directories, whether libvirt has seen them or not.

        What a domain has as a raw disk, or as a part of another image, is based on nothing, whatever its guest has
        written to its beginning.
        """
        found: t.Dict[Place, File] = {}
        formats: t.Dict[Place, t.Set[t.Optional[str]]] = {}
        for chain in (chain for disk in self.disks for chain in disk.chains):
            for file in (file for link in chain.links for file in link.whole):
                formats.setdefault(file.place, set()).add(file.format)
        raw = {place for place, said in formats.items() if said == {"raw"}}
        for pool in sorted(self._host.pools, key=lambda pool: not pool.active):
            for name, place, path, needs in self._in_pool(pool):
                before = found.get(place)
                names = (*(before.volumes if before else ()), (pool.name, name))
                found[place] = File(place, path, names, frozenset() if place in raw else needs)
        return tuple(found.values())

    def format_of(self, place: Place) -> t.Optional[str]:
        """What domains have an image as, which is not what it looks like: a guest can write the header of any format
        into its raw disk. ``None``: no domain has it, or none says what it is.
        """
        said = self._formats.get(place, set())
        return "raw" if "raw" in said else min(said, default=None)

    @functools.cached_property
    def _formats(self) -> t.Mapping[Place, t.Set[str]]:
        found: t.Dict[Place, t.Set[str]] = {}
        for chain in (chain for disk in self.disks for chain in disk.chains):
            for link in chain.links:
                if link.format is None:  # nor is there any knowing what is below that
                    break
                for file in link.whole:
                    found.setdefault(file.place, set()).add(file.format or "raw")
        return found

    @functools.cached_property
    def _named(self) -> t.Mapping[Place, t.FrozenSet[str]]:
        """The domains whose definitions name a path, wherever: UEFI variables, kernels, memory, arguments."""
        found: t.Dict[Place, t.Set[str]] = {}
        for domain in self._host.domains:
            for root in domain.roots:
                for place in self.named_in(root):
                    found.setdefault(place, set()).add(domain.name)
        return {place: frozenset(domains) for place, domains in found.items()}

    @functools.cached_property
    def _in_snapshots(self) -> t.Mapping[Place, t.FrozenSet[t.Tuple[str, str]]]:
        found: t.Dict[Place, t.Set[t.Tuple[str, str]]] = {}
        for domain in self._host.domains:
            for root in self._host.snapshots(domain.name):
                for place in self._needed_by_snapshot(root):
                    found.setdefault(place, set()).add((domain.name, xmlpath.the_text(root, "name")))
        return {place: frozenset(snapshots) for place, snapshots in found.items()}

    def _needed_by_snapshot(self, root: Element) -> t.Iterator[Place]:
        """What the domain had when it was made, what it wrote to then, and its memory; with all that is below."""
        yield from self.named_in(root)
        for disk in root.iterfind(".//devices/disk"):
            yield from self.chain(disk).places
        for disk in root.iterfind("disks/disk"):
            driver = disk.find("driver")
            yield from self._told(disk, None if driver is None else driver.get("type")).places

    @functools.cached_property
    def _by_need(self) -> t.Mapping[Place, t.List[File]]:
        found: t.Dict[Place, t.List[File]] = {}
        for file in self.files:
            for place in file.needs:
                found.setdefault(place, []).append(file)
        return found

    @functools.cached_property
    def _by_place(self) -> t.Mapping[Place, File]:
        return {file.place: file for file in self.files}

    @functools.cached_property
    def _having(self) -> t.Mapping[Place, t.FrozenSet[str]]:
        found = {place: set(domains) for place, domains in self._named.items()}
        for disk in self.disks:
            for place in (place for chain in disk.chains for place in chain.places):
                found.setdefault(place, set()).add(disk.domain)
        return {place: frozenset(domains) for place, domains in found.items()}

    def domains_with(self, place: Place) -> t.FrozenSet[str]:
        """The domains that need an image: on any level of a disk, or as anything else."""
        return self._having.get(place, frozenset())

    def snapshots_with(self, place: Place) -> t.FrozenSet[t.Tuple[str, str]]:
        """The snapshots, ``(domain, name)``, that cannot be returned to, or are not whole, without an image."""
        return self._in_snapshots.get(place, frozenset())

    def places_in(self, root: Element) -> t.Iterator[Place]:
        """Where all is that a document about a domain needs."""
        yield from self.named_in(root)
        for disk in root.iterfind("devices/disk"):
            yield from (*self.chain(disk).places, *self._copy_of(disk).places)

    def named_in(self, root: Element) -> t.Iterator[Place]:
        """What a document about a domain names by its path, wherever; with what is below the images among it that
        libvirt knows nothing of."""
        for path in paths_in(root):
            yield self._host.place(path)
        for path in opened_by_qemu(root):
            yield from self.below(path).places

    def is_active(self, pool: str) -> bool:
        """Whether something in a pool can be deleted now."""
        return any(one.active for one in self._host.pools if one.name == pool)

    def files_on(self, place: Place) -> t.List[File]:
        """The images in pools that are directly based on another one."""
        return self._by_need.get(place, [])

    def volumes_at(self, place: Place) -> t.Tuple[t.Tuple[str, str], ...]:
        """What pools call an image: ``(pool, name)``."""
        return self._by_place[place].volumes if place in self._by_place else ()

    def volumes_of(self, link: Link) -> t.Tuple[t.Tuple[str, str], ...]:
        """The same, of the one that a chain names: not of another hard link to it, or a symbolic link that leads out
        of the pool."""
        name = os.path.basename(link.name)
        return tuple(key for key in self.volumes_at(link.place) if key[1] == name or link.place[0] == "device")

    def chain(self, disk: Element) -> Chain:
        """What a disk, given as XML, is made of: what libvirt says of it, and from there on what the images say."""
        driver = disk.find("driver")
        return self._told(disk, driver.get("type", "raw") if driver is not None else "raw")

    def _copy_of(self, disk: Element) -> Chain:
        """What a disk, given as XML, is being copied to."""
        mirror = disk.find("mirror[@job='copy']")
        form = mirror.find("format") if mirror is not None else None
        return Chain(()) if mirror is None else self._told(mirror, None if form is None else form.get("type"))

    def _told(self, element: t.Optional[Element], image_format: t.Optional[str]) -> Chain:
        links: t.List[Link] = []
        complete = False
        while element is not None:
            link = self._link_to(element.find("source"), image_format)
            if link is None:
                complete = bool(links)
                break
            links.append(link)
            element = element.find("backingStore")
            form = element.find("format") if element is not None else None
            image_format = form.get("type") if form is not None else None
        found = self._with_headers(links)
        return found._replace(known=True) if complete else found

    def is_written(self, disk: Element, place: t.Optional[Place]) -> bool:
        """Whether an image is the first of a disk, given as XML."""
        link = self._link_to(disk.find("source"), None)
        return link is not None and link.place == place

    def below(self, path: str, image_format: t.Optional[str] = None) -> Chain:
        """The chain of the image at a path, itself first."""
        return self._with_headers([Link(self._host.place(path), path, image_format)])

    def capacity(self, link: Link) -> t.Optional[int]:
        """What a guest sees of an image that is no raw one, in bytes, if that can be seen."""
        header = self._header(link)
        return None if header is None else header.capacity

    def place_of_disk(self, disk: t.Mapping[str, t.Any]) -> t.Optional[Place]:
        """Where the image of a disk is, given as options; ``None``: it has none, or nobody can say."""
        path = disk.get("file") or disk.get("block")
        if path:
            return self._host.place(path)
        if disk.get("network.protocol"):
            return ("network", disk["network.protocol"], disk.get("network.name", ""))
        return self.place_of(disk["pool"], disk["volume"]) if disk.get("volume") else None

    def place_of(self, pool: str, volume: str) -> t.Optional[Place]:
        """Where the volume of this name is, or will be; ``None``: nobody can say."""
        found = self._where_is(pool, volume)
        return None if found is None else self._link(found, "", None).place

    def _with_headers(self, told: t.Sequence[Link]) -> Chain:
        """Also where libvirt says that nothing is below: who reads a chain asks who else needs its images."""
        links: t.List[Link] = []
        known, rest = True, list(told)
        while rest:
            link = rest.pop(0)
            header = self._header(link) if link.format in _BASED else Header("raw")
            folder = os.path.dirname(link.name)
            parts = header.parts if header is not None else ()
            links.append(link._replace(parts=tuple(self._link(where(name, folder), name, "raw") for name in parts)))
            if not rest and header is None:
                known = False
            elif not rest and header is not None and header.backing:
                below = self._link(where(header.backing, folder), header.backing, header.backing_format)
                rest += [below] if below.place not in [one.place for one in links] else []
        return Chain(tuple(links), known)

    def _header(self, link: Link) -> t.Optional[Header]:
        """``None`` also when it may be in a file system that is not mounted."""
        if not link.name.startswith("/") or (self._host.is_missing(link.name) and self._unmounted(link.name)):
            return None
        return self._host.header(link.name)

    def _unmounted(self, path: str) -> bool:
        folder = os.path.dirname(path)
        return any(
            not pool.active and type_of(pool).mounts and pool.root.findtext("target/path") == folder
            for pool in self._host.pools
        )

    def _link(self, found: t.Optional[Where], name: str, image_format: t.Optional[str]) -> Link:
        if found is None:
            return Link(("name", name), name, image_format)
        if isinstance(found, str):
            return Link(self._host.place(found), found, image_format)
        return Link(("network", *found), ":".join(found), image_format)

    def _link_to(self, source: t.Optional[Element], image_format: t.Optional[str]) -> t.Optional[Link]:
        if source is None:
            return None
        path = source.get("file") or source.get("dev")
        if path:
            return self._link(path, path, image_format)
        pool, volume, protocol = (source.get(name) for name in ("pool", "volume", "protocol"))
        if pool and volume:
            return self._link(self._where_is(pool, volume), f"{pool}/{volume}", image_format)
        if protocol:
            return self._link((protocol, source.get("name") or ""), "", image_format)
        return None

    def _where_is(self, pool: str, volume: str) -> t.Optional[Where]:
        known = next((one for one in self._host.pools if one.name == pool), None)
        if known is None:
            return None
        kind = type_of(known)
        if kind.named:
            return os.path.join(known.root.findtext("target/path") or "", volume)
        if kind.disk:
            return _over_network(known, volume)
        for root in self._host.volumes(pool) if known.active else ():
            if root.findtext("name") == volume:
                return root.findtext("target/path")
        return None

    def _in_pool(self, pool: PoolText) -> t.Iterator[t.Tuple[str, Place, str, t.FrozenSet[Place]]]:
        """The images in a pool: name, place, path, and what each is directly based on."""
        kind, folder = type_of(pool), pool.root.findtext("target/path") or ""
        names = self._host.files_in(folder) if kind.directory else None
        for name in names or ():
            path = os.path.join(folder, name)
            chain = self.below(path)
            parts = (part for link in chain.links for part in link.parts)
            yield name, chain.links[0].place, path, frozenset(one.place for one in (*chain.links[1:2], *parts))
        if names is not None or not pool.active:
            return
        for root in self._host.volumes(pool.name):
            name, path = xmlpath.the_text(root, "name"), root.findtext("target/path") or ""
            backing = root.findtext("backingStore/path")
            below = self._link(where(backing, folder), backing, None).place if backing else None
            place = self._link(_over_network(pool, name) if kind.disk else path, path, None).place
            yield name, place, path, frozenset([below] if below else [])


def type_of(pool: PoolText) -> PoolType:
    """What sets the type of a pool apart."""
    return TYPES.get(pool.root.get("type", ""), OTHER)


def _over_network(pool: PoolText, volume: str) -> t.Tuple[str, str]:
    """Where a volume is in a pool that no path of the host leads into."""
    disk = t.cast(t.Any, type_of(pool).disk)(tables.read(TABLE, pool.root), volume)
    return disk["network.protocol"], disk["network.name"]


def target_of(disk: Element) -> str:
    """The name of a disk, given as XML, in its domain: ``vda``."""
    target = disk.find("target")
    return target.get("dev", "") if target is not None else ""


def writes(disk: Element) -> bool:
    """Whether a domain writes to the first image of a disk, given as XML.

    What is written to a transient one goes into an image of QEMU's own.
    """
    marks = [disk.find(mark) for mark in ("readonly", "transient")]
    return disk.get("device") != "cdrom" and all(mark is None for mark in marks)
