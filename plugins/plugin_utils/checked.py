# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of modules that are declared with cloud-init's documents: Ansible's own, with a look at them before."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.plugin_utils import documents


class CheckedAction(NormalAction):
    """Runs the module as Ansible does, once its documents are known to be what cloud-init can read."""

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        try:
            documents.check(self._task.action.rpartition(".")[2], self._task.args)
        except FleetError as exc:
            raise AnsibleActionFail(str(exc)) from None
        return dict(super().run(tmp, task_vars))
