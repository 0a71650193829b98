# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the port of a guest gets, from its network, its port group or its interface: VLANs, virtual port, limits. Pure.

https://libvirt.org/formatnetwork.html#setting-vlan-tag-on-supported-network-types-only and the sections beside it;
https://libvirt.org/formatdomain.html#network-interfaces
"""

from __future__ import annotations

import typing as t

from ...diff import RESTART
from ...rule import Rule, unique
from ...xml.table import Desired, Items, Prop, Table
from ...xml.types import FLAG, STR, UUID, YES_NO, choice, number, or_empty, quiet

NONE = "none"

#: The parameters that each type of virtual port has.
PARAMETERS: t.Dict[str, t.Tuple[str, ...]] = {
    "openvswitch": ("profile_id", "interface_id"),
    "802.1Qbg": ("manager_id", "type_id", "type_id_version", "instance_id"),
    "802.1Qbh": ("profile_id",),
    "midonet": ("interface_id",),
}
_EVERY = frozenset(name for names in PARAMETERS.values() for name in names)
#: Kibibytes, in a second or in a burst; 0: no limit.
_KIB = or_empty(number(0, 2**32 - 1))


def _of_other_types(kind: str) -> t.List[str]:
    """Parameters that only another type of virtual port has."""
    gone = sorted(_EVERY - set(PARAMETERS.get(kind, ())))
    return ["virtualport/parameters/@" + parameter.replace("_", "") for parameter in gone]


def port(apply: str = RESTART, limits: str = RESTART, inherits: bool = False, inbound: t.Tuple[str, ...] = ()) -> Table:
    """The options of a port.

    :arg apply: how a change takes effect; ``limits`` is how one of the bandwidth does.
    :arg inherits: what is not said here is as the network has it, so that ``false`` says something.
    :arg inbound: further limits of what comes in.
    """
    flag, absent = (YES_NO, None) if inherits else (FLAG, False)
    parameter, place = "virtualport.{0}".format, "virtualport/parameters/@{0}".format
    return (
        Prop("trust_guest_rx_filters", "@trustGuestRxFilters", flag, apply, absent=absent),
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
            quiet(choice(NONE, *PARAMETERS), NONE),
            apply,
            absent=NONE,
            drop="virtualport",
            clears=_of_other_types,
        ),
        Prop(parameter("profile_id"), place("profileid"), STR, apply),
        Prop(parameter("interface_id"), place("interfaceid"), UUID, apply),
        Prop(parameter("instance_id"), place("instanceid"), UUID, apply),
        Prop(parameter("manager_id"), place("managerid"), number(0, 255), apply),
        Prop(parameter("type_id"), place("typeid"), number(0, 2**24 - 1), apply),
        Prop(parameter("type_id_version"), place("typeidversion"), number(0, 255), apply),
        *_limits("inbound", ("average", "peak", "burst", *inbound), limits),
        *_limits("outbound", ("average", "peak", "burst"), limits),
    )


def isolated(apply: str = RESTART, inherits: bool = False) -> Prop:
    """Whether the port is cut off from others at the bridge that are so too; the arguments are as for :func:`port`."""
    return Prop(
        "port.isolated", "port/@isolated", YES_NO if inherits else FLAG, apply, absent=None if inherits else False
    )


def _limits(way: str, names: t.Sequence[str], apply: str) -> Table:
    """Limits of the traffic in one direction. Without ``average``, the first, there is none."""
    return tuple(
        Prop(
            f"bandwidth.{way}.{name}",
            f"bandwidth/{way}/@{name}",
            _KIB,
            apply,
            absent=0,
            drop="bandwidth/" + way if name == names[0] else "",
        )
        for name in names
    )


def fill_trunk(one: Desired) -> None:
    """Several tags are a trunk, and so is a native one: libvirt says so where nobody does."""
    if one.get("vlan.tags") is not None:
        one.setdefault("vlan.trunk", _is_trunk(one["vlan.tags"]))


def _is_trunk(tags: t.Sequence[Desired]) -> bool:
    return len(tags) > 1 or any("native_mode" in tag for tag in tags)


def _of_type(parameter: str) -> Rule:
    """Where no type is said, any parameter may be there."""

    def broken(one: Desired) -> t.Any:
        kind = one.get("virtualport.type", "")
        return (
            kind
            and one.get("virtualport." + parameter) is not None
            and parameter not in PARAMETERS.get(kind, ())
            and kind
        )

    return Rule(
        broken,
        "virtualport." + parameter,
        "a virtual port of type {0} has no " + parameter,
        "Remove it, or declare another type",
    )


def _average(way: str) -> Rule:
    rate = f"bandwidth.{way}."
    return Rule(
        lambda one: (one.get(rate + "peak") or one.get(rate + "burst")) and not one.get(rate + "average"),
        rate + "average",
        "peak and burst need an average",
        "Declare the average",
    )


#: Of what has the options of :func:`port`, without those that nobody said.
RULES: t.Tuple[Rule, ...] = (
    unique("vlan.tags", ("id",), "there are two tags {1}"),
    Rule(
        lambda one: one.get("vlan.trunk") and not one.get("vlan.tags"),
        "vlan.tags",
        "a trunk has tags",
        "Declare them, or leave out trunk",
    ),
    Rule(
        lambda one: one.get("vlan.trunk") is False and _is_trunk(one.get("vlan.tags", ())),
        "vlan.trunk",
        "several tags, or a native one, are a trunk",
        "Leave trunk out",
    ),
    Rule(
        lambda one: len([tag for tag in one.get("vlan.tags", ()) if tag.get("native_mode")]) > 1,
        "vlan.tags",
        "only one VLAN can be the native one",
        "Keep one native_mode",
    ),
    *(_of_type(parameter) for parameter in sorted(_EVERY)),
    _average("inbound"),
    _average("outbound"),
)
