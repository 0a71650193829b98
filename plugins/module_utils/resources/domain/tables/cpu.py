# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's vCPUs: how many, and what the guest sees of them. Pure."""

from __future__ import annotations

import typing as t

from ....diff import LIVE
from ....xml import path as xmlpath
from ....xml.table import Prop
from ....xml.types import INT, STR, Type, choice


class _VcpusMax(Type):
    """The ceiling. Those that are online stay so: without ``current`` they would all be."""

    def write(self, root: t.Any, path: str, value: int) -> None:
        online = _VcpusNow(INT.spec).read(root, "vcpu/@current")
        super().write(root, path, value)
        if online is not None:
            xmlpath.set_text(root, "vcpu/@current", str(min(online, value)))


class _VcpusNow(Type):
    """The vCPUs that are online: all of them where nothing else is said."""

    def read(self, root: t.Any, path: str) -> t.Optional[int]:
        text = xmlpath.get_text(root, path) or xmlpath.get_text(root, "vcpu")
        return int(text) if text else None


VCPUS = (
    Prop("vcpus_max", "vcpu", _VcpusMax(INT.spec, load=int)),
    Prop("vcpus", "vcpu/@current", _VcpusNow(INT.spec), LIVE, new=1),
)

TABLE = (
    Prop("cpu.mode", "cpu/@mode", choice("host-model", "host-passthrough", "maximum", "custom")),
    Prop("cpu.model", "cpu/model", STR),
    Prop("cpu.topology.sockets", "cpu/topology/@sockets", INT),
    Prop("cpu.topology.cores", "cpu/topology/@cores", INT),
    Prop("cpu.topology.threads", "cpu/topology/@threads", INT),
)
