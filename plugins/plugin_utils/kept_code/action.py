# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of modules that run from the code that a host keeps, or else as Ansible's own action runs them."""

from __future__ import annotations

import contextlib
import functools
import pathlib
import traceback
import typing as t

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display

from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code import archive
from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code.modules import kvm_fleet_kept_code as launcher

#: The variable with which code is kept on a host, which it is unless that says no.
SWITCH = "kvm_fleet_keep_code"

#: The launcher by the name that Ansible finds it with, as it finds the modules of a role.
LAUNCHER = "ansible.legacy.kvm_fleet_kept_code"


class NotAsExpected(Exception):
    """The kept code cannot be used; the text says why."""


class KeptCodeAction(NormalAction):
    """Runs the module of the task from the code that the host keeps; sends it where it keeps none.

    Where that is not wanted, or anything is not as expected before the module has begun, the module goes the ordinary
    way: that of Ansible's action for modules that have none of their own, which this one is.
    """

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        try:
            why = self._unwanted(task_vars)
            if not why:
                return self._run_kept(task_vars)
        except (AnsibleActionFail, AnsibleConnectionFailure):  # no way leads to such a host
            raise
        except NotAsExpected as exc:
            why = str(exc)
        except Exception as exc:
            why = _place(exc)
        text = f"{self._task.action} does not use the code that the host keeps: {why}"
        Display().v(text, host=(task_vars or {}).get("inventory_hostname"))
        return dict(super().run(tmp, task_vars))

    def _unwanted(self, task_vars: t.Any) -> str | None:
        """Why the task shall go the ordinary way from the start.

        :raises AnsibleActionFail: the switch stands neither on nor off.
        """
        value = self._templar.template((task_vars or {}).get(SWITCH, True))
        try:
            wanted = boolean(value)
        except TypeError:
            raise AnsibleActionFail(f"{SWITCH}: neither true nor false. Set it to one of them") from None
        if not wanted:
            return f"{SWITCH} is false"
        if self._task.async_val:
            return "a task in the background has nobody to look at what the host answers"
        if constants.DEFAULT_KEEP_REMOTE_FILES:
            return "files are to stay on the host, to be looked at"
        return None

    def _run_kept(self, task_vars: t.Any) -> dict[str, t.Any]:
        """The module's result.

        :raises AnsibleConnectionFailure: the host cannot be reached, or not any more.
        :raises Exception: the module has not begun.
        """
        result: dict[str, t.Any] = ActionBase.run(self, None, task_vars)
        digest = prepared()
        answer = self._launch(task_vars, digest)
        if answer.get(launcher.MISSING):
            answer = self._launch(task_vars, digest, self._sent())
        if answer.get(launcher.MISSING):
            raise NotAsExpected("the host has lost what was sent to it")
        if launcher.UNUSABLE in answer:
            raise NotAsExpected(f"on the host, {answer[launcher.UNUSABLE]}")
        return {**result, **answer}

    def _launch(self, task_vars: t.Any, digest: str, archive: str | None = None) -> dict[str, t.Any]:
        """What the launcher answers, or the module that it runs."""
        given = {
            launcher.MODULE: self._task.action.rpartition(".")[2],
            launcher.OPTIONS: dict(self._task.args),
            launcher.DIGEST: digest,
            launcher.ARCHIVE: archive,
        }
        answer = self._execute_module(module_name=LAUNCHER, module_args=given, task_vars=task_vars)
        if not isinstance(answer, dict) or not {"changed", "failed"} & set(answer):
            raise NotAsExpected("Ansible returns something else than a result")
        if "module_stdout" in answer:  # it could not be read
            outputs = {name: str(answer.get(name, "")) for name in ("module_stdout", "module_stderr")}
            if not any(launcher.BEGUN in text for text in outputs.values()):
                raise NotAsExpected("the host cannot run what is sent to it")
            answer.update({name: text.replace(f"{launcher.BEGUN}\n", "", 1) for name, text in outputs.items()})
        return answer

    def _sent(self) -> str:
        """Where the archive is on the host, in the task's own temporary folder."""
        # Of two folders Ansible would remove the second, and leave the first with the module and its options in it.
        folder = self._connection._shell.tmpdir or self._make_tmp_path()
        remote = self._connection._shell.join_path(folder, "code.zip")
        self._transfer_data(remote, archive.archive())
        self._fixup_perms2((folder, remote))
        return str(remote)


@functools.cache
def prepared() -> str:
    """Make Ansible know the launcher; returns the digest of the code that hosts shall have."""
    from ansible.plugins.loader import module_loader

    # Ansible wants to read in it what runs it, and ansible-test not in a file of this collection that is no module.
    folder = pathlib.Path(constants.DEFAULT_LOCAL_TMP, "kept_code")
    folder.mkdir(exist_ok=True)
    source = pathlib.Path(launcher.__file__)
    (folder / source.name).write_text("#!/usr/bin/python\n" + source.read_text(encoding="utf-8"), encoding="utf-8")
    module_loader.add_directory(str(folder))
    return archive.digest()


def _place(exc: Exception) -> str:
    """What was raised and where, without its message, which may quote an option."""
    frame = traceback.extract_tb(exc.__traceback__)[-1]
    return f"{type(exc).__name__} in {frame.name}, {frame.filename}:{frame.lineno}"


# Ansible loads action plugins before it starts the processes that each work for a host. If it fails, each task says so.
with contextlib.suppress(Exception):
    prepared()
