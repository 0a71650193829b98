# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host of a planner case: what a case file says of it, in the place of what would be read."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import os
import tempfile
import typing as t

import yaml

from ansible_collections.kvm.fleet.plugins.module_utils.content import seed as seeds
from ansible_collections.kvm.fleet.plugins.module_utils.content.header import Header
from ansible_collections.kvm.fleet.plugins.module_utils.content.image import ImageInfo
from ansible_collections.kvm.fleet.plugins.module_utils.content.programs import missing
from ansible_collections.kvm.fleet.plugins.module_utils.resources.host import DiskUse, InterfaceUse
from ansible_collections.kvm.fleet.plugins.module_utils.resources.offers import Machine, NetworkText
from ansible_collections.kvm.fleet.plugins.module_utils.resources.storage import DomainText, Image, PoolText
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.incomplete import MARK
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.seed_data import seed_data
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse

#: Where a case says nothing of pools, this is the one; the definitions in ../xml/recorded have their disks in it.
_POOL = parse.parse("<pool type='dir'><name>data</name><target><path>/var/lib/libvirt/images</path></target></pool>")
#: And where it says nothing of networks, this one, which the definitions there have their interfaces in.
_LAN = parse.parse("<network><name>lan</name><bridge name='virbr-lan'/></network>")
#: What of an image is not said by :class:`Image`.
_BESIDE = ("written", "unseen", "link", "bytes")


@dataclasses.dataclass(frozen=True)
class HostFacts:
    """What planning asks of resources/host.py: all that is there is said."""

    arch: str = "x86_64"
    domain_type: str = "qemu"
    pool_types: t.Collection[str] = ("dir",)
    libvirt_version: int = 11_003_000
    remote: bool = False
    disks: t.Sequence[DiskUse] = ()
    filter_users: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    made: dict[str, t.Any] | None = None
    files: t.Collection[str] = ()
    gone: t.Collection[str] = ()
    images: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    links: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    commits: t.Sequence[t.Sequence[str]] = ()
    attributes: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    seeds: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    volume_groups: t.Collection[str] = ()
    interfaces: t.Sequence[InterfaceUse] = ()
    paths: t.Mapping[str, t.Collection[str]] = dataclasses.field(default_factory=dict)
    unfinished: t.Mapping[tuple[str, str], t.Any] = dataclasses.field(default_factory=dict)
    marked: t.Collection[str] = ()
    pools_down: t.Collection[str] = ()
    devices: t.Collection[str] | None = None
    lacks: t.Collection[str] = ()
    memory_for_one: int | None = None
    guest_types: t.Collection[tuple[str, str]] = ()
    can: Machine | None = None
    contents: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    free: int | None = None
    read_only: t.Collection[str] = ()
    routes: t.Sequence[tuple[str, ipaddress.IPv4Network]] = ()
    #: From the rest of the case.
    domains: tuple[DomainText, ...] = ()
    pools: tuple[PoolText, ...] = (PoolText("data", _POOL, True),)
    networks: tuple[NetworkText, ...] = ()
    in_pools: t.Sequence[t.Any] = ()
    of_domains: t.Sequence[t.Any] = ()

    @classmethod
    def of(
        cls,
        there: t.Mapping[str, t.Sequence[t.Any]],
        /,
        disks: t.Sequence[dict[str, t.Any]] = (),
        interfaces: t.Sequence[dict[str, t.Any]] = (),
        unfinished: t.Sequence[dict[str, t.Any]] = (),
        routes: t.Mapping[str, str] | None = None,
        machine: t.Mapping[str, t.Any] | None = None,
        guest_types: t.Sequence[t.Sequence[str]] = (),
        **facts: t.Any,
    ) -> HostFacts:
        """As a case file has them; ``there`` are all objects, by their kinds."""
        nowhere = {"device": None, "network": None, "bridge": None}
        facts["interfaces"] = [InterfaceUse(**{**nowhere, **one}) for one in interfaces]
        facts["paths"] = facts.pop("volume_paths", {})
        facts["unfinished"] = {(one["step"], one["name"]): one for one in unfinished}
        uses = [DiskUse(**{"target": "vda", "live": False, "writes": True, **one}) for one in disks]
        uses = [use._replace(source=_hashable(use.source)) for use in uses]
        facts["attributes"] = facts.pop("permissions", {})
        facts["routes"] = [(device, ipaddress.IPv4Network(network)) for device, network in (routes or {}).items()]
        facts["guest_types"] = list(map(tuple, guest_types))
        if machine is not None:
            sets = {name: frozenset(machine.get(name, ())) for name in ("modes", "models")}
            facts["can"] = Machine(machine.get("vcpus"), **sets)
        pools = tuple(
            PoolText(one.name, one.live_root if one.active else one.root, one.active) for one in there["pool"]
        )
        networks = tuple(
            NetworkText(one.name, one.live_root if one.active else one.root, one.active)
            for one in there.get("network", ())
        )
        return cls(
            disks=uses,
            networks=networks or (NetworkText("lan", _LAN, True),),
            domains=(*(_text(domain) for domain in there["domain"]), *(_with_disk(use) for use in uses)),
            in_pools=there["volume"],
            of_domains=there["snapshot"],
            **({"pools": pools} if pools else {}),
            **facts,
        )

    @property
    def local(self) -> bool:
        return not self.remote

    @property
    def uuids(self) -> dict[str, str]:
        found = ((root.findtext("uuid"), one.name) for one in self.domains for root in one.roots)
        return {uuid: name for uuid, name in found if uuid is not None}

    def has_device(self, name: str) -> bool:
        """Where a case says nothing, all devices but those that libvirt makes."""
        return not name.startswith("virbr") if self.devices is None else name in self.devices

    def has_functions(self, name: str) -> bool:
        return self.has_device(name) and f"virtual functions of {name}" not in self.lacks

    def has_program(self, name: str) -> bool:
        return name not in self.lacks

    def require_program(self, name: str) -> None:
        if name in self.lacks:
            raise missing(name)

    def packed_as(self, path: str) -> str | None:
        """What is packed is packed by what its name ends in."""
        return path.rpartition(".")[2] if self.contents.get(path, {}) is None else None

    def machine(self, *_of: t.Any) -> Machine | None:
        return self.can

    def volume_paths(self, pool: str) -> t.Collection[str]:
        return self.paths.get(pool, ())

    def real_volume_paths(self, pool: str) -> t.Collection[str]:
        return {self.real(path) for path in self.volume_paths(pool)}

    def real(self, path: str) -> str:
        """Here there are no symbolic links but those that the device mapper makes."""
        return path.replace("/dev/mapper/vg0-", "/dev/vg0/")

    @property
    def variables_folder(self) -> str:
        return "/nvram"

    @property
    def channels_folder(self) -> str:
        return "/run/libvirt/qemu/channel/"

    def snapshot_records(self, _uuid: str, domain: str) -> list[str]:
        return [one.name for one in self.of_domains if one.domain == domain and one.ours]

    def is_snapshot_ours(self, _uuid: str, name: str, created: int) -> bool:
        return any(one.ours for one in self.of_domains if (one.name, one.created) == (name, created))

    def may_remove(self, path: str) -> bool:
        return self.local and os.path.dirname(path) not in self.read_only

    def run_of(self, number: int) -> str:
        return f"this {number}"

    def pool_runs(self, name: str) -> bool:
        return name not in self.pools_down

    def is_file(self, path: str) -> bool:
        return path in self.files

    def content(self, path: str) -> ImageInfo | None:
        """A small raw image, where a case says nothing; ``null`` is what is packed."""
        found = self.contents.get(path, {})
        return None if found is None else ImageInfo(**{"format": "raw", "virtual_size": 1024, **found})

    def allocated(self, path: str) -> int:
        return (self.contents.get(path) or {}).get("virtual_size", 1024)

    def room(self, _folder: str) -> int | None:
        return self.free

    def is_read_only(self, folder: str) -> bool:
        return folder in self.read_only

    def is_missing(self, path: str) -> bool:
        return path in self.gone

    def directory(self, _path: str) -> dict[str, int] | None:
        """No directory is there before one is made: then it has the permissions that were declared."""
        if self.made is None:
            return None
        mode = int(self.made.get("permissions.mode", "0711"), 8)
        return {"mode": mode, **{who: self.made.get("permissions." + who, 0) for who in ("owner", "group")}}

    def permissions(self, path: str) -> dict[str, t.Any] | None:
        found = self.attributes.get(path)
        return None if found is None else {"permissions." + name: value for name, value in found.items()}

    def image(self, path: str) -> Image | None:
        found = None if self.remote else self.images.get(path)
        known = {name: value for name, value in (found or {}).items() if name not in _BESIDE}
        return None if found is None else Image(**{"format": "qcow2", "capacity": 1, "backing": None, **known})

    def beginning(self, _pool: str, _name: str, _listed: bool, path: str, length: int = 64 * 1024) -> bytes:
        """That of a real seed; of what is ``marked`` the mark; of anything else some content."""
        documents = self.seeds.get(path)
        if documents is not None:
            return _iso(yaml.dump(documents))[:length]
        return MARK if path in self.marked else b"content"

    def beginning_by_libvirt(self, pool: str, name: str) -> bytes:
        return self.beginning(pool, name, True, "")

    def volume_group(self, name: str) -> bool:
        return name in self.volume_groups

    def place(self, path: str) -> tuple[str, str]:
        """What is at a path, through the symbolic links of directories, and one that is a file."""
        path = self.images.get(path, {}).get("link", path)
        folder, name = os.path.split(path)
        return ("path", os.path.join(self.links.get(folder, folder), name))

    def header(self, path: str) -> Header | None:
        real = self.place(path)[1]
        image = self.image(real)
        if image is not None and not self.images[real].get("unseen"):
            return Header(image.format, image.capacity, image.backing, None, tuple(image.parts))
        return None if image is not None or self.remote else Header("raw")

    def format_of(self, path: str) -> str | None:
        header = self.header(path) if self.place(path)[1] in self.images else None
        return None if header is None else header.format

    def begins(self, path: str, beginning: bytes) -> bool:
        """Only what is ``marked`` begins so."""
        return path in self.marked and MARK.startswith(beginning)

    def written(self, path: str) -> float | None:
        return self.images.get(self.place(path)[1], {}).get("written", 0)

    def size(self, path: str) -> int | None:
        return self.images.get(self.place(path)[1], {}).get("bytes")

    def files_in(self, folder: str) -> tuple[str, ...] | None:
        named = [path for one in self.domains for root in one.roots for path in _paths(root)]
        named += [*self.images, *self.seeds, *(volume.path for volume in self.in_pools)]
        below = {path: image["backing"] for path, image in self.images.items() if image.get("backing")}
        named += [os.path.join(os.path.dirname(path), backing) for path, backing in below.items()]
        there = {os.path.split(path) for path in named if path not in self.gone}
        real = self.links.get(folder, folder)
        found = {name for one, name in there if self.links.get(one, one) == real}
        return None if self.remote else tuple(sorted(found))

    def volumes(self, pool: str) -> tuple[t.Any, ...]:
        return tuple(volume.root for volume in self.in_pools if volume.pool == pool)

    def snapshots(self, domain: str) -> tuple[t.Any, ...]:
        return tuple(snapshot.root for snapshot in self.of_domains if snapshot.domain == domain)

    def is_committed(self, domain: str, target: str) -> bool:
        return [domain, target] in self.commits


def _text(domain: t.Any) -> DomainText:
    saved = parse.parse(domain.saved) if domain.saved else None
    return DomainText(domain.name, domain.root if domain.persistent else None, domain.live_root, saved)


def _with_disk(use: DiskUse) -> DomainText:
    """A domain of which the case says nothing but a disk."""
    if isinstance(use.source, str):
        kind = "dev" if use.source.startswith("/dev/") else "file"
        source = f"{kind}='{use.source}'"
    else:
        of_pool = use.source[0] not in ("rbd", "iscsi", "gluster")
        names = ("pool", "volume") if of_pool else ("protocol", "name")
        source = " ".join(f"{name}='{value}'" for name, value in zip(names, use.source, strict=True))
    image_format = "qcow2" if source.endswith(".qcow2'") else "raw"
    root = parse.parse(
        f"<domain><name>{use.domain}</name><devices><disk><driver type='{image_format}'/><source {source}/>"
        f"<target dev='{use.target}'/>"
        f"{'' if use.writes else '<readonly/>'}</disk></devices></domain>"
    )
    return DomainText(use.domain, root, root if use.live else None, None)


def _paths(root: t.Any) -> list[str]:
    sources = root.findall("devices/disk//source")
    return [source.get(name) for source in sources for name in ("file", "dev") if source.get(name)]


def _hashable(value: t.Any) -> t.Any:
    return tuple(value) if isinstance(value, list) else value


@functools.cache
def _iso(documents: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return seeds.build_iso(seed_data(yaml.safe_load(documents), "", ""), folder)
