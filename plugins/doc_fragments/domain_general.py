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
      - What runs the guest.
      - V(auto) is V(kvm) where the host really has it, V(qemu) elsewhere. It leaves a domain that exists as it is.
      - A new domain where nothing is said is V(auto).
    type: str
    choices:
      auto: The best that the host has.
      kvm: The processor's virtualization.
      qemu: Emulation, which works everywhere and is many times slower.
  uuid:
    description: The domain's UUID. libvirt makes one for a new domain. That of an existing one cannot be changed.
    type: str
  title:
    description: A short title, in one line. Changed at once.
    type: str
  description:
    description: A text for humans. Changed at once.
    type: str
  metadata:
    description:
      - Documents that applications keep in the definition, by the namespace of their root element. Changed at once.
      - >-
        Only the namespaces that are given are managed; an empty text removes what is there. A document is compared by
        what it says: libvirt chooses prefixes of its own.
    type: dict
  genid:
    description: >-
      The UUID of the virtual machine's generation, by which a guest learns that it was cloned or reverted. Takes effect
      at the next start.
    type: str
  emulator:
    description: >-
      The path of the QEMU binary. libvirt finds one that fits where nothing is said. Takes effect at the next start.
    type: path
  resource:
    description: Where the host puts the domain. Takes effect at the next start.
    type: dict
    suboptions:
      partition:
        description: The control group it is in, which exists, such as V(/machine/production).
        type: str
      appid:
        description: The identifier of its Fibre Channel traffic.
        type: str
  on_poweroff:
    description: >-
      What libvirt does when the guest powers off. libvirt's default is V(destroy), which is to let it be off.
    type: str
    choices: [destroy, restart, preserve, rename-restart]
  on_reboot:
    description: What libvirt does when the guest reboots. libvirt's default is V(restart).
    type: str
    choices: [destroy, restart, preserve, rename-restart]
  on_crash:
    description: What libvirt does when the guest crashes. libvirt's default is V(destroy).
    type: str
    choices: [destroy, restart, preserve, rename-restart, coredump-destroy, coredump-restart]
  on_lockfailure:
    description: What libvirt does when a lock on the guest's disks is lost.
    type: str
    choices: [ignore, pause, poweroff, restart]
"""
