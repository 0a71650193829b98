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
"""
