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
        What is declared of these objects: a list of elements as M(kvm.fleet.converge) takes them, with the options of
        the module of their kind. Each object that it names then tells in C(drift) in what it is not as declared.
      - >-
        They are checked and compared as a run that brings the objects to them would do it, and nothing is changed.
        Secrets such as the password of a display are not compared, since a read-only connection is not told them.
      - Not together with O(as=spec).
    type: list
    elements: dict
"""
