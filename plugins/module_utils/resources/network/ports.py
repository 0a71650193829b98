# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What guests' ports in a network get: VLANs, virtual ports of switches, QoS, and groups of ports with their own. Pure.

https://libvirt.org/formatnetwork.html#elements-setting-vlan-tag-on-supported-network-types-only
"""

from __future__ import annotations

import typing as t

from ...diff import LIVE, RESTART
from ...xml import path as xmlpath
from ...xml.table import Desired, Items, Prop, Table
from ...xml.types import FLAG, STR, UUID, Type, choice, number, or_empty, quiet

NONE = "none"

#: The parameters that each type of virtual port has.
PARAMETERS: t.Dict[str, t.Tuple[str, ...]] = {
    "openvswitch": ("profile_id", "interface_id"),
    "802.1Qbg": ("manager_id", "type_id", "type_id_version", "instance_id"),
    "802.1Qbh": ("profile_id",),
    "midonet": ("interface_id",),
}


class _PortType(Type):
    """The type of a virtual port; parameters that only another type has go with that."""

    def write(self, root: t.Any, path: str, value: str) -> None:
        super().write(root, path, value)
        for parameter in {name for names in PARAMETERS.values() for name in names} - set(PARAMETERS[value]):
            xmlpath.remove(root, "virtualport/parameters/@" + parameter.replace("_", ""))


#: Kibibytes, in a second or in a burst; 0: no limit.
_KIB = or_empty(number(1, 2**32 - 1))


def ports(apply: str) -> Table:
    """What a network and each of its port groups have alike; ``apply`` is how a change takes effect."""
    limits = [
        Prop("bandwidth.{0}.{1}".format(way, name), "bandwidth/{0}/@{1}".format(way, name), _KIB, apply, absent=0)
        for way in ("inbound", "outbound")
        for name in ("average", "peak", "burst")
    ]
    parameter = "virtualport.{0}".format
    return (
        Prop("trust_guest_rx_filters", "@trustGuestRxFilters", FLAG, apply, absent=False),
        Prop("vlan.trunk", "vlan/@trunk", FLAG, apply, absent=False),
        Items(
            "vlan.tags",
            "vlan/tag",
            (
                Prop("id", "@id", number(0, 4095), apply, required=True),
                Prop("native_mode", "@nativeMode", choice("tagged", "untagged"), apply),
            ),
            identity=(("id",),),
            apply=apply,
            drop="vlan",
        ),
        Prop(
            parameter("type"),
            "virtualport/@type",
            quiet(_PortType(choice(NONE, *PARAMETERS).spec), NONE),
            apply,
            absent=NONE,
            drop="virtualport",
        ),
        Prop(parameter("profile_id"), "virtualport/parameters/@profileid", STR, apply),
        Prop(parameter("interface_id"), "virtualport/parameters/@interfaceid", UUID, apply),
        Prop(parameter("instance_id"), "virtualport/parameters/@instanceid", UUID, apply),
        Prop(parameter("manager_id"), "virtualport/parameters/@managerid", number(0, 255), apply),
        Prop(parameter("type_id"), "virtualport/parameters/@typeid", number(0, 2**24 - 1), apply),
        Prop(parameter("type_id_version"), "virtualport/parameters/@typeidversion", number(0, 255), apply),
        *limits,
    )


PORTGROUPS = Items(
    "portgroups",
    "portgroup",
    (
        Prop("name", "@name", STR, LIVE, required=True),
        Prop("default", "@default", FLAG, LIVE, absent=False),
        *ports(LIVE),
    ),
    identity=(("name",),),
    apply=LIVE,
)

PORTS = (*ports(RESTART), Prop("port.isolated", "port/@isolated", FLAG, absent=False), PORTGROUPS)


def fill_trunk(values: Desired) -> None:
    """Several tags are a trunk, and so is a native one: libvirt says so where nobody does."""
    for one in (values, *values.get("portgroups", ())):
        if one.get("vlan.tags") is not None:
            one.setdefault("vlan.trunk", is_trunk(one["vlan.tags"]))


def is_trunk(tags: t.Sequence[Desired]) -> bool:
    """Whether these tags can only be those of a trunk."""
    return len(tags) > 1 or any("native_mode" in tag for tag in tags)
