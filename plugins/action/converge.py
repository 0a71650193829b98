# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of ``kvm.fleet.converge``: it reads cloud-init's documents that are texts."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.plugin_utils import documents
from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code.action import KeptCodeAction


class ActionModule(KeptCodeAction):
    """Checks the documents of the domains and volumes before the module runs."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        self._task.args = plain(self._task.args)
        try:
            documents.check_document(self._task.args)
        except FleetError as exc:
            raise AnsibleActionFail(str(exc)) from None
        return super().run(tmp, task_vars)


def plain(value: t.Any) -> t.Any:
    """Options without what Ansible notes of each word, such as where it was read.

    They go on to the module and back to the main process: with a thousand guests that took half a second of notes.
    """
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
