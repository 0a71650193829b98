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
      - The network interfaces; complete. Plugged in and out while the domain runs.
      - >-
        Each is identified by O(interfaces[].mac), else O(interfaces[].alias), else what it is plugged into. With one of
        the first two it stays the same interface when it moves to another network.
      - >-
        What it is plugged into is one of O(interfaces[].network), O(interfaces[].bridge), O(interfaces[].direct),
        O(interfaces[].user), O(interfaces[].ethernet), O(interfaces[].hostdev), O(interfaces[].vdpa) and
        O(interfaces[].vhost_user).
      - >-
        Two of a kind, such as two at one network, need an address or an alias each, so that their order means nothing.
    type: list
    elements: dict
    suboptions:
      mac:
        description: >-
          The MAC address. libvirt makes one for a new interface, and keeps it. No other domain of the host has the
          same.
        type: str
      network:
        description: The virtual network. It exists, or is declared in the same document. Changed at once.
        type: str
      portgroup:
        description: The portgroup of the network.
        type: str
      bridge:
        description: The bridge of the host. Changed at once.
        type: str
      direct:
        description: >-
          The network device of the host that the interface shares (macvtap). The guest and the host do not reach each
          other through it.
        type: str
      direct_mode:
        description: >-
          How guests at the same O(interfaces[].direct) reach each other. libvirt's default is V(vepa), which is through
          a switch that reflects.
        type: str
        choices: [vepa, bridge, private, passthrough]
      user:
        description: V(true) connects it to QEMU's own network in user space, which reaches out and is not reached.
        type: bool
      ethernet:
        description: V(true) makes a tap device on the host and leaves it to you, or takes O(interfaces[].target_dev).
        type: bool
      hostdev:
        description: >-
          The PCI address, such as V(0000:65:10.0), of a network device of the host, such as a virtual
          function, that the guest gets itself.
        type: str
      managed:
        description: >-
          Whether libvirt takes O(interfaces[].hostdev) from the host's driver when the domain starts, and
          gives it back.
        type: bool
      vdpa:
        description: The vDPA device of the host, such as V(/dev/vhost-vdpa-0).
        type: path
      vhost_user:
        description: >-
          A switch in user space on the host, such as Open vSwitch with DPDK. The guest's memory has to be
          shared with it.
        type: dict
        suboptions:
          path:
            description: The UNIX socket.
            type: path
          mode:
            description: Which end of the socket QEMU is.
            type: str
            choices: [client, server]
          reconnect:
            description: Seconds after which QEMU calls again at a switch that went away, with V(client).
            type: int
      backend:
        description: What O(interfaces[].user) goes through where it is not QEMU itself.
        type: dict
        suboptions:
          type:
            description: The program. V(passt) comes with libvirt 9.0.
            type: str
            choices: [passt]
          log_file:
            description: A file for what it has to say.
            type: path
      port_forwards:
        description: Ports of the host that lead to the guest, with O(interfaces[].backend); complete.
        type: list
        elements: dict
        suboptions:
          proto:
            description: The protocol.
            type: str
            choices: [tcp, udp]
            required: true
          address:
            description: The host's address that they are at. All of them where nothing is said.
            type: str
          dev:
            description: The network device of the host that they are at.
            type: str
          ranges:
            description: The ports; complete. All of them where none are declared.
            type: list
            elements: dict
            suboptions:
              start:
                description: The first port on the host.
                type: int
                required: true
              end:
                description: The last one. The first where nothing is said.
                type: int
              to:
                description: The first port in the guest. The same as on the host where nothing is said.
                type: int
              exclude:
                description: Whether these ports are not forwarded.
                type: bool
      target_dev:
        description: The name of the device on the host. libvirt gives one at each start where nothing is said.
        type: str
      target_managed:
        description: V(false) takes a device O(interfaces[].target_dev) that is there, for O(interfaces[].ethernet).
        type: bool
      model:
        description: >-
          What the guest sees, such as V(virtio) or V(e1000e). V(virtio) for a new interface where nothing is said.
        type: str
      driver:
        description: >-
          Who moves the packets. V(vhost) is the host's kernel, which virtio has where it can; V(vfio) is for
          O(interfaces[].hostdev).
        type: str
        choices: [vhost, qemu, vfio]
      queues:
        description: How many queues a virtio interface has, one for each vCPU that shall do its work.
        type: int
      rx_queue_size:
        description: How many packets fit into a virtio queue towards the guest.
        type: int
      tx_queue_size:
        description: How many packets fit into a virtio queue from the guest.
        type: int
      txmode:
        description: How packets from a virtio guest are sent. Leave it to QEMU.
        type: str
        choices: [iothread, timer]
      ioeventfd:
        description: Whether sending is taken off the vCPU that asks for it. Leave it to QEMU.
        type: bool
      event_idx:
        description: Whether a virtio interface interrupts the guest less. Leave it to QEMU.
        type: bool
      rss:
        description: Whether a virtio interface spreads packets over its queues by their hash.
        type: bool
      rss_hash_report:
        description: Whether a virtio interface tells the guest the hash of a packet.
        type: bool
      iommu:
        description: Whether the device's memory accesses go through the guest's virtual IOMMU.
        type: bool
      ats:
        description: Whether a virtio device on PCI Express answers address translation requests.
        type: bool
      packed:
        description: Whether a virtio device uses packed rings.
        type: bool
      page_per_vq:
        description: Whether each queue of a virtio device has a page of its own to be notified at.
        type: bool
      host_offloads:
        description: What the guest may leave to the host for packets that it sends.
        type: dict
        suboptions:
          csum:
            description: Checksums.
            type: bool
          gso:
            description: Segmentation of any kind.
            type: bool
          tso4:
            description: Segmentation of TCP over IPv4.
            type: bool
          tso6:
            description: Segmentation of TCP over IPv6.
            type: bool
          ecn:
            description: Segmentation of TCP with congestion notification.
            type: bool
          ufo:
            description: Fragmentation of UDP.
            type: bool
          mrg_rxbuf:
            description: Merged receive buffers.
            type: bool
      guest_offloads:
        description: What the host may leave to the guest for packets that it receives.
        type: dict
        suboptions:
          csum:
            description: Checksums.
            type: bool
          tso4:
            description: Segments of TCP over IPv4, unsplit.
            type: bool
          tso6:
            description: Segments of TCP over IPv6, unsplit.
            type: bool
          ecn:
            description: Segments of TCP with congestion notification, unsplit.
            type: bool
          ufo:
            description: UDP packets, unsplit.
            type: bool
      mtu:
        description: >-
          The size of the largest packet, in bytes, which a virtio guest is told. The network's where nothing is said.
        type: int
      link:
        description: Whether the cable is plugged in. V(up) for a new interface where nothing is said. Changed at once.
        type: str
        choices: [up, down]
      coalesce:
        description: How packets for the guest are gathered before it is interrupted. Changed at once.
        type: dict
        suboptions:
          rx_frames:
            description: At most so many packets, for the tap device. V(0) is none.
            type: int
      filterref:
        description: The network filter of libvirt that its packets pass. Changed at once.
        type: dict
        suboptions:
          filter:
            description: The filter's name, such as V(clean-traffic). An empty one is no filter.
            type: str
          parameters:
            description: Values for the filter's variables; complete. A variable may have several.
            type: list
            elements: dict
            suboptions:
              name:
                description: The variable, such as V(IP).
                type: str
                required: true
              value:
                description: The value.
                type: str
                required: true
"""
        + shared_options.port(
            "interfaces[].",
            6,
            "Limits of the traffic, changed at once.",
            inherits=True,
            floor=True,
            next_start=" A change takes effect at the next start.",
        )
        + r"""
      port:
        description: The port at the bridge of the host.
        type: dict
        suboptions:
          isolated:
            description: >-
              Whether guests at the same bridge that are all isolated do not reach each other. The network's setting is
              the default. Changed at once.
            type: bool
      teaming:
        description: Two interfaces that the guest joins, one of which goes away for a migration.
        type: dict
        suboptions:
          type:
            description: Which of the two it is. The transient one is a virtual function.
            type: str
            choices: [persistent, transient]
          persistent:
            description: For the transient one, O(interfaces[].alias) of the persistent one.
            type: str
      rom:
        description: The ROM for booting from it.
        type: dict
        suboptions:
          enabled:
            description: Whether it has one.
            type: bool
          bar:
            description: Whether the guest sees it in its address space.
            type: bool
          file:
            description: The file that is the ROM.
            type: path
      acpi_index:
        description: The number by which systemd in the guest names it (C(eno7)), for interfaces on PCI.
        type: int
      boot_order:
        description: Its place among the devices to boot from, from 1. No other disk or interface has the same.
        type: int
      alias:
        description: A name of your own for the device. It starts with C(ua-).
        type: str
"""
    )
