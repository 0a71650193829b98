# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain's network interfaces (https://libvirt.org/formatdomain.html#network-interfaces). Pure."""

from __future__ import annotations

import functools
import typing as t

from ....deps import Element
from ....diff import LIVE
from ....errors import InvalidOption
from ....xml import path as xmlpath
from ....xml.pci import PCI
from ....xml.table import Desired, Items, Prop
from ....xml.types import (
    ADDRESS,
    INTERFACE,
    MAC,
    NUMBER_OR_NONE,
    ON_OFF,
    PATH,
    STR,
    TEXT,
    YES_NO,
    Type,
    choice,
    number,
)
from ...shared.filters import parameters
from ...shared.ports import isolated, port
from .common import ACPI_INDEX, ALIAS, BOOT_ORDER, ROM, OfKind, teaming, virtio_options

#: What an interface is connected to: its type, by the option that stands for it.
SOURCES = {
    "network": "network",
    "bridge": "bridge",
    "direct": "direct",
    "user": "user",
    "ethernet": "ethernet",
    "hostdev": "hostdev",
    "vdpa": "vdpa",
    "vhost_user.path": "vhostuser",
}


def _kind(root: Element) -> t.Optional[str]:
    """A running domain shows beside a network what that came to: such an interface is connected to the network."""
    return "network" if xmlpath.get_text(root, "source/@network") else root.get("type")


_of = functools.partial(OfKind, kind_of=_kind, leaves=("@managed",))


class _Is(Type):
    """Whether the interface is of a type that has no source to name."""

    def read(self, root: Element, path: str) -> bool:
        return True

    def write(self, root: Element, path: str, value: bool) -> None:
        """The type is all that there is to say."""


#: How the names of network devices begin that libvirt makes for running guests; it drops them from definitions.
_MADE = ("vnet", "macvtap", "macvlan")


def _target_dev(value: t.Any) -> str:
    text = STR.parse(value)
    if text.startswith(_MADE) or not 0 < len(text) < 16:
        raise InvalidOption(
            f"'{text}' cannot be the device's name",
            remedy=f"Choose one of up to 15 characters that does not begin with {' or '.join(_MADE)}",
        )
    return text


#: The name of the user's own for the device on the host.
_TARGET_DEV = Type(STR.spec, parse=_target_dev, load=lambda text: None if text.startswith(_MADE) else text)


def _complete(item: Desired) -> Desired:
    """A new interface is a virtio one, unless the host's own device is passed through."""
    return item if item.get("hostdev") else dict({"model": "virtio"}, **item)


#: Segments that a virtio interface and the host leave to each other (https://libvirt.org/formatdomain.html).
_HOST_OFFLOADS = ("csum", "gso", "tso4", "tso6", "ecn", "ufo", "mrg_rxbuf")
_GUEST_OFFLOADS = ("csum", "tso4", "tso6", "ecn", "ufo")

_PORT_FORWARDS = Items(
    "port_forwards",
    "portForward",
    (
        Prop("proto", "@proto", choice("tcp", "udp"), required=True),
        Prop("address", "@address", ADDRESS),
        Prop("dev", "@dev", STR),
        Items(
            "ranges",
            "range",
            (
                Prop("start", "@start", number(1, 65535), required=True),
                Prop("end", "@end", number(1, 65535)),
                Prop("to", "@to", number(1, 65535)),
                Prop("exclude", "@exclude", YES_NO, absent=False),
            ),
            identity=(("start",),),
        ),
    ),
    identity=(("proto", "address", "dev"),),
)

INTERFACES = Items(
    "interfaces",
    "devices/interface",
    (
        Prop("mac", "mac/@address", MAC),
        _of(
            "network",
            "source/@network",
            STR,
            LIVE,
            kind="network",
            # What the old one came to, and its portgroup.
            clears=tuple("source/@" + name for name in ("portid", "bridge", "dev", "mode", "portgroup")),
        ),
        _of("portgroup", "source/@portgroup", STR, kind="network"),
        _of("bridge", "source/@bridge", INTERFACE, LIVE, kind="bridge"),
        _of("direct", "source/@dev", INTERFACE, kind="direct"),
        _of("direct_mode", "source/@mode", choice("vepa", "bridge", "private", "passthrough"), kind="direct"),
        _of("user", "source", _Is({"type": "bool"}, parse=bool), kind="user"),
        _of("ethernet", "source", _Is({"type": "bool"}, parse=bool), kind="ethernet"),
        _of("hostdev", "source/address", PCI, kind="hostdev", holds={"source/address/@type": "pci"}),
        _of("managed", "@managed", YES_NO, kind="hostdev"),
        _of("vdpa", "source/@dev", PATH, kind="vdpa"),
        _of("vhost_user.path", "source/@path", PATH, kind="vhostuser", holds={"source/@type": "unix"}),
        _of("vhost_user.mode", "source/@mode", choice("client", "server"), kind="vhostuser"),
        _of(
            "vhost_user.reconnect",
            "source/reconnect/@timeout",
            number(1),
            kind="vhostuser",
            holds={"source/reconnect/@enabled": "yes"},
        ),
        Prop("backend.type", "backend/@type", choice("passt")),
        Prop("backend.log_file", "backend/@logFile", PATH),
        _PORT_FORWARDS,
        Prop("target_dev", "target/@dev", _TARGET_DEV),
        Prop("target_managed", "target/@managed", YES_NO),
        Prop("model", "model/@type", STR),
        Prop("driver", "driver/@name", choice("vhost", "qemu", "vfio")),
        Prop("queues", "driver/@queues", number(1)),
        Prop("rx_queue_size", "driver/@rx_queue_size", number(64, 1024)),
        Prop("tx_queue_size", "driver/@tx_queue_size", number(64, 1024)),
        Prop("txmode", "driver/@txmode", choice("iothread", "timer")),
        Prop("ioeventfd", "driver/@ioeventfd", ON_OFF),
        Prop("event_idx", "driver/@event_idx", ON_OFF),
        Prop("rss", "driver/@rss", ON_OFF),
        Prop("rss_hash_report", "driver/@rss_hash_report", ON_OFF),
        *virtio_options(),
        *(Prop("host_offloads." + name, "driver/host/@" + name, ON_OFF) for name in _HOST_OFFLOADS),
        *(Prop("guest_offloads." + name, "driver/guest/@" + name, ON_OFF) for name in _GUEST_OFFLOADS),
        Prop("mtu", "mtu/@size", number(68, 65535)),
        Prop("link", "link/@state", choice("up", "down"), LIVE, absent="up"),
        *port(limits=LIVE, inherits=True, inbound=("floor",)),
        isolated(LIVE, inherits=True),
        Prop("coalesce.rx_frames", "coalesce/rx/frames/@max", NUMBER_OR_NONE, LIVE, absent=0),
        Prop("filterref.filter", "filterref/@filter", TEXT, LIVE, absent="", drop="filterref"),
        parameters("filterref.parameters", "filterref/parameter"),
        *teaming("persistent", "transient"),
        *ROM,
        ACPI_INDEX,
        BOOT_ORDER,
        ALIAS,
    ),
    identity=(
        ("mac",),
        ("alias",),
        ("network", "bridge", "direct", "hostdev", "vdpa", "vhost_user.path", "user", "ethernet"),
    ),
    apply=LIVE,
    complete=_complete,
)
