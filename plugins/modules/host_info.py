#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_info
short_description: Report what a machine can do as a KVM host
version_added: 0.1.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Says whether the machine can run KVM guests, and if not, why not and what to do about it.
  - Reports what libvirt offers there, its capacity, and the versions in use.
  - Changes nothing. It loads and starts nothing either, except that systemd may start a libvirt daemon because
    somebody connects.
extends_documentation_fragment:
  - kvm.fleet.attributes.info
  - kvm.fleet.connection
notes:
  - Works before libvirt or its Python bindings are installed. RV(libvirt.reachable) is then V(false), and
    what only libvirt can report is V(none).
  - Whether the firmware has locked virtualization is read from the kernel's messages, which needs root on most
    distributions.
  - The access to C(/dev/kvm) is that of the user of V(qemu:///system), also for other values of O(uri). C(qemu.conf) is
    C(root)'s alone on Debian; for other users of this module the distribution's default user is taken.
seealso:
  - name: Features of a KVM host
    description: C(virt-host-validate) checks some of this too, and more of what LXC and Xen need.
    link: https://libvirt.org/manpages/virt-host-validate.html
"""

EXAMPLES = r"""
- name: Read what the host can do
  kvm.fleet.host_info:
  register: host

- name: Refuse a machine that cannot run KVM guests
  ansible.builtin.assert:
    that: host.virtualization.supported
    fail_msg: "{{ host.virtualization.reason }}. {{ host.virtualization.remedy }}."

- name: Show what is free
  ansible.builtin.debug:
    msg: "{{ host.capacity.memory.free | human_readable }} of memory, {{ host.capacity.cpus }} CPUs"
  when: host.libvirt.reachable

- name: Ask another host's libvirt from here
  kvm.fleet.host_info:
    uri: qemu+ssh://kvm2.example.org/system
"""

RETURN = r"""
virtualization:
  description:
    - What was found on the machine, and what follows for KVM.
    - V(none) when O(uri) leads to another machine, on which only libvirt can report.
  returned: success
  type: dict
  contains:
    supported:
      description: Whether KVM guests can run.
      type: bool
      returned: always
    summary:
      description: What was found, in one line.
      type: str
      returned: always
    cause:
      description:
        - The first thing that is missing, V(none) when RV(virtualization.supported).
        - V(firmware_locked), the BIOS or UEFI setup has switched the CPU's extension off.
        - V(no_extension), the CPU shows neither C(vmx) nor C(svm); whatever C(/dev/kvm) is there is of no use.
        - V(module_not_loaded), the extension is there, its kernel module is not.
        - V(no_device), there is no C(/dev/kvm).
        - V(no_access), the user that QEMU runs as may not open C(/dev/kvm).
      type: str
      returned: always
    reason:
      description: A sentence on RV(virtualization.cause).
      type: str
      returned: always
    remedy:
      description: What to do about it.
      type: str
      returned: always
    model:
      description: The CPU's own name.
      type: str
      returned: always
    vendor:
      description: One of V(intel), V(amd), V(arm), V(ibm), V(other).
      type: str
      returned: always
    flag:
      description: V(vmx), V(svm), or V(none). Other architectures than x86 have no such flag.
      type: str
      returned: always
    hypervisor:
      description: Whether the machine is itself a virtual machine. V(none) where the CPU does not show it.
      type: bool
      returned: always
    firmware_locked:
      description: Whether the firmware has locked the extension. V(none) when there is no sign of it either way.
      type: bool
      returned: always
    nested:
      description: Whether guests can run KVM guests of their own. V(none) while the module is not loaded.
      type: bool
      returned: always
    module:
      description: The kernel module.
      type: dict
      returned: always
      contains:
        name:
          description: V(kvm_intel), V(kvm_amd), V(kvm) on other architectures, V(none) without a flag.
          type: str
          returned: always
        loaded:
          description: Whether it is loaded, or built into the kernel.
          type: bool
          returned: always
    device:
      description: The device C(/dev/kvm).
      type: dict
      returned: always
      contains:
        present:
          description: Whether it is there.
          type: bool
          returned: always
        mode:
          description: Its permissions, such as V(0660).
          type: str
          returned: always
        owner:
          description: Its user.
          type: str
          returned: always
        group:
          description: Its group.
          type: str
          returned: always
        user:
          description:
            - The user that QEMU runs as, from C(qemu.conf) or the distribution's default.
            - V(none) before libvirt is installed.
          type: str
          returned: always
        accessible:
          description:
            - Whether that user may open the device, its supplementary groups included.
            - V(none) without a user or a device.
          type: bool
          returned: always
    iommu:
      description: The IOMMU, which passing host devices through to guests needs.
      type: dict
      returned: always
      contains:
        available:
          description: Whether the firmware shows one, or the kernel uses one.
          type: bool
          returned: always
        enabled:
          description: Whether the kernel uses it.
          type: bool
          returned: always
        remedy:
          description: How to enable one that is available but not in use.
          type: str
          returned: always
libvirt:
  description: Whether libvirt answers.
  returned: success
  type: dict
  contains:
    uri:
      description: The connection that was tried.
      type: str
      returned: always
    reachable:
      description: Whether it could be opened.
      type: bool
      returned: always
    reason:
      description: Why not.
      type: str
      returned: always
    remedy:
      description: What to do about it.
      type: str
      returned: always
    daemons:
      description:
        - The installed daemons by name. C(libvirtd) does everything in one process; C(virtqemud), C(virtnetworkd) and
          so on are the modular ones.
        - C(running) is whether its process is there, C(listening) whether it or systemd listens on its socket.
        - V(none) when O(uri) leads to another machine.
      type: dict
      returned: always
      sample:
        libvirtd:
          listening: true
          running: true
        virtlogd:
          listening: true
          running: false
    systemd:
      description:
        - Whether systemd runs the host, and so its daemons. It may be installed and not at work, as in a container.
        - V(none) when O(uri) leads to another machine.
      type: bool
      returned: always
    listeners:
      description:
        - Where other machines can connect to libvirt, besides SSH, for each installed daemon.
        - V(none) when O(uri) leads to another machine.
      type: list
      elements: dict
      returned: always
      contains:
        daemon:
          description: V(libvirtd) or V(virtproxyd).
          type: str
          returned: always
        transport:
          description: V(tcp) or V(tls).
          type: str
          returned: always
        port:
          description: The port in the daemon's file, or libvirt's default.
          type: int
          returned: always
        authentication:
          description: What clients need, such as V(sasl), V(certificate) or V(certificate+sasl). V(none) is nothing.
          type: str
          returned: always
        file:
          description: The daemon's file.
          type: str
          returned: always
        enabled:
          description: Whether systemd or the daemon's file enables it.
          type: bool
          returned: always
        listening:
          description: Whether a process listens on the port.
          type: bool
          returned: always
        exposed:
          description: Whether it is enabled or listening, and needs no authentication. There is a warning then.
          type: bool
          returned: always
capabilities:
  description: What libvirt offers. V(none) when it does not answer.
  returned: success
  type: dict
  contains:
    arch:
      description: The host's architecture.
      type: str
      returned: always
      sample: x86_64
    cpu:
      description: The C(model) and C(vendor) that libvirt has for the host's CPU.
      type: dict
      returned: always
      sample:
        model: EPYC
        vendor: AMD
    guests:
      description:
        - For each architecture its C(os_type), C(domain_types) and C(machines).
        - Machine types of a single QEMU release, such as V(pc-q35-7.2), are left out.
      type: list
      elements: dict
      returned: always
      sample:
        - arch: x86_64
          os_type: hvm
          domain_types: [qemu, kvm]
          machines: [isapc, microvm, pc, q35, x-remote]
    firmware:
      description:
        - For guests of the host's architecture, whether there is UEFI (C(efi)) and C(secure_boot).
        - V(none) when O(uri) leads to another machine.
      type: dict
      returned: always
      sample:
        efi: true
        secure_boot: true
capacity:
  description: The host's size. V(none) when libvirt does not answer.
  returned: success
  type: dict
  contains:
    cpus:
      description: CPUs that are online.
      type: int
      returned: always
    topology:
      description: C(sockets) of a NUMA cell, C(cores) of a socket, C(threads) of a core.
      type: dict
      returned: always
      sample:
        sockets: 1
        cores: 2
        threads: 1
    memory:
      description: Bytes in C(total) and C(free); caches count as used. V(none) where libvirt does not report it.
      type: dict
      returned: always
      sample:
        total: 25276502016
        free: 24618835968
    cells:
      description: The NUMA cells; C(memory) and the C(size) of huge pages in bytes.
      type: list
      elements: dict
      returned: always
      sample:
        - id: 0
          cpus: [0, 1]
          memory: 25276502016
          hugepages:
            - size: 2097152
              total: 0
versions:
  description:
    - C(kernel) and C(python) where the module ran.
    - libvirt's library there (C(client)), its daemon (C(libvirt)) and C(hypervisor). V(none) when it does not answer.
  returned: success
  type: dict
  sample:
    kernel: 6.1.0-40-amd64
    python: 3.11.2
    client: 9.0.0
    libvirt: 9.0.0
    hypervisor: QEMU 7.2.19
"""

from ansible_collections.kvm.fleet.plugins.module_utils.connection import OPTIONS
from ansible_collections.kvm.fleet.plugins.module_utils.fleet_module import FleetModule
from ansible_collections.kvm.fleet.plugins.module_utils.host.report import describe_host


def main() -> None:
    module = FleetModule(OPTIONS)
    with module.failing_plainly():
        result, warnings = describe_host(module.params["uri"], module.params["timeout"])
        for warning in warnings:
            module.warn(warning)
        module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
