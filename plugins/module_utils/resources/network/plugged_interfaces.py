# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is plugged into a running network, and putting them back into a bridge that was made anew."""

from __future__ import annotations

import contextlib
import os
import subprocess
import typing as t

from ...deps import Element
from ...xml.table import Desired
from ..host import Host, InterfaceUse
from .definition import bridge_of, has_own_bridge

#: Whose interfaces libvirt only counts.
OTHERS = "others that libvirt counts"


def own_bridge(root: Element) -> t.Optional[str]:
    """The bridge that libvirt makes for a network, given as XML: it goes when the network is stopped. Pure."""
    return bridge_of(root) if has_own_bridge(root) else None


def uses(host: Host, root: Element) -> t.List[InterfaceUse]:
    """The interfaces of running domains that are in a network, given as the XML that it runs with: by its name, or by
    that of its bridge.

    What ``virt-install --network bridge=virbr0`` plugs into a bridge is not known to the network that made it. What
    libvirt counts in the network and does not show (of a container, or a virtual function) is one without a domain.
    """
    name, bridge = root.findtext("name"), own_bridge(root)
    found = [one for one in host.interfaces if one.network == name or (bridge is not None and one.bridge == bridge)]
    unseen = int(root.get("connections", "0")) > sum(one.network == name for one in found)
    return found + ([InterfaceUse(OTHERS, None, name, None)] if unseen else [])


def names(interface: Desired, root: Element) -> bool:
    """Whether a declared interface is in a network, given likewise. Pure."""
    bridge = own_bridge(root)
    if bridge is not None and bridge in (interface.get("bridge"), interface.get("direct")):
        return True
    return bool(interface.get("network") == root.findtext("name"))


def plug_in(interfaces: t.Iterable[InterfaceUse], bridge: str) -> None:
    """Put those that are in no bridge into this one, on this machine: libvirt does that only when it starts itself."""
    for interface in interfaces:
        device = f"/sys/class/net/{interface.device}"
        if interface.device is None or os.path.exists(device + "/master"):
            continue
        command = ["ip", "link", "set", "dev", interface.device, "master", bridge, "up"]
        subprocess.run(command, check=False, capture_output=True)
        if interface.isolated:  # the port is a new one, and open to all others
            with contextlib.suppress(OSError), open(device + "/brport/isolated", "w", encoding="ascii") as setting:
                setting.write("1")
