# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On the controller: where the time of a task's action goes, for tests/bench/profile.py. Writes to $BENCH_PHASES."""

from __future__ import annotations

import json
import os
import pathlib
import sys

from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from clock import Clock

DOCUMENTATION = """
name: bench_phases
type: aggregate
short_description: Tells where the time of an action goes
description: Wraps what ansible-core's action plugins are made of.
"""

PHASES = {
    "_configure_module": "build the payload",
    "_make_tmp_path": "transfer",
    "_transfer_data": "transfer",
    "_fixup_perms2": "transfer",
    "_remove_tmp_path": "transfer",
    "_parse_returned_data": "take the result",
}


class CallbackModule(CallbackBase):
    """Does nothing but wrap when it is loaded; workers are forked from this process."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "bench_phases"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        execute = ActionBase._execute_module

        def executed(action, *arguments, **options):
            clock = Clock("the module's process")
            wrapped = {name: clock.timed(phase, getattr(action, name)) for name, phase in PHASES.items()}
            for name, function in wrapped.items():
                setattr(action, name, function)
            try:
                return execute(action, *arguments, **options)
            finally:
                pathlib.Path(os.environ["BENCH_PHASES"]).write_text(json.dumps(clock.stop()))

        ActionBase._execute_module = executed
