# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of the module of this name: it signs what the host asks for. The host's key stays there."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.module_utils.host import certificates
from ansible_collections.kvm.fleet.plugins.module_utils.host.tls import OPTIONS

Tree = dict[str, t.Any]


class ActionModule(ActionBase):
    def run(self, tmp: str | None = None, task_vars: Tree | None = None) -> Tree:
        super().run(tmp, task_vars)
        _checked, params = self.validate_argument_spec(
            OPTIONS,
            mutually_exclusive=[("authority", "certificate"), ("authority", "authority_certificate")],
        )
        if not params["authority"]:
            return self._on_host(task_vars)
        try:
            return self._issue(params, task_vars)
        except (FleetError, OSError) as exc:
            raise AnsibleActionFail(f"authority {params['authority']}: {exc}") from exc

    def _issue(self, params: Tree, task_vars: Tree | None) -> Tree:
        demand = certificates.Demand.of(params["common_name"], params["names"], params["purposes"])
        folder = os.path.expanduser(params["authority"])
        if not self._task.check_mode:
            certificates.make_authority(folder, params["authority_name"])
        authority = _content(certificates.authority_files(folder)[0])
        result = self._on_host(task_vars, authority_certificate=authority)
        if result.get("request"):
            issued = certificates.sign(folder, result["request"].encode(), demand, params["valid_for"])
            installed = self._on_host(task_vars, authority_certificate=authority, certificate=issued.decode())
            result = {**installed, **{name: result[name] for name in ("changed", "actions", "diff", "reasons")}}
        if not authority:  # check mode
            return {**result, "changed": True}
        if certificates.ends_within(authority.encode(), params["valid_for"]):
            result.setdefault("warnings", []).append(
                f"The authority {folder} expires before a certificate that it issues today: create another one"
            )
        return result

    def _on_host(self, task_vars: Tree | None, **more: str) -> Tree:
        result = self._execute_module(module_args={**self._task.args, **more}, task_vars=task_vars)
        if result.get("failed"):
            raise AnsibleActionFail(result.get("msg", "the module failed"), result=result)
        return result


def _content(path: str) -> str:
    """The authority's certificate; none yet in check mode."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        return ""
