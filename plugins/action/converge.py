# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of ``kvm.fleet.converge``: sends the collection's code to a host once, not with each task.

Ansible searches a module's imports, packs some 150 files, sends them and has the host compile them, for each task of
each run: more than half a second before anything is looked at. Here the host keeps them (``module_utils/engine.py``).
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import tempfile
import typing as t
import zipfile

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.kvm.fleet.plugins.module_utils import engine

ROOT = os.path.dirname(engine.__file__)


class ActionModule(ActionBase):
    """Runs the module with the code that the host keeps; where it keeps none, sends it and runs the module again."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        wanted = {engine.DIGEST: digest()}
        answer: dict[str, t.Any] = {engine.MISSING: True}
        if not self._task.async_val:  # who would look at the answer?
            answer = self._converge(wanted, task_vars)
        if answer.get(engine.MISSING):
            answer = self._converge({**wanted, engine.ARCHIVE: self._sent()}, task_vars)
        if answer.get(engine.MISSING):
            raise AnsibleActionFail(f"The host has lost the code that was sent to {self._connection._shell.tmpdir}.")
        result.update(answer)
        return result

    def _converge(self, environment: dict[str, str], task_vars: t.Any) -> dict[str, t.Any]:
        declared = self._task.environment
        self._task.environment = [*(declared or ()), environment]
        try:
            answer = self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)
        finally:
            self._task.environment = declared
        return dict(answer)

    def _sent(self) -> str:
        """Where the archive is on the host, in the task's own temporary folder."""
        folder = self._make_tmp_path()
        remote = self._connection._shell.join_path(folder, "engine.zip")
        with tempfile.NamedTemporaryFile() as local:
            local.write(archive())
            local.flush()
            self._transfer_file(local.name, remote)
        self._fixup_perms2((folder, remote))
        return str(remote)


@functools.cache
def files() -> dict[str, bytes]:
    """The code by its path below ``module_utils``."""
    found = {}
    for folder, _folders, names in os.walk(ROOT):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, ROOT)] = file.read()
    return dict(sorted(found.items()))


@functools.cache
def digest() -> str:
    """What tells this code from any other."""
    summed = hashlib.sha256()
    for path, content in files().items():
        summed.update(b"%s %d\n%s" % (path.encode(), len(content), content))
    return summed.hexdigest()[:32]


def archive() -> bytes:
    """The code as a ZIP archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as content:
        for path, code in files().items():
            content.writestr(path, code)
    return written.getvalue()
