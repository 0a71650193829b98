# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of ``kvm.fleet.converge``: sends the code that it runs to a host once, not with each task.

For each task of each run Ansible packs what a module imports, its own part and ours, some 200 files, and the host
compiles them: more than half a second before anything is looked at. Here the host keeps them, and finds them by
itself (``plugins/modules/converge.py``); what is sent is that module alone, with the options in it.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import pathlib
import tempfile
import typing as t
import zipfile

from ansible import module_utils as ansible_module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.kvm.fleet.plugins.module_utils import errors
from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.modules import converge as module
from ansible_collections.kvm.fleet.plugins.plugin_utils import documents

#: Where the packages are that are sent, and folders in them that no module of ours uses.
ROOTS = {
    "ansible/module_utils": os.path.dirname(ansible_module_utils.__file__),
    "ansible_collections/kvm/fleet/plugins/module_utils": os.path.dirname(errors.__file__),
}
UNUSED = {"__pycache__", "csharp", "facts", "powershell"}


class ActionModule(ActionBase):
    """Runs the module with the code that the host keeps; where it keeps none, sends it and runs the module again."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        self._task.args = plain(self._task.args)
        try:
            documents.check_document(self._task.args)
        except FleetError as exc:
            raise AnsibleActionFail(str(exc)) from None
        wanted = {module.DIGEST: DIGEST}
        answer: dict[str, t.Any] = {module.MISSING: True}
        if not self._task.async_val:  # who would look at the answer?
            answer = self._converge(wanted, task_vars)
        if answer.get(module.MISSING):
            answer = self._converge({**wanted, module.ARCHIVE: self._sent()}, task_vars)
        if answer.get(module.MISSING):
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
        # Of two folders Ansible would remove the second, and leave the first with the module and its options in it.
        folder = self._connection._shell.tmpdir or self._make_tmp_path()
        remote = self._connection._shell.join_path(folder, "code.zip")
        with tempfile.NamedTemporaryFile() as local:
            local.write(archive())
            local.flush()
            self._transfer_file(local.name, remote)
        self._fixup_perms2((folder, remote))
        return str(remote)


def plain(value: t.Any) -> t.Any:
    """Options without what Ansible notes of each word, such as where it was read.

    They go on to the module and back to the main process: with a thousand guests that took half a second of notes.
    """
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


@functools.cache
def files() -> dict[str, bytes]:
    """The code by its path below a folder that Python looks for modules in."""
    found = {}
    for package, root in ROOTS.items():
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(set(folders) - UNUSED)
            inside = os.path.normpath(os.path.join(package, os.path.relpath(folder, root)))
            for name in names:
                if name.endswith(".py"):
                    with open(os.path.join(folder, name), "rb") as file:
                        found[f"{inside}/{name}"] = file.read()
    # A package is all here: without these Python would look for more of it elsewhere.
    for folder in {os.fspath(folder) for path in found for folder in pathlib.PurePath(path).parents[:-1]}:
        found.setdefault(f"{folder}/__init__.py", b"")
    return dict(sorted(found.items()))


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


#: Ansible loads this plugin before it starts the processes that each work for a host.
DIGEST = digest()
