# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module of the collection as Ansible does, but in a forked process that has everything imported already.

A task costs about a second through ansible-playbook and some hundredths this way, with the same entry point, the same
way in for the arguments, all that Ansible says beside them, and the same JSON out.

Whatever a test runs in check mode, and every module that only reads, is proven to change nothing (read_only.py), and
what a test really runs is predicted in check mode first: both hold for every test that uses this, with no word of its
own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gc
import importlib.abc
import importlib.util
import io
import json
import os
import pathlib
import pwd
import sys
import tempfile
import traceback
import types
import typing as t
from importlib.machinery import ModuleSpec

from ansible.module_utils.common.json import Direction, get_module_encoder
from ansible.module_utils.testing import patch_module_args

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.module_utils.resources.defined import DefinedKind
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.xml import path as xmlpath
from ansible_collections.kvm.fleet.plugins.module_utils.xml import schema
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables
from ansible_collections.kvm.fleet.plugins.plugin_utils import documents

from . import read_only
from .as_sent import as_sent

COLLECTION = "ansible_collections.kvm.fleet"


def predicts(predicted: dict[str, t.Any], real: dict[str, t.Any]) -> bool:
    """Whether the result of check mode is that of the real run.

    Only what a guest did not do in time may be pending besides: nobody knows that before.
    """
    same = all(predicted.get(key) == real.get(key) for key in ("changed", "actions", "diff"))
    tried = [field for action in real.get("actions", ()) for field in action["fields"]]
    late = [field for field in _pending(real) if field not in _pending(predicted)]
    forgotten = [field for field in _pending(predicted) if field not in _pending(real)]
    return same and not forgotten and all(field in tried for field in late)


def _pending(result: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    return [field for one in result.get("pending", ()) for field in one["fields"]]


def may_only_read(name: str, check_mode: bool) -> bool:
    """Whether a run of the module may change nothing."""
    return check_mode or name.endswith("_info")


def _file() -> t.IO[bytes]:
    return tempfile.TemporaryFile()  # closed by Run.result


@dataclasses.dataclass
class Run:
    """A module at work in a process of its own. One that may only read has
    ``folders`` that are watched, with what they had ``before``, and when it has ended what it ``called`` of libvirt."""

    name: str
    pid: int = 0
    stdout: t.IO[bytes] = dataclasses.field(default_factory=_file)
    stderr: t.IO[bytes] = dataclasses.field(default_factory=_file)
    calls: t.IO[bytes] = dataclasses.field(default_factory=_file)
    folders: list[pathlib.Path] | None = None
    before: read_only.Tree = dataclasses.field(default_factory=dict)
    called: list[str] = dataclasses.field(default_factory=list)

    def result(self, fails: bool | None = False) -> dict[str, t.Any]:
        """Wait for the module's result: what it returned, with ``changed``, ``failed`` and ``rc`` in any case.

        :arg fails: whether it has to fail; ``None``: it may.
        """
        rc = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        stdout, stderr = (self._read(stream) for stream in (self.stdout, self.stderr))
        about = f"module {self.name} (rc {rc})\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        self._has_only_read()
        assert "Traceback (most recent call last)" not in stdout + stderr, about
        try:
            returned = json.loads(stdout)
        except ValueError as exc:
            raise AssertionError(f"no JSON from {about}") from exc
        result = {"changed": False, "failed": False, **returned, "rc": rc}
        assert result["failed"] == (rc != 0), about
        assert fails is None or result["failed"] == fails, about
        return result

    def _has_only_read(self) -> None:
        """Where that is all it may do. :raises read_only.ChangedSomething: it did, or tried, something else."""
        self.called = self._read(self.calls).split()
        if self.folders is None:
            return
        for call in self.called:
            read_only.check(call)
        changed = read_only.differences(self.before, read_only.snapshot(self.folders))
        if changed:
            raise read_only.ChangedSomething("files changed in a run that may only read:\n" + "\n".join(changed))

    @staticmethod
    def _read(stream: t.IO[bytes]) -> str:
        stream.seek(0)
        with stream:
            return stream.read().decode()


@dataclasses.dataclass
class ModuleRunner:
    """``module("pool", name="data", type="dir", target="/srv/vm")`` returns the module's result as a dict.

    The keywords of :meth:`start` come before the module's own options, and ``fails`` as in :meth:`Run.result`:
    a module that fails when it should not, and the other way round, fails the test.
    """

    tmp_dir: pathlib.Path

    def __call__(
        self, name: str, /, *, fails: bool | None = False, check_mode: bool = False, **options: t.Any
    ) -> dict[str, t.Any]:
        if may_only_read(name, check_mode):
            return self.start(name, check_mode=check_mode, **options).result(fails)
        predicted = self.start(name, check_mode=True, **options).result(None)
        real = self.start(name, **options).result(fails)
        if predicted["failed"]:
            assert real["failed"] and real["msg"] == predicted["msg"], "check mode did not predict the failure"
        elif not real["failed"]:
            assert predicts(predicted, real), f"check mode did not predict the run:\n{predicted}\n{real}"
        return real

    def start(
        self,
        name: str,
        /,
        *,
        check_mode: bool = False,
        diff: bool = True,
        as_user: str | None = None,
        without: t.Sequence[str] = (),
        first: t.Callable[[], None] = lambda: None,
        **options: t.Any,
    ) -> Run:
        """Start a module and do not wait for it.

        :arg as_user: run it as this user, with none of root's groups.
        :arg without: Python packages that it shall not find, such as ``libvirt``.
        :arg first: what its process does before.
        """
        arguments = as_sent(name, options, check_mode, diff, str(self.tmp_dir))
        module = f"{COLLECTION}.plugins.modules.{name}"
        importlib.import_module(module)  # with all that it imports, once for all tests
        _warm()
        run = Run(name)
        if may_only_read(name, check_mode):
            run.folders = read_only.folders(name, options)
            run.before = read_only.snapshot(run.folders)
        gc.freeze()  # or the child's first collection would copy all that it shares with this process
        run.pid = os.fork()
        if run.pid:
            return run
        if run.folders is not None:
            read_only.stand_guard(io.TextIOWrapper(t.cast(t.BinaryIO, run.calls), "utf-8"))
        _exit_with(lambda: _be_the_task(name, module, arguments, as_user, without, first), run)


@functools.cache
def _warm() -> None:
    """What each module would make of libvirt's schemas and the tables takes longer than most of what it does."""
    for kind in (one for one in ALL_KINDS if isinstance(one, DefinedKind)):
        if kind.definition.schema_file:
            schema.known(kind.definition.schema_file)
        kind.argument_spec()
        tables.read(kind.table, xmlpath.element(kind.definition.root_tag))


def _exit_with(work: t.Callable[[], None], run: Run) -> t.NoReturn:
    """The child's whole life: nothing of pytest's may run in it, however the module ends."""
    gc.disable()
    status = 1
    try:
        os.dup2(run.stdout.fileno(), 1)
        os.dup2(run.stderr.fileno(), 2)
        sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(fd, "w", closefd=False), "utf-8") for fd in (1, 2))
        work()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _be_the_task(
    name: str,
    module: str,
    arguments: dict[str, t.Any],
    as_user: str | None,
    without: t.Sequence[str],
    first: t.Callable[[], None],
) -> None:
    """The module, behind the controller's part of it."""
    try:
        if name in documents.OPTIONS:
            documents.check(name, arguments)
        elif name == "converge":
            documents.check_document(arguments)
    except FleetError as exc:
        print(json.dumps({"failed": True, "msg": str(exc)}))
        sys.exit(1)
    _be_the_module(module, arguments, as_user, without, first)


def _be_the_module(
    module: str,
    arguments: dict[str, t.Any],
    as_user: str | None,
    without: t.Sequence[str],
    first: t.Callable[[], None],
) -> None:
    if without:
        _forget(without)
    loader = t.cast(importlib.abc.InspectLoader, t.cast(ModuleSpec, importlib.util.find_spec(module)).loader)
    code = t.cast(types.CodeType, loader.get_code(module))
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    with patch_module_args(arguments):
        if as_user:
            # What the module would import later: the user may not be allowed to read this tree.
            get_module_encoder("legacy", Direction.MODULE_TO_CONTROLLER)
            user = pwd.getpwnam(as_user)
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        first()
        exec(code, main.__dict__)


def _forget(packages: t.Sequence[str]) -> None:
    """Make these packages impossible to import, also for what was imported with them before."""
    for loaded in list(sys.modules):
        if loaded.startswith(COLLECTION) or loaded.partition(".")[0] in packages:
            del sys.modules[loaded]
    for package in packages:
        sys.modules[package] = None  # type: ignore[assignment]  # Python's own way to say "there is none"
