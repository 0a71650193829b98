# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that a domain refers to. Pure."""

from __future__ import annotations

import typing as t

from ..base import Reference, Want
from ..secret import references as secrets
from .devices.resolve import volume_reference

#: libvirt knows this one by its UUID only.
TPM_SECRET = "tpm.encryption.secret"


def references(want: Want) -> t.Iterator[Reference]:
    """Each with the option that names it."""
    yield from secrets.reference(want, TPM_SECRET, "vtpm")
    for position, disk in enumerate(want.values.get("disks", ())):
        prefix = f"disks[{position}]."
        if disk.get("volume"):
            yield Reference("pool", disk["pool"], want.at(prefix + "pool"))
            yield volume_reference(want, position)
        yield from secrets.reference(want, "auth.secret", disk.get("auth.type", ""), disk, prefix)
        yield from secrets.reference(want, "encryption.secret", "volume", disk, prefix)
    for position, interface in enumerate(want.values.get("interfaces", ())):
        prefix = f"interfaces[{position}]."
        if interface.get("network"):
            yield Reference("network", interface["network"], want.at(prefix + "network"))
        if interface.get("filterref.filter"):
            yield Reference("nwfilter", interface["filterref.filter"], want.at(prefix + "filterref.filter"))
