# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of storage pools (https://libvirt.org/formatstorage.html#storage-pool-xml). Pure."""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...diff import RECREATE
from ...xml import path as xmlpath
from ...xml.pci import PCI
from ...xml.table import Items, Prop
from ...xml.types import FLAG, INT, PATH, STR, TEXT, WWN, YES_NO, Type, choice, quiet, values
from ..shared.hosts import hosts
from ..shared.logins import login
from ..shared.permissions import permissions
from .types import TYPES


def _device(value: t.Any) -> str:
    """A block device, or the name of an iSCSI target, which libvirt takes as it is."""
    text = STR.parse(value)
    return PATH.parse(text) if text.startswith("/") else text


def _say_how(root: Element) -> None:
    """How one logs in goes with the type of the pool."""
    kind = TYPES.get(root.get("type", ""))
    xmlpath.set_text(root, "source/auth/@type", "ceph" if kind and kind.secret == "ceph" else "chap")


#: On the server: a share of Windows does not begin with a slash.
_DIRECTORY = Type(PATH.spec, parse=lambda value: STR.parse(value).rstrip("/") or "/", same=PATH.same)
DEVICE = Type(PATH.spec, parse=_device)

CONFIG_OPTIONS = Items(
    "config_options",
    "rbd:config_opts/rbd:option",
    (Prop("name", "@name", STR, required=True), Prop("value", "@value", STR, required=True)),
    identity=(("name",),),
    drop="rbd:config_opts",
)

_ADAPTER = "source/adapter/"

TABLE = (
    Prop("type", "@type", choice(*TYPES), RECREATE),
    hosts("source.hosts", "source/host", required=True),
    Prop("source.dir", "source/dir/@path", _DIRECTORY),
    Prop("source.devices", "source/device/@path", quiet(values(DEVICE), [])),
    Prop("source.part_separator", "source/device/@part_separator", YES_NO),
    Prop("source.adapter.type", _ADAPTER + "@type", choice("scsi_host", "fc_host")),
    Prop("source.adapter.name", _ADAPTER + "@name", STR),
    Prop("source.adapter.address", _ADAPTER + "parentaddr/address", PCI),
    Prop("source.adapter.unique_id", _ADAPTER + "parentaddr/@unique_id", INT),
    Prop("source.adapter.wwnn", _ADAPTER + "@wwnn", WWN),
    Prop("source.adapter.wwpn", _ADAPTER + "@wwpn", WWN),
    Prop("source.adapter.parent", _ADAPTER + "@parent", STR),
    Prop("source.adapter.parent_wwnn", _ADAPTER + "@parent_wwnn", WWN),
    Prop("source.adapter.parent_wwpn", _ADAPTER + "@parent_wwpn", WWN),
    Prop("source.adapter.parent_fabric_wwn", _ADAPTER + "@parent_fabric_wwn", WWN),
    Prop("source.adapter.managed", _ADAPTER + "@managed", FLAG, absent=False),
    Prop("source.name", "source/name", STR),
    Prop("source.initiator", "source/initiator/iqn/@name", STR),
    *login("source.auth", "source/auth", _say_how),
    Prop("source.format", "source/format/@type", STR),
    Prop("source.protocol_version", "source/protocol/@ver", TEXT, absent=""),
    Prop("source.vendor", "source/vendor/@name", TEXT, absent=""),
    Prop("source.product", "source/product/@name", TEXT, absent=""),
    Prop("target", "target/path", PATH),
    *permissions(),
    Prop("features.cow", "features/cow/@state", YES_NO),
    Prop("mount_options", "fs:mount_opts/fs:option/@name", quiet(values(STR), [])),
    CONFIG_OPTIONS,
    Prop(
        "refresh.volume.allocation",
        "refresh/volume/@allocation",
        quiet(choice("default", "capacity"), "default"),
        absent="default",
    ),
)
