# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """Who owns a pool's directory: the option permissions of kvm.fleet.pool."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  permissions:
    description:
      - Owner and mode of the directory. They are compared with those on the host, and corrected while the pool runs.
      - Over a remote O(uri) they apply only to a directory that is created.
    type: dict
    suboptions:
"""
        + shared_options.permissions(6, "0711", "The SELinux label that libvirt sets on a directory that it creates.")
    )
