# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What documentation says of options that several kinds have (``module_utils/resources/shared``): each text once.

A function returns YAML for the options of one place in a doc fragment. ``at`` is the path of that place, as in
``interfaces[].``; ``indent`` is how many spaces its options are indented by.
"""

from __future__ import annotations

import textwrap

_PORT = """
trust_guest_rx_filters:
  description: >-
    Whether the host adapts its own filters when the guest changes its MAC address or what it listens to (macvtap and
    virtual functions). {trust}
  type: bool
vlan:
  description: >-
    The VLANs of the port. For an Open vSwitch, virtual functions, macvtap in the mode C(passthrough), and since
    libvirt 11.0 every bridge.{next_start}
  type: dict
  suboptions:
    tags:
      description: The VLANs; complete, identified by O({at}vlan.tags[].id). With an empty list there are none.
      type: list
      elements: dict
      suboptions:
        id:
          description: The VLAN's number, 0 to 4095.
          type: int
          required: true
        native_mode:
          description: >-
            Makes this VLAN the one of packets without a tag, and says whether packets of it get a tag when they leave.
            One VLAN of a trunk can be that.
          type: str
          choices: [tagged, untagged]
    trunk:
      description: >-
        Whether the guest sees the tags. Follows from O({at}vlan.tags) where these are declared: several are a trunk,
        and so is one with O({at}vlan.tags[].native_mode).
      type: bool
virtualport:
  description: The port's settings at the switch that the guest is plugged into.{next_start}
  type: dict
  suboptions:
    type:
      description: The kind of switch. V(none) removes the settings.{type_of_network}
      type: str
      choices: [none, openvswitch, 802.1Qbg, 802.1Qbh, midonet]
    profile_id:
      description: The port profile. For V(openvswitch) and V(802.1Qbh).
      type: str
    interface_id:
      description: The UUID of the port. For V(midonet), and V(openvswitch), where libvirt makes one for each guest.
      type: str
    instance_id:
      description: The UUID of the VSI instance. For V(802.1Qbg).
      type: str
    manager_id:
      description: The number of the VSI manager, 0 to 255. For V(802.1Qbg).
      type: int
    type_id:
      description: The number of the VSI type. For V(802.1Qbg).
      type: int
    type_id_version:
      description: The version of the VSI type, 0 to 255. For V(802.1Qbg).
      type: int
bandwidth:
  description: {bandwidth}
  type: dict
  suboptions:
    inbound:
      description: What the guest receives.
      type: dict
      suboptions:
{limits}{floor}    outbound:
      description: What the guest sends.
      type: dict
      suboptions:
{limits}"""

_LIMITS = """
        average:
          description: Kibibytes per second on average; required with the others. V(0) removes all of this direction.
          type: int
        peak:
          description: Kibibytes per second during a burst. V(0) is no limit.
          type: int
        burst:
          description: Kibibytes that may be sent at the peak rate. V(0) is the host's default.
          type: int
"""

_FLOOR = """
        floor:
          description: >-
            Kibibytes per second that the guest always gets, from a network that has a limit of its own.
          type: int
"""

_SECRET = """
secret:
  description: The libvirt secret with the {content}, by its usage or by its UUID.
  type: dict
  suboptions:
    usage:
      description: The usage of the secret{kind}. The secret has to be there, or in the same document.
      type: str
    uuid:
      description: The UUID of the secret.
      type: str
"""

_SECLABELS = """
seclabels:
  description: >-
    The labels of the host's security drivers for {what}, where they are not those of O(seclabels); complete. A change
    takes effect at the next start.
  type: list
  elements: dict
  suboptions:
    model:
      description: The driver, such as V(selinux), V(apparmor) or V(dac). It identifies the label.
      type: str
    relabel:
      description: Whether libvirt labels it.
      type: bool
    label:
      description: The label, such as V(system_u:object_r:svirt_image_t:s0) or V(+107:+107).
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
