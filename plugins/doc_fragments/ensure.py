# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules that ensure something have in common."""

    DOCUMENTATION = r"""
options:
  show_xml:
    description: >-
      Whether RV(diff) also contains the XML of every definition that changes, as a unified diff. Otherwise it contains
      options only.
    type: bool
    default: false
notes:
  - >-
    An option that is not declared, or is V(null), is not managed, and what is there stays. An empty list removes what
    is there. Where a description names no default, a new object has libvirt's or QEMU's own.
  - >-
    Everything is validated before anything is changed. Afterwards all changed objects are read again, and an option
    that libvirt accepted and did not keep is an error.
  - The rules between options are listed in C(docs/rules.md) of the collection.
  - Runs for the same O(uri) on the same machine wait for each other, for ten minutes at most.
"""
