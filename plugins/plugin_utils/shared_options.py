# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Descriptions of options that several kinds (``module_utils/resources/shared``) or devices have: each text once.

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
      description: The name of the settings at the switch (port profile), for V(openvswitch) and V(802.1Qbh).
      type: str
    interface_id:
      description: >-
        The UUID of the port at the switch, for V(midonet) and V(openvswitch). For V(openvswitch), libvirt generates one
        for each guest by default.
      type: str
    instance_id:
      description: The UUID by which the switch knows this port (VSI), for V(802.1Qbg).
      type: str
    manager_id:
      description: >-
        The number of the switch's database of port types (VSI manager), from 0 to 255, for V(802.1Qbg).
      type: int
    type_id:
      description: >-
        The number of the port type (VSI type) in the database of O({at}virtualport.manager_id), for V(802.1Qbg).
      type: int
    type_id_version:
      description: The version of the port type, from 0 to 255, for V(802.1Qbg).
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

_FILTER_PARAMETERS = """
parameters:
  description: >-
    The complete list of the values of the filter's variables. A variable with several values is there several times.
  type: list
  elements: dict
  suboptions:
    name:
      description: The name of the variable, such as V(IP), without C($).
      type: str
      required: true
    value:
      description: The value of the variable, such as V(192.0.2.5).
      type: str
      required: true
"""

_ENDS = """
start:
  description: The first {what} of the range.
  type: {type}{required}
end:
  description: The last {what} of the range.
  type: {type}{required}
"""

_TEAMING = """
teaming:
  description: >-
    The pairing of {pair} that the guest uses as one. {stays}
  type: dict
  suboptions:
    type:
      description: {which}
      type: str
      choices: {choices}
    persistent:
      description: The O(interfaces[].alias) of the virtio interface that stays, for V(transient).
      type: str
"""

_PERMISSIONS = """
mode:
  description: >-
    The mode in octal digits, a text in quotes such as V('{mode}').{default}
  type: raw
owner:
  description: The numeric ID of the owner.
  type: int
group:
  description: The numeric ID of the group.
  type: int
label:
  description: {label}
  type: str
"""

_SERVER = """
name:
  description: The host name or IP address of the server.
  type: str{required}
port:
  description: The port of the server. The default, also with V(0), is the usual port of the protocol.
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

_USER = """
username:
  description: The name of the user at the server. An empty text removes the login.
  type: str
"""

_LABEL_MODEL = """
model:
  description: The security driver of the label, such as V(selinux), V(apparmor) or V(dac). It identifies the label.
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
{model}    relabel:
      description: Whether libvirt sets the label at the start of the domain. With V(false) it leaves {what} as it is.
      type: bool
    label:
      description: The label itself, such as V(system_u:object_r:svirt_image_t:s0), or V(+107:+107) for user and group.
      type: str
"""

_VIRTIO = """
iommu:
  description: >-
    Whether the device's access to memory goes through the guest's virtual IOMMU. QEMU's default is V(false).
  type: bool
ats:
  description: >-
    Whether a virtio device on PCI Express supports address translation services (ATS), so that a vhost backend can
    cache translations of the virtual IOMMU; only with O({at}iommu). QEMU's default is V(false).
  type: bool
packed:
  description: >-
    Whether the device uses packed virtqueues, a compact layout that newer guest drivers support. QEMU's default is
    V(false).
  type: bool
page_per_vq:
  description: >-
    Whether each queue is notified through a memory page of its own, as some backends outside QEMU (vDPA) need. QEMU's
    default is V(false).
  type: bool
"""

_ALIAS = """
alias:
  description: A name for the device, which begins with C(ua-) and identifies it to this module and to libvirt.
  type: str
"""

_BOOT_ORDER = """
boot_order:
  description: >-
    The position of the device among those that the guest boots from, from 1. Every position is used only once.
  type: int
"""

_ROM = """
rom:
  description: {description}
  type: dict
  suboptions:
    enabled:
      description: Whether the device has an option ROM at all.
      type: bool
    bar:
      description: >-
        Whether the guest can see the ROM. With V(false) the firmware usually cannot boot from a device that is
        passed through.
      type: bool
    file:
      description: The absolute path on the host of the file with the ROM's content.
      type: path
"""

_SCHEDULING = """
scheduler:
  description: >-
    The scheduling policy of the kernel. V(fifo) and V(rr) are for real-time guests, V(batch) and V(idle) yield to
    others.
  type: str
  required: {required}
  choices: [batch, fifo, idle, rr]
priority:
  description: The real-time priority, from 1 to 99, which V(fifo) and V(rr) need. The others have none.
  type: int
"""

_KIND_OF_END = """
type:
  description:
    - >-
      The kind of device or file on the host that is the other end, by libvirt's name for it. When it changes,
      settings of the former type are removed.
    - >-
      V(pty) is a pseudo terminal, V(dev) a device, V(null) discards everything, V(unix), V(tcp) and V(udp) are
      sockets, V(stdio) is QEMU's own standard input and output, V(spicevmc) and V(spiceport) go to a SPICE
      viewer, and V(qemu-vdagent) shares the clipboard with VNC.
  type: str
  choices: [pty, file, "null", unix, tcp, udp, dev, pipe, stdio, spicevmc, spiceport, qemu-vdagent]
"""

#: Before and after its security labels.
_HOST_END = (
    """
path:
  description: The absolute path of the file, device or UNIX socket on the host.
  type: path
append:
  description: >-
    Whether output is appended to a file. Otherwise the file is emptied at each start, which is libvirt's default.
  type: bool
mode:
  description: Whether QEMU listens on the socket or port (V(bind)) or connects to it (V(connect)).
  type: str
  choices: [connect, bind]
host:
  description: The host name or IP address to connect to or listen on, for V(tcp) and V(udp).
  type: str
service:
  description: The number of the port, for V(tcp) and V(udp).
  type: str
channel:
  description: The name of the SPICE port, for V(spiceport), such as V(org.qemu.console.serial.0).
  type: str
""",
    """
tls:
  description: >-
    Whether a V(tcp) connection is encrypted with TLS, with the certificates that C(qemu.conf) of the host names.
    The default is the setting there.
  type: bool
reconnect:
  description: >-
    The seconds after which QEMU connects again when the other end has closed the connection. By default it does
    not.
  type: int
protocol:
  description: The protocol on a V(tcp) connection. libvirt's default is V(raw).
  type: str
  choices: [raw, telnet, telnets, tls]
log:
  description: The absolute path of a file on the host to which a copy of the guest's output is written.
  type: path
log_append:
  description: >-
    Whether the copy is appended to O({at}log). Otherwise the file is emptied at each start, which is
    libvirt's default.
  type: bool
""",
)


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


def login(indent: int, kind: str) -> str:
    """The login at a server, with the secret that has the password."""
    return "\n".join([_indented(_USER, indent), secret(indent, "password", kind)])


def seclabels(indent: int, what: str) -> str:
    """The security labels of what a device has on the host."""
    return _indented(_SECLABELS.format(what=what, model=label_model(4)), indent)


def label_model(indent: int) -> str:
    """What identifies a security label, wherever it is."""
    return _indented(_LABEL_MODEL, indent)


def filter_parameters(indent: int) -> str:
    """The values that a network filter gets."""
    return _indented(_FILTER_PARAMETERS, indent)


def ends(indent: int, what: str, type_: str = "str", required: bool = False) -> str:
    """The two ends of a range, of addresses or ports."""
    return _indented(_ENDS.format(what=what, type=type_, required=_required(required, 2)), indent)


def teaming(indent: int, pair: str, stays: str, which: str, choices: str) -> str:
    """Two devices that a guest uses as one, seen from one of them."""
    return _indented(_TEAMING.format(pair=pair, stays=stays, which=which, choices=choices), indent)


def permissions(indent: int, mode: str, label: str, default: str = "") -> str:
    """Who owns a file or directory; ``mode`` is an example, ``label`` the text on the SELinux label."""
    default = f" The default {default}." if default else ""
    return _indented(_PERMISSIONS.format(mode=mode, label=label, default=default), indent)


def server(indent: int, required: bool = False) -> str:
    """One of the servers that storage is on."""
    return _indented(_SERVER.format(required=_required(required, 2)), indent)


def virtio(at: str, indent: int) -> str:
    """How a virtio device talks to the host."""
    return _indented(_VIRTIO.format(at=at), indent)


def alias(indent: int) -> str:
    """The name by which a device is identified."""
    return _indented(_ALIAS, indent)


def boot_order(indent: int) -> str:
    """The place of a device among those that the guest boots from."""
    return _indented(_BOOT_ORDER, indent)


def rom(indent: int, description: str) -> str:
    """The option ROM of a PCI device."""
    return _indented(_ROM.format(description=description), indent)


def scheduling(indent: int, required: bool = False) -> str:
    """How the host's kernel schedules threads."""
    return _indented(_SCHEDULING.format(required=str(required).lower()), indent)


def host_end(at: str, indent: int) -> str:
    """What a character device says of its end on the host, beside the type of that."""
    before, after = (_indented(text.format(at=at), indent) for text in _HOST_END)
    return "\n".join([before, seclabels(indent, "the file or socket"), after])


def character_device(at: str, indent: int) -> str:
    """The same with the type, of a device that can have any."""
    return "\n".join([_indented(_KIND_OF_END, indent), host_end(at, indent)])


def _required(required: bool, indent: int) -> str:
    return f"\n{' ' * indent}required: true" if required else ""


def _indented(text: str, indent: int) -> str:
    return textwrap.indent(text.strip("\n"), " " * indent) + "\n"
