# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of volumes (https://libvirt.org/formatstorage.html#storage-volume-xml). Pure."""

from __future__ import annotations

from ...diff import LIVE, RECREATE
from ...xml.table import Prop
from ...xml.types import Type, choice, size

#: What libvirt finds in a file and QEMU knows as a sequence of bytes only.
_RAW = ("iso", "bochs", "cloop", "none")

FORMAT = Type(choice("raw", "qcow2").spec, load=lambda text: "raw" if text in _RAW else text)

CAPACITY = Prop("capacity", "capacity", size(default_unit="bytes"), LIVE)

TABLE = (CAPACITY, Prop("format", "target/format/@type", FORMAT, RECREATE, absent="raw"))
