# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's small devices. Pure."""

from __future__ import annotations

import typing as t

from ....deps import Element
from ....diff import LIVE
from ....xml import path as xmlpath
from ....xml.table import Items, Prop, Table
from ....xml.types import NUMBER_OR_NONE, ON_OFF, PATH, STR, UUID, YES_NO, Type, choice, number, quiet, size
from .common import ALIAS, VIRTIO_MODEL, VIRTIO_MODELS, DevicePresence, virtio_options

_RNG = DevicePresence(
    spec={"type": "bool"},
    parse=bool,
    template="<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
    known_by=("@model", "virtio"),
)
RNG = Prop("rng", "devices/rng", _RNG, new=True)

RNGS = Items(
    "rngs",
    "devices/rng",
    (
        Prop("model", "@model", VIRTIO_MODEL, new="virtio"),
        Prop("backend", "backend/@model", choice("random", "builtin"), new="random"),
        Prop("path", "backend", Type(PATH.spec, parse=PATH.parse, load=lambda text: text.strip() or None)),
        Prop("rate.bytes", "rate/@bytes", number(1)),
        Prop("rate.period", "rate/@period", number(1)),
        *virtio_options(),
        ALIAS,
    ),
    identity=(("alias",), ("path",), ("backend", "model")),
    implied={"backend": "random"},
    complete=lambda item: dict({"path": "/dev/urandom"} if item["backend"] == "random" else {}, **item),
)

WATCHDOGS = Items(
    "watchdogs",
    "devices/watchdog",
    (
        Prop("model", "@model", choice("i6300esb", "itco", "ib700", "diag288"), required=True),
        Prop(
            "action",
            "@action",
            choice("reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"),
        ),
        ALIAS,
    ),
    identity=(("alias",), ("model",)),
)

PANICS = Items(
    "panics",
    "devices/panic",
    (Prop("model", "@model", choice("isa", "hyperv", "pseries", "s390"), required=True), ALIAS),
    identity=(("alias",), ("model",)),
)

SHMEMS = Items(
    "shmems",
    "devices/shmem",
    (
        Prop("name", "@name", STR, required=True),
        Prop("model", "model/@type", choice("ivshmem-plain", "ivshmem-doorbell"), new="ivshmem-plain"),
        Prop("role", "@role", choice("master", "peer")),
        Prop("size", "size", size(1024 * 1024)),
        Prop("server", "server/@path", PATH),
        Prop("msi.vectors", "msi/@vectors", number(1)),
        Prop("msi.ioeventfd", "msi/@ioeventfd", ON_OFF),
        ALIAS,
    ),
    identity=(("alias",), ("name",)),
)


def _there(option: str, place: str, models: t.Sequence[str]) -> Prop:
    """The model of a device that a domain has once or, with ``none``, not at all."""
    return Prop(
        option,
        place + "/@model",
        quiet(choice("none", *models), "none"),
        absent="none",
        drop=place,
    )


class _Banks(Type):
    """The names of empty elements."""

    def read(self, root: Element, path: str) -> t.Optional[t.List[str]]:
        found = xmlpath.find(root, xmlpath.split(path)[0])
        return None if found is None else sorted(one.tag for one in found)

    def write(self, root: Element, path: str, value: t.List[str]) -> None:
        element = xmlpath.make(root, xmlpath.split(path)[0])
        for one in list(element):
            element.remove(one)
        for name in value:
            xmlpath.make(element, xmlpath.split(name)[0])


_BANKS = choice("sha1", "sha256", "sha384", "sha512").spec["choices"]

SINGLE: Table = (
    Prop("memballoon.model", "devices/memballoon/@model", choice(*VIRTIO_MODELS, "xen", "none")),
    Prop("memballoon.autodeflate", "devices/memballoon/@autodeflate", ON_OFF),
    Prop("memballoon.free_page_reporting", "devices/memballoon/@freePageReporting", ON_OFF),
    Prop("memballoon.stats_period", "devices/memballoon/stats/@period", NUMBER_OR_NONE, LIVE, absent=0),
    _there("vsock.model", "devices/vsock", VIRTIO_MODELS),
    Prop("vsock.auto_cid", "devices/vsock/cid/@auto", YES_NO),
    Prop("vsock.cid", "devices/vsock/cid/@address", number(3)),
    _there("iommu.model", "devices/iommu", ("intel", "smmuv3", "virtio")),
    *(
        Prop("iommu." + name, "devices/iommu/driver/@" + name, ON_OFF)
        for name in ("intremap", "caching_mode", "eim", "iotlb")
    ),
    Prop("iommu.aw_bits", "devices/iommu/driver/@aw_bits", number(1, 255)),
    _there("tpm.model", "devices/tpm", ("tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy")),
    Prop("tpm.type", "devices/tpm/backend/@type", choice("emulator", "passthrough")),
    Prop("tpm.version", "devices/tpm/backend/@version", choice("1.2", "2.0")),
    Prop("tpm.device", "devices/tpm/backend/device/@path", PATH),
    Prop("tpm.encryption.secret.uuid", "devices/tpm/backend/encryption/@secret", UUID),
    Prop("tpm.persistent_state", "devices/tpm/backend/@persistent_state", YES_NO),
    Prop(
        "tpm.active_pcr_banks",
        "devices/tpm/backend/active_pcr_banks",
        _Banks({"type": "list", "elements": "str", "choices": _BANKS}, parse=sorted),
    ),
)
