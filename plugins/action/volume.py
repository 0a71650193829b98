# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of ``kvm.fleet.volume``: it reads cloud-init's documents that are texts."""

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils.checked import CheckedAction


class ActionModule(CheckedAction):
    """Checks the documents of ``seed`` before the module runs."""
