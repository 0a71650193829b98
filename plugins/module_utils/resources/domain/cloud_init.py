# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``cloud_init`` option of a domain: a seed volume and the drive it is in. Pure."""

from __future__ import annotations

import typing as t

from ...errors import InvalidOption
from ...xml.table import Desired
from ..base import Want


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
        "volume": seed_name(want),
    }


def seed_name(want: Want) -> str:
    """The volume that holds the seed."""
    return "{0}-seed.iso".format(want.name)


def seed_pool(want: Want) -> str:
    """The pool that holds the seed: the one named, else that of the first disk in a pool.

    :raises InvalidOption: there is none, or the disks are not declared.
    """
    pool = want.params["cloud_init"].get("pool")
    if want.values.get("disks") is None:
        raise InvalidOption(
            "cloud_init adds a drive, and which disks the domain has is not declared",
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


def seed_params(want: Want) -> t.List[t.Tuple[str, t.Dict[str, t.Any]]]:
    """The volume that a domain's ``cloud_init`` declares with it."""
    given = want.params.get("cloud_init")
    if want.absent or not given:
        return []
    meta_data = dict({"instance-id": want.name, "local-hostname": want.name}, **(given.get("meta_data") or {}))
    seed = {
        "user_data": given.get("user_data") or {},
        "meta_data": meta_data,
        "network_config": given.get("network_config"),
        "vendor_data": given.get("vendor_data"),
    }
    (drive,) = [disk for disk in want.values["disks"] if disk.get("volume") == seed_name(want)]
    return [("volume", {"pool": drive["pool"], "name": drive["volume"], "seed": seed, "state": "present"})]
