# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules that ensure something have in common."""

    DOCUMENTATION = r"""
options:
  show_xml:
    description:
      - Whether RV(diff) also has the XML of every definition that changes, as a unified diff.
      - Without it RV(diff) speaks of options only.
    type: bool
    default: false
notes:
  - An option that is not given, or is V(null), is not managed, and what is there stays. An empty list means that there
    shall be none.
  - Everything is validated before anything is changed. What libvirt accepted is read again afterwards, and whatever it
    did not keep is an error.
  - Runs for the same O(uri) on the same machine wait for each other, for ten minutes at most.
"""
