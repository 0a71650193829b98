# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Existing objects compared with what is declared."""

    DOCUMENTATION = r"""
options:
  declared:
    description:
      - >-
        The declared objects, a list of elements as M(kvm.fleet.converge) takes them, with the options of the module of
        their kind. For each object in it, C(drift) then contains the differences from what is declared.
      - >-
        They are validated and compared as in check mode of M(kvm.fleet.converge). Secrets such as the password of a
        display are not compared, because a read-only connection cannot read them.
      - It cannot be combined with O(as=spec).
    type: list
    elements: dict
"""
