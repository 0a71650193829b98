# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every module of the collection says of itself."""

    # Modules that change the host.
    DOCUMENTATION = r"""
options: {}
requirements:
  - python >= 3.9 on the host
  - libvirt-python (the distribution's python3-libvirt) on the host
  - lxml (the distribution's python3-lxml) on the host
attributes:
  check_mode:
    description: Can run in check mode and predicts exactly what the real run does, without any mutating call.
    support: full
  diff_mode:
    description: Shows what changed, option by option.
    support: full
  platform:
    description: Target OS that can be operated against.
    platforms: posix
    support: full
  action_group:
    description: Use C(group/kvm.fleet.all) in C(module_defaults) to set O(uri) for all modules at once.
    support: full
    membership:
      - kvm.fleet.all
"""

    # Modules that only look.
    INFO = r"""
options: {}
requirements:
  - python >= 3.9 on the host
  - libvirt-python (the distribution's python3-libvirt) on the host
  - lxml (the distribution's python3-lxml) on the host
attributes:
  check_mode:
    description: Changes nothing, over a read-only connection.
    support: full
  diff_mode:
    description: Has nothing to show, since nothing changes.
    support: N/A
  platform:
    description: Target OS that can be operated against.
    platforms: posix
    support: full
  action_group:
    description: Use C(group/kvm.fleet.all) in C(module_defaults) to set O(uri) for all modules at once.
    support: full
    membership:
      - kvm.fleet.all
"""

    # Modules that change files of the host and need no libvirt for it.
    FILES = r"""
options: {}
requirements:
  - python >= 3.9 on the host
attributes:
  check_mode:
    description: Can run in check mode and predicts exactly what the real run does, without touching a file.
    support: full
  diff_mode:
    description: Shows what changed, option by option.
    support: full
  platform:
    description: Target OS that can be operated against.
    platforms: posix
    support: full
"""
