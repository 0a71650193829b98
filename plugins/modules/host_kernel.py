#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_kernel
short_description: Set up the kernel of a KVM host
version_added: 0.1.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Sets up nested virtualization, modules and their parameters, huge pages, the IOMMU and KSM, for each boot and, where
    the running kernel lets us, at once.
  - What has to wait for a reboot is told in RV(reboot_reasons). Nothing is rebooted, and no guest is stopped.
  - Each option has files of its own on the host and never touches others.
extends_documentation_fragment:
  - kvm.fleet.attributes.files
options:
  nested:
    description:
      - Whether guests can run KVM guests of their own, on x86.
      - The module C(kvm_intel) or C(kvm_amd) is loaded anew for it when no guest runs; else a reboot is needed.
    type: bool
  modules:
    description:
      - Kernel modules to load, now and at each boot, such as V(vfio-pci) or V(vhost_net).
      - With V([]) none is loaded because of this option at the next boot. Modules are never unloaded.
    type: list
    elements: str
  module_options:
    description:
      - Parameters by module, for example C({kvm{:} {ignore_msrs{:} true}}). Names are checked against the module's.
      - A parameter that the running kernel lets be written is written at once. Else C(kvm_intel) and C(kvm_amd) are
        loaded anew when no guest runs, and other modules need a reboot.
      - Complete. A parameter that an earlier run set and that is not declared any more has its default from the next
        boot on; V({}) is none.
      - Modules that the initial RAM disk loads take their parameters from there, when it is made anew.
    type: dict
  hugepages:
    description:
      - Huge pages to reserve. The list is complete for what this option set up before, so V([]) frees that again; pages
        that others set up, by other sizes or nodes, are left alone.
      - They are reserved at once as far as there is memory in one piece, and again at each boot. Pages of 512 MiB and
        more are also asked for on the kernel's command line, since later there is hardly room for them.
      - Pages that guests use are not taken from them. Where there shall be fewer, there are when those guests end.
      - Whether there is room can only be known by trying. Check mode takes it that there is.
    type: list
    elements: dict
    suboptions:
      size:
        description: The size of a page, V(2MiB) or V(1GiB) on x86.
        type: str
        required: true
      count:
        description: How many.
        type: int
        required: true
      node:
        description: On this NUMA node; without it the kernel spreads them over all nodes.
        type: int
  iommu:
    description:
      - The kernel arguments for passing host devices to guests.
      - V(enabled) is C(intel_iommu=on) on Intel's processors. AMD's are in use without an argument.
      - V(passthrough) adds C(iommu=pt), so that the host's own devices bypass it.
      - V(default) takes away what an earlier run set.
      - They are set by C(update-grub) with a file in C(/etc/default/grub.d) (Debian, Ubuntu) or by C(grubby) (the RHEL
        family, Fedora). Elsewhere the module says what to boot with.
    type: str
    choices: [enabled, passthrough, default]
  ksm:
    description:
      - The kernel's merging of equal memory pages. What is not given stays as it is; with V({}) nothing is set at boot
        any more. On hosts with C(ksmtuned), that one sets these numbers as well.
    type: dict
    suboptions:
      enabled:
        description: Whether pages are merged. Those that are merged stay so when it ends.
        type: bool
      pages_to_scan:
        description: How many pages are scanned between two pauses.
        type: int
      sleep_millisecs:
        description: How long a pause is.
        type: int
notes:
  - An option that is not given, or is V(null), is not managed.
"""

EXAMPLES = r"""
- name: Nested guests, and a gigabyte of huge pages on each of two nodes
  kvm.fleet.host_kernel:
    nested: true
    hugepages:
      - {size: 2MiB, count: 512, node: 0}
      - {size: 2MiB, count: 512, node: 1}
  register: kernel

- name: Host devices for guests
  kvm.fleet.host_kernel:
    iommu: passthrough
    modules: [vfio-pci]

- name: Say why the host should be rebooted
  ansible.builtin.debug:
    msg: "{{ kernel.reboot_reasons }}"
  when: kernel.reboot_required
"""

RETURN = r"""
changes:
  description: What changed, C(before) and C(after).
  returned: success
  type: list
  elements: dict
  sample:
    - option: kvm_amd
      before: {nested: "0"}
      after: {nested: "1"}
reboot_required:
  description: Whether something of what is declared takes effect after a reboot only.
  returned: success
  type: bool
reboot_reasons:
  description: What, and why.
  returned: success
  type: list
  elements: str
  sample: ["kvm_amd has nested=0 and shall have 1: guests are running"]
diff:
  description: The changes in words.
  returned: success
  type: dict
"""

import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.module_utils.fleet_module import FleetModule
from ansible_collections.kvm.fleet.plugins.module_utils.host.kernel.machine import Machine
from ansible_collections.kvm.fleet.plugins.module_utils.host.kernel.setup import SPEC, set_up_kernel


def main() -> None:
    module = FleetModule(SPEC)

    def run(command: t.Sequence[str]) -> t.Tuple[int, str]:
        status, stdout, stderr = module.run_command(list(command))
        return status, stdout + stderr

    try:
        outcome = set_up_kernel(Machine(run), module.params, module.check_mode)
    except FleetError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**outcome.public())


if __name__ == "__main__":
    main()
