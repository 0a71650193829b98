#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_kernel
short_description: Set up the kernel of a KVM host
version_added: 0.2.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Sets up nested virtualization, modules and their parameters, huge pages, the IOMMU and KSM, for each boot and, where
    the running kernel allows it, at once.
  - >-
    What takes effect at the next boot only is listed in RV(reboot_reasons). Nothing is rebooted, and no guest is
    stopped.
  - Each option has files of its own on the host and never touches others.
extends_documentation_fragment:
  - kvm.fleet.attributes.files
options:
  nested:
    description:
      - Whether guests can run KVM guests of their own (nested virtualization), on x86.
      - >-
        The kernel module C(kvm_intel) or C(kvm_amd) is reloaded for it if no guest runs; otherwise the host needs a
        reboot.
    type: bool
  modules:
    description:
      - The kernel modules to load, now and at each boot, such as V(vfio-pci) or V(vhost_net).
      - With an empty list this option loads none from the next boot on. Modules are never unloaded.
    type: list
    elements: str
  module_options:
    description:
      - >-
        The parameters of kernel modules, by module, for example C({kvm{:} {ignore_msrs{:} true}}). Names that a module
        does not have are refused.
      - >-
        A parameter that the running kernel lets be written is written at once. Otherwise C(kvm_intel) and C(kvm_amd)
        are reloaded if no guest runs, and other modules need a reboot.
      - >-
        The dictionary is complete. A parameter that an earlier run has set and that is no longer declared has its
        default from the next boot on.
      - Modules that the initial RAM disk loads get their parameters from there, after it is built anew.
    type: dict
  hugepages:
    description:
      - >-
        The complete list of the huge pages to reserve. An empty list frees those that this option reserved before;
        pages of other sizes or nodes that others reserved are left alone.
      - >-
        They are reserved at once, as far as there is contiguous memory, and again at each boot. Pages of 512 MiB and
        more are also reserved on the kernel's command line, since there is hardly room for them later.
      - Pages that guests use are not freed until those guests end.
      - Only the attempt shows whether there is room. Check mode assumes that there is.
    type: list
    elements: dict
    suboptions:
      size:
        description: The size of a huge page, V(2MiB) or V(1GiB) on x86.
        type: str
        required: true
      count:
        description: The number of huge pages.
        type: int
        required: true
      node:
        description: The NUMA node of the host for these pages. By default the kernel spreads them over all nodes.
        type: int
  iommu:
    description:
      - >-
        The kernel arguments for the IOMMU, which passing host devices through to guests needs. A change takes effect at
        the next boot of the host.
      - V(enabled) is C(intel_iommu=on) on Intel processors. On AMD processors the IOMMU is on without an argument.
      - V(passthrough) also adds C(iommu=pt), so that the host's own devices bypass the IOMMU.
      - V(default) removes the arguments that an earlier run has set.
      - >-
        The arguments are set by C(update-grub) with a file in C(/etc/default/grub.d) (Debian, Ubuntu) or by C(grubby)
        (the RHEL family, Fedora). On other hosts the module fails and names the arguments.
    type: str
    choices: [enabled, passthrough, default]
  ksm:
    description: >-
      Kernel samepage merging (KSM), the merging of equal memory pages of guests. What is not declared stays as it is.
      With an empty dictionary nothing is set at boot any more. On hosts with C(ksmtuned), that service sets these
      values as well.
    type: dict
    suboptions:
      enabled:
        description: Whether pages are merged. Pages that are already merged stay merged when it ends.
        type: bool
      pages_to_scan:
        description: The number of pages that are scanned between two pauses.
        type: int
      sleep_millisecs:
        description: The length of a pause in milliseconds.
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
actions:
  # From tools/returns.py: actions
  description:
    - The actions that were done, in order. In check mode, the actions that would be done.
    - It is empty if nothing had to be done; RV(ignore:changed) is then V(false).
  returned: success
  type: list
  elements: dict
  contains:
    apply:
      description: Whether the action takes effect at once (V(live)) or by restarting the object (V(restart)).
      type: str
      returned: always
    fields:
      description: The options that the action changes to their declared values.
      type: list
      elements: dict
      returned: always
      contains:
        option:
          description: The path of the option, such as V(disks[vdb].cache) of a domain.
          type: str
          returned: always
        before:
          description: The value before, V(none) for something new. A secret is shown as V((hidden\)).
          type: raw
          returned: always
        after:
          description: The declared value, V(none) for something that is removed.
          type: raw
          returned: always
  # Up to here.
    # From tools/returns.py: a thing of the host
    kind:
      description: The kind of what is changed on the host, such as V(file) or V(user).
      type: str
      returned: always
    name:
      description: The name of it. That of a file is its path.
      type: str
      returned: always
    # Up to here.
    verb:
      description: >-
        One of V(write) and V(remove) (a file), V(set) (a value of the running kernel), V(load) and V(reload) (a
        module).
      type: str
      returned: always
  sample:
    - kind: module
      name: kvm_amd
      verb: reload
      apply: live
      fields:
        - option: kvm_amd
          before: {nested: "0"}
          after: {nested: "1"}
reboot_required:
  description: Whether something of what is declared takes effect after a reboot only.
  returned: success
  type: bool
reboot_reasons:
  description: What takes effect after a reboot only, and why.
  returned: success
  type: list
  elements: str
  sample: ["kvm_amd has nested=0 and shall have 1: guests are running"]
diff:
  description: The changes as text.
  returned: success
  type: dict
"""

from ansible_collections.kvm.fleet.plugins.module_utils.host.kernel.files import KernelFiles
from ansible_collections.kvm.fleet.plugins.module_utils.host.kernel.setup import (
    RULES,
    SPEC,
    plan_kernel,
    read_machine,
    reboot,
)
from ansible_collections.kvm.fleet.plugins.module_utils.host_loop import HostModule

MODULE = HostModule(
    options=SPEC,
    rules=RULES,
    host=lambda module: KernelFiles(module.program),
    read=read_machine,
    plan=plan_kernel,
    result=reboot,
)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
