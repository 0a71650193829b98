# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network interfaces of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Network interfaces of a domain."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  interfaces:
    description:
      - >-
        The complete list of the domain's network interfaces. They are plugged in and out while the domain runs. A
        change of an interface takes effect at the next start, unless its option says that it does at once.
      - >-
        Each is identified by O(interfaces[].mac), else by O(interfaces[].alias), else by its source. With a MAC address
        or an alias it stays the same interface when it moves to another network.
      - >-
        The source is one of O(interfaces[].network), O(interfaces[].bridge), O(interfaces[].direct),
        O(interfaces[].user), O(interfaces[].ethernet), O(interfaces[].hostdev), O(interfaces[].vdpa) and
        O(interfaces[].vhost_user).
      - >-
        Interfaces with the same source, such as two in one network, need a MAC address or an alias each, because their
        order in the list has no meaning.
    type: list
    elements: dict
    suboptions:
      mac:
        description: >-
          The MAC address of the interface. libvirt generates one for a new interface, which then stays. No other domain
          of the host may have the same.
        type: str
      network:
        description: >-
          The name of the virtual network. It exists on the host, or is declared in the same document. A change takes
          effect at once.
        type: str
      portgroup:
        description: The name of the port group of O(interfaces[].network) whose settings the interface has.
        type: str
      bridge:
        description: The name of a bridge of the host, such as V(br0). A change takes effect at once.
        type: str
      direct:
        description: >-
          The name of a network device of the host, such as V(eno1), that the interface shares with the host (macvtap).
          Guest and host cannot reach each other through it.
        type: str
      direct_mode:
        description: >-
          How guests on the same O(interfaces[].direct) reach each other. V(bridge) is directly, V(vepa) through an
          external switch that sends packets back, V(private) not at all, and V(passthrough) gives the device to one
          guest alone. libvirt's default is V(vepa).
        type: str
        choices: [vepa, bridge, private, passthrough]
      user:
        description: >-
          Whether the interface is on a network in user space, of QEMU or O(interfaces[].backend). The guest reaches
          others through it and cannot be reached, except by O(interfaces[].port_forwards).
        type: bool
      ethernet:
        description: >-
          Whether the interface is a tap device on the host that is plugged into nothing, for a network that you set up
          yourself. O(interfaces[].target_dev) names it.
        type: bool
      hostdev:
        description: >-
          The PCI address, such as V(0000:65:10.0), of a network device of the host, such as a virtual function, that is
          passed through to the guest.
        type: str
      managed:
        description: >-
          Whether libvirt detaches the device of O(interfaces[].hostdev) from its driver on the host when the domain
          starts, and gives it back when the domain stops.
        type: bool
      vdpa:
        description: The absolute path of a vDPA device of the host, such as V(/dev/vhost-vdpa-0).
        type: path
      vhost_user:
        description: >-
          A switch in user space on the host, such as Open vSwitch with DPDK. The guest's memory has to be shared with
          it (O(memory_backing.access=shared)).
        type: dict
        suboptions:
          path:
            description: The absolute path of the UNIX socket between QEMU and the switch.
            type: path
          mode:
            description: Whether QEMU listens on the socket (V(server)) or connects to it (V(client)).
            type: str
            choices: [client, server]
          reconnect:
            description: >-
              The seconds after which QEMU connects again when the switch has closed the connection, for V(client). By
              default it does not.
            type: int
      backend:
        description: >-
          The program that connects an interface of O(interfaces[].user) to the host's network, instead of QEMU itself.
        type: dict
        suboptions:
          type:
            description: The name of the program. V(passt) needs libvirt 9.0.
            type: str
            choices: [passt]
          log_file:
            description: The absolute path of a file on the host that the program writes its log to.
            type: path
      port_forwards:
        description: >-
          The complete list of the ports of the host that are forwarded to the guest. Needs O(interfaces[].backend).
        type: list
        elements: dict
        suboptions:
          proto:
            description: The transport protocol of the ports.
            type: str
            choices: [tcp, udp]
            required: true
          address:
            description: The IP address of the host that accepts connections. The default is all of them.
            type: str
          dev:
            description: The network device of the host that accepts connections. The default is all of them.
            type: str
          ranges:
            description: The complete list of the ranges of ports. The default is all ports.
            type: list
            elements: dict
            suboptions:
              start:
                description: The first port of the range on the host.
                type: int
                required: true
              end:
                description: >-
                  The last port of the range on the host. The default is O(interfaces[].port_forwards[].ranges[].start),
                  a single port.
                type: int
              to:
                description: The first port of the range in the guest. The default is the same port as on the host.
                type: int
              exclude:
                description: >-
                  Whether the ports of this range are left out of the forwarding. libvirt's default is V(false).
                type: bool
      target_dev:
        description: >-
          The name of the interface's device on the host, such as V(tap-web1). By default libvirt chooses one at each
          start, such as C(vnet0).
        type: str
      target_managed:
        description: >-
          Whether libvirt creates the device O(interfaces[].target_dev) of O(interfaces[].ethernet). With V(false) it
          uses one that exists. libvirt's default is V(true).
        type: bool
      model:
        description: >-
          The network card that the guest sees, such as V(virtio) or V(e1000e). The default for a new interface is
          V(virtio).
        type: str
      driver:
        description: >-
          What moves the packets between guest and host. V(vhost) is the host's kernel, the default for virtio where the
          kernel has it; V(qemu) is QEMU; V(vfio) is for O(interfaces[].hostdev).
        type: str
        choices: [vhost, qemu, vfio]
      queues:
        description: >-
          The number of queues of a virtio interface. With one for each vCPU all of them can share the work. QEMU's
          default is V(1).
        type: int
      rx_queue_size:
        description: >-
          The number of packets that fit into a virtio queue towards the guest, a power of two from 256 to 1024. By
          default QEMU chooses.
        type: int
      tx_queue_size:
        description: >-
          The number of packets that fit into a virtio queue from the guest, a power of two from 256 to 1024. By default
          QEMU chooses.
        type: int
      txmode:
        description: >-
          How packets of a virtio guest are sent, by a thread of QEMU at once (V(iothread)) or after a short delay in
          groups (V(timer)). QEMU chooses well by default.
        type: str
        choices: [iothread, timer]
      ioeventfd:
        description: >-
          Whether packets that the guest sends are handled by another thread than the vCPU that sends them. QEMU chooses
          well by default.
        type: bool
      event_idx:
        description: >-
          Whether guest and host limit how often they interrupt each other (event index), for a virtio interface. QEMU
          chooses well by default.
        type: bool
      rss:
        description: >-
          Whether a virtio interface distributes packets over its queues by their hash (receive-side scaling).
        type: bool
      rss_hash_report:
        description: Whether a virtio interface passes the hash of a packet on to the guest.
        type: bool
"""
        + shared_options.virtio("interfaces[].", 6)
        + r"""
      host_offloads:
        description: >-
          The work on packets from the guest that a virtio interface may leave to the host. QEMU's default is all of it.
        type: dict
        suboptions:
          csum:
            description: Whether the host computes checksums for the guest.
            type: bool
          gso:
            description: Whether the host does generic segmentation for the guest.
            type: bool
          tso4:
            description: Whether the host segments TCP over IPv4 for the guest.
            type: bool
          tso6:
            description: Whether the host segments TCP over IPv6 for the guest.
            type: bool
          ecn:
            description: Whether the host segments TCP with explicit congestion notification for the guest.
            type: bool
          ufo:
            description: Whether the host fragments UDP packets for the guest.
            type: bool
          mrg_rxbuf:
            description: Whether the host may put one packet into several receive buffers of the guest.
            type: bool
      guest_offloads:
        description: >-
          The work on packets to the guest that a virtio interface may leave to the guest. QEMU's default is all of it.
        type: dict
        suboptions:
          csum:
            description: Whether the guest accepts packets without a complete checksum.
            type: bool
          tso4:
            description: Whether the guest accepts unsegmented TCP over IPv4.
            type: bool
          tso6:
            description: Whether the guest accepts unsegmented TCP over IPv6.
            type: bool
          ecn:
            description: Whether the guest accepts unsegmented TCP with explicit congestion notification.
            type: bool
          ufo:
            description: Whether the guest accepts unfragmented UDP packets.
            type: bool
      mtu:
        description: >-
          The size of the largest packet (MTU), in bytes, which virtio announces to the guest. The default is the MTU of
          the network.
        type: int
      link:
        description: >-
          Whether the virtual cable is plugged in. The default for a new interface is V(up). A change takes effect at
          once.
        type: str
        choices: [up, down]
      coalesce:
        description: How packets for the guest are collected before they are delivered. A change takes effect at once.
        type: dict
        suboptions:
          rx_frames:
            description: The number of packets that the tap device collects at most. V(0) collects none.
            type: int
      filterref:
        description: The network filter of libvirt that the interface's packets pass. A change takes effect at once.
        type: dict
        suboptions:
          filter:
            description: The name of the filter, such as V(clean-traffic). An empty text removes the filter.
            type: str
"""
        + shared_options.filter_parameters(10)
        + shared_options.port(
            "interfaces[].",
            6,
            "The limits on the traffic of the interface. A change takes effect at once.",
            inherits=True,
            floor=True,
            next_start=" A change takes effect at the next start.",
        )
        + r"""
      port:
        description: Settings of the interface's port at the bridge of the host.
        type: dict
        suboptions:
          isolated:
            description: >-
              Whether the guest is cut off from the other isolated guests at the same bridge. The default is the setting
              of the network. A change takes effect at once.
            type: bool
"""
        + shared_options.teaming(
            6,
            "two interfaces",
            "A virtual function is unplugged during a migration and a virtio interface stays.",
            "Which of the two it is, V(persistent) the virtio interface or V(transient) the virtual function.",
            "[persistent, transient]",
        )
        + shared_options.rom(6, "The option ROM by which the guest boots from the interface.")
        + r"""
      acpi_index:
        description: >-
          The number by which systemd in the guest names the interface, such as V(7) for C(eno7). For interfaces on PCI.
        type: int
"""
        + shared_options.boot_order(6)
        + shared_options.alias(6)
    )
