# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What a domain is called and what libvirt does when something happens to it."""

    DOCUMENTATION = r"""
options:
  type:
    description:
      - The kind of virtualization that runs the domain. A change takes effect at the next start.
      - >-
        The default for a new domain is V(auto), which is V(kvm) where the host has it and V(qemu) elsewhere. V(auto)
        leaves an existing domain as it is.
    type: str
    choices:
      auto: The best that the host has.
      kvm: Hardware virtualization by KVM.
      qemu: Emulation by QEMU, which works everywhere and is many times slower.
  uuid:
    description: >-
      The UUID of the domain. libvirt generates one for a new domain. That of an existing domain cannot be changed.
    type: str
  title:
    description: A short title in one line. An empty text removes it. A change takes effect at once.
    type: str
  description:
    description: A description for humans. An empty text removes it. A change takes effect at once.
    type: str
  metadata:
    description:
      - >-
        XML documents that applications keep in the definition, a dictionary with the namespace of each root element as
        key and the document as value. A change takes effect at once.
      - >-
        Only the declared namespaces are managed, and an empty text removes a document. Documents are compared without
        regard to namespace prefixes, which libvirt chooses itself.
    type: dict
  genid:
    description: >-
      The generation ID, a UUID by whose change a guest, such as a Windows domain controller, detects that it was cloned
      or reverted. A change takes effect at the next start.
    type: str
  emulator:
    description: >-
      The absolute path of the QEMU binary on the host. By default libvirt finds one that suits O(arch) and O(machine).
      A change takes effect at the next start.
    type: path
  resource:
    description: The place of the domain in the host's resource management. A change takes effect at the next start.
    type: dict
    suboptions:
      partition:
        description: >-
          The control group (cgroup) of the host below which the domain's own is, such as V(/machine/production). It has
          to exist.
        type: str
      appid:
        description: The application identifier with which the domain's Fibre Channel traffic is tagged.
        type: str
  on_poweroff:
    description: >-
      What libvirt does when the guest powers itself off. V(destroy), libvirt's default, ends the domain, V(restart)
      starts it again. QEMU does not support V(preserve) and V(rename-restart). A change takes effect at the next start.
    type: str
    choices: [destroy, restart, preserve, rename-restart]
  on_reboot:
    description: >-
      What libvirt does when the guest reboots. V(restart), libvirt's default, lets it reboot, V(destroy) ends the
      domain. QEMU does not support V(preserve) and V(rename-restart). A change takes effect at the next start.
    type: str
    choices: [destroy, restart, preserve, rename-restart]
  on_crash:
    description: >-
      What libvirt does when the guest crashes, which it notices through a device of O(panics). V(destroy), libvirt's
      default, ends the domain, V(restart) starts it again, V(preserve) keeps it as it is for analysis, and
      V(coredump-destroy) and V(coredump-restart) write its memory to a file first. A change takes effect at the next
      start.
    type: str
    choices: [destroy, restart, preserve, rename-restart, coredump-destroy, coredump-restart]
  on_lockfailure:
    description: >-
      What happens when libvirt's lock manager loses the lock on one of the domain's disks. V(poweroff) ends the domain,
      V(restart) starts it again, V(pause) pauses it, V(ignore) lets it run. A change takes effect at the next start.
    type: str
    choices: [ignore, pause, poweroff, restart]
"""
