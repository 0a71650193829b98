# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On the controller: what was sent to a host stays there. ANSIBLE_KEEP_REMOTE_FILES would have something else sent."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: bench_files_stay
type: aggregate
short_description: Leaves on a host what was sent to it
description: Keeps ansible-core's action plugins from removing their temporary folders.
"""


class CallbackModule(CallbackBase):
    """Does nothing but replace when it is loaded; workers are forked from this process."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "bench_files_stay"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        ActionBase._remove_tmp_path = lambda self, path, force=False: None
