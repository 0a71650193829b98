# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``cloud_init`` option of a domain: a seed volume and the drive it is in. Pure."""

from __future__ import annotations

import os
import typing as t

from ...content.seed import fingerprint
from ...errors import InvalidOption
from ...xml.table import Desired
from ..base import Want
from ..volume.seed_data import said, seed_data
from .devices.disks import SEEDS, seed_name


def wants_seed(want: Want) -> t.Optional[bool]:
    """Whether the domain is declared to have a seed; ``None``: it keeps what it has. ``cloud_init: {}`` says no."""
    given = want.params.get("cloud_init")
    return None if given is None else any(value is not None for value in given.values())


def seed_disk(want: Want) -> Desired:
    """The drive of the seed, to stand at the end of the domain's disks.

    A read-only virtio disk: the kernels of cloud images (Debian's ``linux-image-cloud``) have no driver for SATA
    drives, and NoCloud takes any block device with the right label.
    """
    return {
        "device": "disk",
        "bus": "virtio",
        "readonly": True,
        "pool": seed_pool(want),
        "volume": seed_name(want.name),
    }


def seed_pool(want: Want) -> str:
    """The pool that holds the seed: the one named, else that of the first disk in a pool.

    :raises InvalidOption: there is none, or the disks are not declared.
    """
    pool = want.params["cloud_init"].get("pool")
    if want.values.get("disks") is None:
        raise InvalidOption(
            "cloud_init adds a drive, but the disks of the domain are not declared",
            where=want.at("disks"),
            remedy="Declare disks",
        )
    pools = [disk["pool"] for disk in want.values["disks"] if disk.get("pool")]
    if not pool and not pools:
        raise InvalidOption(
            "no disk is in a pool that could take the seed",
            where=want.at("cloud_init.pool"),
            remedy="Name the pool for it",
        )
    return pool or pools[0]


def seed_params(want: Want) -> t.List[t.Tuple[str, t.Dict[str, t.Any], str]]:
    """The volume that a domain's ``cloud_init`` declares with it, and that option.

    :raises InvalidOption: a document that cloud-init would not understand, by the path that the user wrote it at.
    """
    if want.absent or not wants_seed(want):
        return []
    given = want.params["cloud_init"]
    meta_data = said(given.get("meta_data"), {})
    by_content = given.get("instance_id") == "content"
    if by_content and isinstance(meta_data, t.Mapping) and "instance-id" in meta_data:
        raise InvalidOption(
            "meta_data has an instance-id of its own",
            where=want.at("cloud_init.instance_id"),
            remedy="Remove one of the two",
        )
    if isinstance(meta_data, t.Mapping):  # a text is taken as it is
        meta_data = dict({"instance-id": want.name, "local-hostname": want.name}, **meta_data)
    seed = {
        "user_data": said(given.get("user_data"), {}),
        "meta_data": meta_data,
        "network_config": given.get("network_config"),
        "vendor_data": given.get("vendor_data"),
    }
    data = seed_data(seed, want.name, want.at("cloud_init"))
    if by_content and isinstance(meta_data, t.Mapping):
        seed["meta_data"] = {**meta_data, "instance-id": f"{want.name}-{fingerprint(data)[:12]}"}
    drive = want.values["disks"][-1]
    volume = {"pool": drive["pool"], "name": drive["volume"], "seed": seed, "state": "present"}
    return [("volume", volume, "cloud_init")]


def seeds_left(want: Want, values: Desired) -> t.Optional[t.List[Desired]]:
    """The drives of seeds that the domain shall have, of its resolved ``values``; ``None``: those that it has."""
    wanted = wants_seed(want)
    return None if wanted is None else values["disks"][-1:] if wanted else []


def keeps_seed(want: Want, source: t.Any) -> bool:
    """Whether the domain has a disk on ``source`` as its seed, and keeps it though its disks are declared without."""
    place = source if isinstance(source, str) else source[1]
    return wants_seed(want) is None and _is_named(want, place)


def _is_named(want: Want, place: t.Optional[str]) -> bool:
    return os.path.basename(place or "") == seed_name(want.name)


def check(want: Want) -> None:
    """:raises InvalidOption: ``disks`` names the seed that ``cloud_init`` plugs in, or takes away."""
    wanted = wants_seed(want)
    if wanted is None:
        return
    declared = want.values.get("disks", [])
    for position, disk in enumerate(declared[:-1] if wanted else declared):
        for option in ("volume", "file", "block"):
            if _is_named(want, disk.get(option)):
                raise InvalidOption(
                    "this is the seed, which cloud_init manages",
                    where=want.at(f"disks[{position}].{option}"),
                    remedy="Remove the disk from the list, or leave cloud_init out",
                )


def check_targets(want: Want, definition: t.Any) -> None:
    """:raises InvalidOption: a declared disk would take the place of the seed that stays."""
    if wants_seed(want) is not None or "disks" not in want.values:
        return
    seeds = {one["target"] for one in SEEDS.read_items(definition)}
    for position, disk in enumerate(want.values["disks"]):
        places = [disk[option] for option in ("volume", "file", "block") if disk.get(option)]
        if disk.get("target") in seeds and places and not any(_is_named(want, place) for place in places):
            raise InvalidOption(
                f"{disk['target']} is the target of the domain's cloud-init seed",
                where=want.at(f"disks[{position}].target"),
                remedy="Use another one, or leave it out; cloud_init: {} removes the seed",
            )
