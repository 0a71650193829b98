# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that a domain refers to. Pure."""

from __future__ import annotations

import typing as t

from ...errors import join
from ..base import Reference, Want
from ..secret import references as secrets
from .devices.disks import login_type
from .devices.resolve import volume_reference

#: libvirt knows this one by its UUID only.
TPM_SECRET = "tpm.encryption.secret"


def references(want: Want) -> t.Iterator[Reference]:
    """Each with the option that names it."""
    yield from secrets.reference(want, TPM_SECRET, "vtpm")
    for position, disk in enumerate(want.values.get("disks", ())):
        at = want.at(f"disks[{position}]")
        if disk.get("volume"):
            declared = position < len(want.params.get("disks") or ())  # else the volume of the seed says so
            yield Reference("pool", disk["pool"], join(at, "pool"), lasting=declared, option="disks")
            yield volume_reference(want, position)
        if "network.protocol" in disk:  # of what is in a pool, the pool says how one logs in
            yield from secrets.reference_of(disk, "auth.secret", login_type(disk["network.protocol"]), at, "disks")
        yield from secrets.reference_of(disk, "encryption.secret", "volume", at, "disks")
    for position, interface in enumerate(want.values.get("interfaces", ())):
        at = want.at(f"interfaces[{position}]")
        for kind, option in (("network", "network"), ("nwfilter", "filterref.filter")):
            if interface.get(option):
                yield Reference(kind, interface[option], join(at, option), option="interfaces")
