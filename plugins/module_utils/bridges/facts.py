# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network devices of a host, and which network stack configures them."""

from __future__ import annotations

import dataclasses
import glob
import json
import os
import re
import typing as t

from ..errors import InvalidOption
from ..host.emulator import read_text

#: Kinds of ``ip`` that cannot be a port: a bridge, and what belongs to guests or tunnels.
_NO_PORTS = ("bridge", "tun", "wireguard")


@dataclasses.dataclass(frozen=True)
class NetworkDevice:
    """A network device. ``network_file`` and ``client_id`` are what systemd-networkd says of it, or empty."""

    name: str
    mac: str = ""
    kind: str = ""
    master: str = ""
    addresses: t.Tuple[str, ...] = ()
    default_route: bool = False
    network_file: str = ""
    client_id: str = ""

    @property
    def can_be_port(self) -> bool:
        return self.kind not in (*_NO_PORTS, "loopback", "wireless")


@dataclasses.dataclass(frozen=True)
class NetworkFacts:
    """What planning looks at: the devices by name, and the text of files by path (of those that are there)."""

    links: t.Mapping[str, NetworkDevice]
    files: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def management(self) -> t.Set[str]:
        """The devices that the host is reached by, as far as it knows: those of its default routes, or without
        any those that have an address.
        """
        routed = {link.name for link in self.links.values() if link.default_route}
        return routed or {link.name for link in self.links.values() if link.addresses and link.kind != "loopback"}


def read_links(run: t.Callable[[t.Sequence[str]], str], root: str = "/") -> t.Dict[str, NetworkDevice]:
    """The devices, from ``ip`` (``run`` gives the output of a command) and what networkd keeps below ``/run``."""
    default = set()
    for family in ("-4", "-6"):
        routes = json.loads(run(["ip", family, "-json", "route", "show", "default"]) or "[]")
        default |= {route["dev"] for route in routes if "dev" in route}
    links = {}
    for found in json.loads(run(["ip", "-json", "-details", "address", "show"]) or "[]"):
        name, index = found["ifname"], found["ifindex"]
        netif = os.path.join(root, "run/systemd/netif")
        links[name] = NetworkDevice(
            name=name,
            mac=found.get("address", ""),
            kind=_kind(found, root),
            master=found.get("master", ""),
            addresses=tuple(
                f"{info['local']}/{info['prefixlen']}"
                for info in found.get("addr_info", ())
                if info.get("scope") == "global"
            ),
            default_route=name in default,
            network_file=_value(read_text(os.path.join(netif, "links", str(index))), "NETWORK_FILE"),
            client_id=_value(read_text(os.path.join(netif, "leases", str(index))), "CLIENTID"),
        )
    return links


def detect_stack(is_active: t.Callable[[str], bool], root: str = "/") -> str:
    """The network stack that configures this host.

    Netplan comes first, being what writes the others' configuration where there is any of its own; where it only hands
    everything to NetworkManager, that is the stack.

    :raises InvalidOption: none that we know.
    """
    definitions = [
        read_text(path)
        for folder in ("run/netplan", "etc/netplan", "lib/netplan")
        for path in glob.glob(os.path.join(root, folder, "*.yaml"))
    ]
    handed_on = any(re.search(r"^\s*renderer:\s*[\"']?NetworkManager", text, re.M) for text in definitions)
    if definitions and not handed_on and _installed(root, "netplan"):
        return "netplan"
    for stack, unit in (("networkmanager", "NetworkManager.service"), ("networkd", "systemd-networkd.service")):
        if is_active(unit):
            return stack
    if _installed(root, "ifup") and os.path.exists(os.path.join(root, "etc/network/interfaces")):
        return "ifupdown"
    raise InvalidOption(
        "neither netplan nor NetworkManager nor systemd-networkd nor ifupdown is at work on this host",
        where="stack",
        remedy="Start the one that shall configure the network, or make the bridge by other means",
    )


def _installed(root: str, program: str) -> bool:
    return any(os.path.exists(os.path.join(root, folder, program)) for folder in ("usr/sbin", "usr/bin", "sbin"))


def _kind(found: t.Mapping[str, t.Any], root: str) -> str:
    if found.get("link_type") == "loopback":
        return "loopback"
    if os.path.isdir(os.path.join(root, "sys/class/net", found["ifname"], "wireless")):
        return "wireless"
    return str(found.get("linkinfo", {}).get("info_kind", ""))


def _value(text: str, key: str) -> str:
    """The value of ``KEY=value`` in one of networkd's state files; absent as empty."""
    match = re.search(f"^{key}=(.*)$", text, re.M)
    return match.group(1).strip() if match else ""
