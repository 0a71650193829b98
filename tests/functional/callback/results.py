# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes each task's result for a test (agent.py): a line with the task's name and the result, as JSON."""

from __future__ import annotations

import json
import os
import typing as t

from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: aggregate
short_description: writes each task's result into a file
description: [Writes each task's result into a file.]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: t.Any) -> None:
        _write(result, failed=False)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        _write(result, failed=True)


def _write(result: t.Any, failed: bool) -> None:
    with open(os.environ["KVM_FLEET_RESULTS"], "a", encoding="utf-8") as file:
        print(json.dumps([result._task.name, {**result._result, "failed": failed}], cls=AnsibleJSONEncoder), file=file)
