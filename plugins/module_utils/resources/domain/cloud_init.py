# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``cloud_init`` option of a domain: a seed volume and the drive it is in. Pure."""

from __future__ import annotations

import os
import typing as t

from ...content.seed import fingerprint
from ...rule import HOST, Rule, Values, Violation
from ...xml.table import Desired
from ..base import Want
from ..coming import Coming
from ..host import Source
from ..volume.seed_data import said, seed_data
from .devices.disks import SEEDS, seed_name

#: What names the volume of a disk.
_PLACES = ("volume", "file", "block")
_ABOUT = ("cloud_init",)


def wants_seed(want: Want) -> t.Optional[bool]:
    """Whether the domain is declared to have a seed; ``None``: it keeps what it has. ``cloud_init: {}`` says no."""
    return _says(want.params.get("cloud_init"))


def _says(given: t.Optional[Values]) -> t.Optional[bool]:
    return None if given is None else any(value is not None for value in given.values())


def _pool(given: Values, disks: t.Sequence[Desired]) -> t.Optional[str]:
    """The pool that holds the seed: the one named, else that of the first disk in a pool."""
    return given.get("pool") or next((disk["pool"] for disk in disks if disk.get("pool")), None)


def seed_disk(want: Want) -> Desired:
    """The drive of the seed, to stand at the end of the domain's disks.

    A read-only virtio disk: the kernels of cloud images (Debian's ``linux-image-cloud``) have no driver for SATA
    drives, and NoCloud takes any block device with the right label.
    """
    return {
        "device": "disk",
        "bus": "virtio",
        "readonly": True,
        "pool": _pool(want.params["cloud_init"], want.values["disks"]),
        "volume": seed_name(want.name),
    }


def seed_params(want: Want) -> t.List[t.Tuple[str, t.Dict[str, t.Any], str]]:
    """The volume that a domain's ``cloud_init`` declares with it, and that option.

    :raises InvalidOption: a document that cloud-init would not understand, by the path that the user wrote it at.
    """
    if want.absent or not wants_seed(want):
        return []
    given = want.params["cloud_init"]
    meta_data = said(given.get("meta_data"), {})
    by_content = given.get("instance_id") == "content"
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


def keeps_seed(want: Want, source: Source) -> bool:
    """Whether the domain has a disk on ``source`` as its seed, and keeps it though its disks are declared without."""
    place = source if isinstance(source, str) else source[1]
    return wants_seed(want) is None and _is_named(want.name, place)


def _is_named(domain: str, place: t.Optional[str]) -> bool:
    return os.path.basename(place or "") == seed_name(domain)


def _adds(domain: Values) -> t.Optional[bool]:
    return _says(domain.get("cloud_init"))


def _two_instances(domain: Values) -> bool:
    given = domain["cloud_init"]
    return given.get("instance_id") == "content" and "instance-id" in (given.get("meta_data") or {})


def _named(domain: Values) -> t.List[Violation]:
    return [
        Violation(f"[{position}].{option}")
        for position, disk in enumerate(domain.get("disks", ()))
        for option in _PLACES
        if _is_named(domain["name"], disk.get(option))
    ]


def _in_its_place(coming: Coming) -> t.List[Violation]:
    """Declared disks that would take the place of the seed that stays."""
    disks = [] if wants_seed(coming.want) is not None else coming.want.values.get("disks", ())
    seeds = set() if coming.state is None else {one["target"] for one in SEEDS.read_items(coming.state.root)}
    found = []
    for position, disk in enumerate(disks):
        places = [disk[option] for option in _PLACES if disk.get(option)]
        if disk.get("target") in seeds and places and not any(_is_named(coming.want.name, one) for one in places):
            found.append(Violation(f"[{position}].target", (disk["target"],)))
    return found


#: Of a domain, before the drive of its seed stands at the end of its disks.
RULES: t.Tuple[Rule, ...] = (
    Rule(
        lambda domain: _adds(domain) and "disks" not in domain,
        "disks",
        "cloud_init adds a drive, but the disks of the domain are not declared",
        "Declare disks",
        about=_ABOUT,
    ),
    Rule(
        lambda domain: _adds(domain) and "disks" in domain and not _pool(domain["cloud_init"], domain["disks"]),
        "cloud_init.pool",
        "no disk is in a pool that could take the seed",
        "Name the pool for it",
        about=_ABOUT,
    ),
    Rule(
        _two_instances,
        "cloud_init.instance_id",
        "meta_data has an instance-id of its own",
        "Remove one of the two",
        about=_ABOUT,
    ),
    Rule(
        _named,
        "disks",
        "this is the seed, which cloud_init manages",
        "Remove the disk from the list, or leave cloud_init out",
        about=_ABOUT,
    ),
    Rule(
        _in_its_place,
        "disks",
        "{0} is the target of the domain's cloud-init seed",
        "Use another one, or leave it out; an empty cloud_init removes the seed",
        HOST,
    ),
)
