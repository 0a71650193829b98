# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Descriptions of options that several kinds have (``module_utils/resources/shared``): each text once.

A function returns YAML for the options of one place in a doc fragment. ``at`` is the path of that place, as in
``interfaces[].``; ``indent`` is how many spaces its options are indented by.
"""

from __future__ import annotations

import textwrap

_PORT = """
trust_guest_rx_filters:
  description: >-
    Whether the host's device follows when the guest changes the MAC address or the receive filters of its own, for
    macvtap and virtual functions. {trust}
  type: bool
vlan:
  description: >-
    The VLANs (IEEE 802.1Q) of the port, for Open vSwitch, virtual functions and macvtap in the mode C(passthrough), and
    from libvirt 11.0 on for bridges of the host.{next_start}
  type: dict
  suboptions:
    tags:
      description: >-
        The complete list of the VLANs, identified by O({at}vlan.tags[].id). An empty list removes them.
      type: list
      elements: dict
      suboptions:
        id:
          description: The number of the VLAN, from 0 to 4095.
          type: int
          required: true
        native_mode:
          description: >-
            Makes this VLAN the native one, which packets without a tag from the guest belong to. Packets of it to the
            guest have a tag (V(tagged)) or none (V(untagged)). Only one VLAN of a trunk can be native.
          type: str
          choices: [tagged, untagged]
    trunk:
      description: >-
        Whether the port is a trunk, on which the guest itself sees the VLAN tags. The default is V(true) with several
        O({at}vlan.tags) or one with O({at}vlan.tags[].native_mode), else V(false).
      type: bool
virtualport:
  description: The settings of the port at the switch that the guest is plugged into.{next_start}
  type: dict
  suboptions:
    type:
      description: The kind of the switch. V(none) removes the settings.{type_of_network}
      type: str
      choices: [none, openvswitch, 802.1Qbg, 802.1Qbh, midonet]
    profile_id:
      description: The name of the port profile, for V(openvswitch) and V(802.1Qbh).
      type: str
    interface_id:
      description: >-
        The UUID of the port at the switch, for V(midonet) and V(openvswitch). For V(openvswitch), libvirt generates one
        for each guest by default.
      type: str
    instance_id:
      description: The UUID of the virtual station interface (VSI), for V(802.1Qbg).
      type: str
    manager_id:
      description: The number of the VSI manager, from 0 to 255, for V(802.1Qbg).
      type: int
    type_id:
      description: The number of the VSI type, for V(802.1Qbg).
      type: int
    type_id_version:
      description: The version of the VSI type, from 0 to 255, for V(802.1Qbg).
      type: int
bandwidth:
  description: {bandwidth}
  type: dict
  suboptions:
    inbound:
      description: The limits on the traffic to the guest.
      type: dict
      suboptions:
{limits}{floor}    outbound:
      description: The limits on the traffic from the guest.
      type: dict
      suboptions:
{limits}"""

_LIMITS = """
        average:
          description: >-
            The average rate in kibibytes per second, which the other limits need. V(0) removes the limits of this
            direction.
          type: int
        peak:
          description: The rate during a burst in kibibytes per second. V(0) is no limit.
          type: int
        burst:
          description: The size of a burst in kibibytes. V(0) is the default of the host.
          type: int
"""

_FLOOR = """
        floor:
          description: >-
            The rate in kibibytes per second that the guest is guaranteed, in a network that has limits of its own. V(0)
            is no guarantee.
          type: int
"""

_SECRET = """
secret:
  description: The libvirt secret that holds the {content}, by its usage name or by its UUID.
  type: dict
  suboptions:
    usage:
      description: >-
        The usage name of the secret{kind}. It exists on the host, or is declared in the same document.
      type: str
    uuid:
      description: The UUID of the secret, instead of its usage name.
      type: str
"""

_SECLABELS = """
seclabels:
  description: >-
    The complete list of the security labels of {what} on the host, for SELinux, AppArmor or file owners (DAC). They
    override O(seclabels). A change takes effect at the next start.
  type: list
  elements: dict
  suboptions:
    model:
      description: The security driver of the label, such as V(selinux), V(apparmor) or V(dac). It identifies the label.
      type: str
    relabel:
      description: Whether libvirt sets the label at the start of the domain. With V(false) it leaves {what} as it is.
      type: bool
    label:
      description: The label itself, such as V(system_u:object_r:svirt_image_t:s0), or V(+107:+107) for user and group.
      type: str
"""


def port(
    at: str, indent: int, bandwidth: str, inherits: bool = False, floor: bool = False, next_start: str = ""
) -> str:
    """The options of the port of a guest: of a network, a port group or an interface."""
    return _indented(
        _PORT.format(
            at=at,
            bandwidth=bandwidth,
            trust="The network's setting is the default." if inherits else "libvirt's default is V(false).",
            type_of_network=" The network's is the default, where it has one." if inherits else "",
            limits=_LIMITS.lstrip("\n"),
            floor=_FLOOR.lstrip("\n") if floor else "",
            next_start=next_start,
        ),
        indent,
    )


def secret(indent: int, content: str, kind: str = "") -> str:
    """A reference to a secret. ``content`` is what is in it, ``kind`` words on the type that it has to be of."""
    return _indented(_SECRET.format(content=content, kind=kind), indent)


def seclabels(indent: int, what: str) -> str:
    """The security labels of what a device has on the host."""
    return _indented(_SECLABELS.format(what=what), indent)


def _indented(text: str, indent: int) -> str:
    return textwrap.indent(text.strip("\n"), " " * indent)
