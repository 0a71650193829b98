# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host of a planner case: what a case file says of it, in the place of what would be read."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import typing as t

import yaml

from ansible_collections.kvm.fleet.plugins.module_utils.content import seed as seeds
from ansible_collections.kvm.fleet.plugins.module_utils.resources.host import DiskUse, Image, InterfaceUse
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.seed import seed_data


@dataclasses.dataclass(frozen=True)
class HostFacts:
    """What planning asks of resources/host.py: all that is there is said."""

    arch: str = "x86_64"
    domain_type: str = "qemu"
    pool_types: t.Collection[str] = ("dir",)
    libvirt_version: int = 11_003_000
    remote: bool = False
    disks: t.Sequence[DiskUse] = ()
    clones: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    filter_users: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    made: dict[str, t.Any] | None = None
    files: t.Collection[str] = ()
    gone: t.Collection[str] = ()
    images: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    attributes: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    seeds: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    volume_groups: t.Collection[str] = ()
    interfaces: t.Sequence[InterfaceUse] = ()
    paths: t.Mapping[str, t.Collection[str]] = dataclasses.field(default_factory=dict)

    @classmethod
    def told(
        cls,
        disks: t.Sequence[dict[str, t.Any]] = (),
        interfaces: t.Sequence[dict[str, t.Any]] = (),
        **facts: t.Any,
    ) -> HostFacts:
        """As a case file has them."""
        nowhere = {"device": None, "network": None, "bridge": None}
        facts["interfaces"] = [InterfaceUse(**{**nowhere, **one}) for one in interfaces]
        facts["paths"] = facts.pop("volume_paths", {})
        uses = [DiskUse(**{"target": "vda", "live": False, "writes": True, **one}) for one in disks]
        facts["attributes"] = facts.pop("permissions", {})
        return cls(disks=[use._replace(source=_hashable(use.source)) for use in uses], **facts)

    def volume_at(self, path: str) -> tuple[str, str]:
        """Here every file is a volume of one pool."""
        return ("data", pathlib.PurePath(path).name)

    def volume_paths(self, pool: str) -> t.Collection[str]:
        return self.paths.get(pool, ())

    def real(self, path: str) -> str:
        """Here there are no symbolic links but those that the device mapper makes."""
        return path.replace("/dev/mapper/vg0-", "/dev/vg0/")

    def is_file(self, path: str) -> bool:
        return path in self.files

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
        return None if found is None else Image(**{"format": "qcow2", "capacity": 1, "backing": None, **found})

    def beginning(self, _pool: str, _name: str, _listed: bool, path: str) -> bytes:
        """That of a real seed."""
        documents = self.seeds.get(path)
        return b"" if documents is None else _iso(yaml.dump(documents))

    def volume_group(self, name: str) -> bool:
        return name in self.volume_groups


def _hashable(value: t.Any) -> t.Any:
    return tuple(value) if isinstance(value, list) else value


@functools.cache
def _iso(documents: str) -> bytes:
    return seeds.build_iso(seed_data(yaml.safe_load(documents), "", ""))[: 64 * 1024]
