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
    description: >-
      The seconds after which the run fails if libvirt's daemon stops answering. V(0) is no limit. A long copy does not
      count, since the daemon keeps answering.
    type: int
    default: 60
"""
