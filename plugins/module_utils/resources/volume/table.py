# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of volumes (https://libvirt.org/formatstorage.html#storage-volume-xml). Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...diff import LIVE, RECREATE
from ...errors import InvalidOption
from ...xml import identities
from ...xml.table import Prop
from ...xml.types import PRESENCE, STR, Type, choice, number, quiet, size
from ..shared.permissions import permissions
from ..shared.secrets import secret

#: What libvirt finds in a file and QEMU knows as a sequence of bytes only. (In one of LUKS they are encrypted.)
_RAW = ("iso", "bochs", "cloop", "none", "luks")

FORMAT = Type(choice("raw", "qcow2").spec, load=lambda text: "raw" if text in _RAW else text)

CAPACITY = Prop("capacity", "capacity", size(default_unit="bytes"), LIVE)

_SIZE = size(step=1, default_unit="bytes")


def _cluster_size(value: t.Any) -> int:
    """:raises InvalidOption: QEMU knows no such clusters (docs/interop/qcow2.txt of its source)."""
    length = _SIZE.parse(value)
    if length not in [2**power for power in range(9, 22)]:
        raise InvalidOption(f"clusters cannot have {_SIZE.show(length)}", remedy="Use a power of two from 512 to 2MiB")
    return length


#: How the content of a qcow2 image is kept: options of ``qemu-img``, by the same names.
FORMAT_OPTIONS = (
    # libvirt says nothing of the old one.
    Prop("compat", "target/compat", choice("0.10", "1.1"), RECREATE, absent="0.10"),
    Prop(
        "cluster_size",
        "target/clusterSize",
        dataclasses.replace(_SIZE, parse=_cluster_size),
        RECREATE,
        absent=64 * 1024,
    ),
    Prop("lazy_refcounts", "target/features/lazy_refcounts", quiet(PRESENCE, False), RECREATE),
    Prop("extended_l2", "target/features/extended_l2", quiet(PRESENCE, False), RECREATE),
)

PERMISSIONS = permissions(LIVE, RECREATE)

_ENCRYPTION = "target/encryption/"

#: libvirt forgets all of it but the fact when it looks at the volume again.
ENCRYPTION = tuple(
    dataclasses.replace(prop, holds={**prop.holds, _ENCRYPTION + "@format": "luks"})
    for prop in (
        *secret("encryption.secret", _ENCRYPTION + "secret", RECREATE, type="passphrase"),
        Prop("encryption.cipher.name", _ENCRYPTION + "cipher/@name", STR, RECREATE),
        Prop("encryption.cipher.size", _ENCRYPTION + "cipher/@size", number(128, 512), RECREATE),
        Prop("encryption.cipher.mode", _ENCRYPTION + "cipher/@mode", STR, RECREATE),
        Prop("encryption.cipher.hash", _ENCRYPTION + "cipher/@hash", STR, RECREATE),
        Prop("encryption.ivgen.name", _ENCRYPTION + "ivgen/@name", STR, RECREATE),
        Prop("encryption.ivgen.hash", _ENCRYPTION + "ivgen/@hash", STR, RECREATE),
    )
)

#: Copy on write, off: libvirt does not report it afterwards.
NOCOW = Prop("nocow", "target/nocow", quiet(PRESENCE, False), RECREATE)

TABLE = (
    CAPACITY,
    Prop("format", "target/format/@type", FORMAT, RECREATE, absent="raw"),
    *FORMAT_OPTIONS,
    NOCOW,
    *PERMISSIONS,
    *ENCRYPTION,
)

#: Of what ``xml`` may say.
IDENTITIES = identities.of("volume", TABLE)
