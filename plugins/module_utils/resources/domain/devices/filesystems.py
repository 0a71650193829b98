# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Directories of the host that a domain shares (https://libvirt.org/formatdomain.html#filesystems). Pure."""

from __future__ import annotations

from ....xml.table import Desired, Items, Prop
from ....xml.types import INT, ON_OFF, PATH, PRESENCE, STR, choice, number
from ...shared.permissions import MODE
from .common import ALIAS, BOOT_ORDER, VIRTIO_MODEL, virtio_options


def _complete(item: Desired) -> Desired:
    """virtiofs knows the users and modes of the host only; of one that somebody else started nothing is said."""
    ours = item.get("driver") == "virtiofs" and "socket" not in item
    return dict({"accessmode": "passthrough"} if ours else {}, **item)


FILESYSTEMS = Items(
    "filesystems",
    "devices/filesystem",
    (
        Prop("driver", "driver/@type", choice("virtiofs", "path")),
        Prop("dir", "source/@dir", PATH, holds={"@type": "mount", "source/@socket": None}),
        Prop("socket", "source/@socket", PATH, holds={"@type": "mount", "source/@dir": None}),
        Prop("target", "target/@dir", STR, required=True),
        Prop("accessmode", "@accessmode", choice("passthrough", "mapped", "squash")),
        Prop("multidevs", "@multidevs", choice("default", "remap", "forbid", "warn")),
        Prop("fmode", "@fmode", MODE),
        Prop("dmode", "@dmode", MODE),
        Prop("model", "@model", VIRTIO_MODEL),
        Prop("readonly", "readonly", PRESENCE),
        Prop("queue", "driver/@queue", number(1)),
        *virtio_options(),
        Prop("binary.path", "binary/@path", PATH),
        Prop("binary.xattr", "binary/@xattr", ON_OFF),
        Prop("binary.cache", "binary/cache/@mode", choice("none", "always")),
        Prop("binary.sandbox", "binary/sandbox/@mode", choice("namespace", "chroot")),
        Prop("binary.lock_posix", "binary/lock/@posix", ON_OFF),
        Prop("binary.lock_flock", "binary/lock/@flock", ON_OFF),
        Prop("binary.thread_pool_size", "binary/thread_pool/@size", INT),
        BOOT_ORDER,
        ALIAS,
    ),
    identity=(("target",), ("alias",)),
    complete=_complete,
)
