# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible sends to a module beside the options of its task: asked of Ansible, in a process of its own.

Where the controller's part of Ansible is loaded its modules behave otherwise, and so it is not loaded where they run.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import types
import typing as t


def as_sent(name: str, options: dict[str, t.Any], check_mode: bool, diff: bool, tmp_dir: str) -> dict[str, t.Any]:
    """The options of a task with all that goes to the module with them."""
    task = {"check_mode": check_mode, "diff": diff, "module_name": f"kvm.fleet.{name}", "tmpdir": tmp_dir}
    return {**_besides(), **{f"_ansible_{key}": value for key, value in task.items()}, **options}


@functools.cache
def _besides() -> dict[str, t.Any]:
    asked = subprocess.run([sys.executable, __file__], check=True, capture_output=True, text=True)
    return t.cast(dict[str, t.Any], json.loads(asked.stdout))


def _main() -> None:
    from ansible.plugins.action.normal import ActionModule

    class Sender(ActionModule):
        """As much of Ansible's own action as says it."""

        def __init__(self) -> None:
            self._task = types.SimpleNamespace(check_mode=False, diff=False, no_log=False)
            self._connection = types.SimpleNamespace(socket_path=None, _shell=types.SimpleNamespace(tmpdir=None))
            self._play_context = types.SimpleNamespace(executable="/bin/sh")

        def _is_become_unprivileged(self) -> bool:
            return False

        def get_shell_option(self, option: str, default: t.Any = None) -> t.Any:
            return default

    sent: dict[str, t.Any] = {}
    Sender()._update_module_args("kvm.fleet.domain", sent, {})
    json.dump(sent, sys.stdout)


if __name__ == "__main__":
    _main()
