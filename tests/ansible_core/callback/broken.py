# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Breaks what the code that hosts keep rests on, for tests: for each task what its name says.

Each break is a context manager around a task. It works on the classes that the collection has made of Ansible's, or on
the calls that come from there, so that Ansible's own way stays whole.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
import tempfile
import typing as t
import zipfile
from unittest import mock

from ansible.plugins.callback import CallbackBase

from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code import action, archive
from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code.modules import kvm_fleet_kept_code as launcher

DOCUMENTATION = """
name: broken
type: aggregate
short_description: breaks what the kept code rests on
description: [Breaks what the kept code rests on.]
"""

Break = t.Callable[[], t.ContextManager[t.Any]]
_real_execute = action.KeptCodeAction._execute_module


def executing(instead: t.Callable[[t.Any], t.Any]) -> Break:
    """Answer so when the launcher is to be run."""

    def execute(self: t.Any, module_name: t.Any = None, **keywords: t.Any) -> t.Any:
        return instead(keywords) if module_name == action.LAUNCHER else _real_execute(self, module_name, **keywords)

    return lambda: mock.patch.object(action.KeptCodeAction, "_execute_module", execute)


def raising(error: Exception) -> t.Callable[..., t.Any]:
    def function(*_arguments: t.Any, **_keywords: t.Any) -> t.Any:
        raise error

    return function


def sending(name: str) -> Break:
    """Let a method of Ansible's be missing where the archive is sent."""
    real = getattr(action.KeptCodeAction, name)

    def function(self: t.Any, *arguments: t.Any, **keywords: t.Any) -> t.Any:
        if sys._getframe(1).f_code.co_name == "_sent":
            raise AttributeError(name)
        return real(self, *arguments, **keywords)

    return lambda: mock.patch.object(action.KeptCodeAction, name, function)


@contextlib.contextmanager
def anew(
    prepared: t.Any = action.prepared, digest: t.Any = archive.digest, files: t.Any = archive.files
) -> t.Iterator[None]:
    """What was prepared before the task is prepared again, and after it once more."""
    for cached in (prepared, digest, files):
        cached.cache_clear()
    yield
    for cached in (prepared, digest, files):
        cached.cache_clear()


def containing(path: str, before: bytes, after: bytes) -> Break:
    """Other code in the archive: that of a later version, say."""

    @contextlib.contextmanager
    def broken() -> t.Iterator[None]:
        files = archive.files()
        assert before in files[path], f"{before} is not in {path}"
        with mock.patch.object(archive, "files", lambda: {**files, path: files[path].replace(before, after)}), anew():
            yield

    return broken


def preparing(target: t.Any, name: str, value: t.Any) -> Break:
    @contextlib.contextmanager
    def broken() -> t.Iterator[None]:
        with mock.patch.object(target, name, value), anew():
            yield

    return broken


@contextlib.contextmanager
def launcher_of_another_python() -> t.Iterator[None]:
    """The host's Python cannot even read it."""
    from ansible.plugins.loader import module_loader

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "of_another_python.py")
        path.write_text("#!/usr/bin/python\n<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>> is no Python\n")
        module_loader.add_directory(folder)
        with mock.patch.object(action, "LAUNCHER", "ansible.legacy.of_another_python"):
            yield


@contextlib.contextmanager
def no_way_to_make_it_known() -> t.Iterator[None]:
    """Ansible has no more means for it."""
    from ansible.plugins.loader import PluginLoader

    with mock.patch.object(PluginLoader, "add_directory"), anew():
        del PluginLoader.add_directory
        yield


def _other_archive(real: t.Callable[[], bytes] = archive.archive) -> bytes:
    with tempfile.TemporaryFile() as file:
        file.write(real())
        with zipfile.ZipFile(file, "a") as content:
            content.writestr("one_more.py", "")
        file.seek(0)
        return file.read()


MISSING = {"changed": False, launcher.MISSING: True}
OURS = f"{archive.OURS}/module_utils"

#: By the name of the task: the break, and what has to be said of it.
BROKEN: dict[str, tuple[Break, str]] = {
    "signature": (executing(raising(TypeError("unexpected keyword argument 'module_args'"))), "TypeError in "),
    "method": (executing(raising(AttributeError("_execute_module"))), "AttributeError in "),
    "none": (executing(lambda _keywords: None), "something else than a result"),
    "words": (executing(lambda _keywords: "words"), "something else than a result"),
    "empty": (executing(lambda _keywords: {}), "something else than a result"),
    "lost": (executing(lambda _keywords: MISSING), "has lost what was sent"),
    "transfer": (sending("_transfer_data"), "AttributeError in "),
    "permissions": (sending("_fixup_perms2"), "AttributeError in "),
    "archive": (lambda: mock.patch.object(archive, "archive", raising(MemoryError())), "MemoryError in "),
    "files": (preparing(archive, "files", raising(FileNotFoundError())), "FileNotFoundError in "),
    "package": (preparing(archive, "ansible_module_utils", None), "AttributeError in "),
    "loader": (no_way_to_make_it_known, "AttributeError in "),
    "unknown": (lambda: mock.patch.object(action, "LAUNCHER", "ansible.legacy.no_such_module"), "AnsibleError in "),
    "digest": (lambda: mock.patch.object(archive, "archive", _other_archive), "ValueError: the archive is not"),
    "zip": (lambda: mock.patch.object(archive, "archive", lambda: b"PK"), "BadZipFile"),
    "options": (containing("ansible/module_utils/basic.py", b"_ANSIBLE_ARGS", b"_OTHER_ARGS"), "LookupError"),
    "import": (
        containing(f"{OURS}/module.py", b"from __future__ import", b"from no_such import"),
        "ModuleNotFoundError",
    ),
    "syntax": (containing(f"{OURS}/runner.py", b"class Runner", b"class of another Python"), "SyntaxError"),
    "python": (launcher_of_another_python, "cannot run what is sent"),
}
#: What Ansible does only when it pipelines modules.
WITH_PIPELINING = {"folder": (sending("_make_tmp_path"), "AttributeError in ")}


class CallbackModule(CallbackBase):
    """Before a task, in the process that the one which works for the host is forked from."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "broken"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._stack.close()
        crash = os.environ.get("KVM_FLEET_CRASH")
        if crash:
            converge = f"{archive.OURS}/modules/converge.py"
            self._stack.enter_context(containing(converge, b"module.main_converge()", crash.encode())())
        broken = {**BROKEN, **WITH_PIPELINING}.get(task.name)
        if broken:
            self._stack.enter_context(broken[0]())
