# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How a module reaches libvirt."""

    DOCUMENTATION = r"""
options:
  uri:
    description: >-
      The URI of the libvirt connection, as seen from the host that the module runs on. Any URI of a libvirt driver is
      accepted. What needs the host's file system is refused for a remote one.
    type: str
    default: qemu:///system
  timeout:
    description:
      - After how many seconds without a sign of life from libvirt's daemon the run fails. V(0) waits for ever.
      - It limits no work, however long it takes. The daemon says that it is there while a volume is copied too.
    type: int
    default: 60
"""
