# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each operation is executed by one function of its kind, and no more than that is loaded before something is done."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import types
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import Refused
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action, Operation, Pending
from ansible_collections.kvm.fleet.plugins.module_utils.resources import record_files
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Executors, Session
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.host import InterfaceUse
from ansible_collections.kvm.fleet.plugins.module_utils.resources.leftovers import Leftovers
from ansible_collections.kvm.fleet.plugins.module_utils.resources.network import apply
from ansible_collections.kvm.fleet.plugins.module_utils.resources.network.kind import Restart

OURS = "ansible_collections.kvm.fleet.plugins.module_utils"
SESSION = Session(None, "qemu:///system")


class Wave(Operation):
    verb = "wave"


def operations(of: type[Operation] = Operation) -> t.Iterator[type[Operation]]:
    """All classes of operations, but for those of tests, and what several have in common."""
    for operation in of.__subclasses__():
        if operation.__module__.startswith(OURS) and hasattr(operation, "verb"):
            yield operation
        yield from operations(operation)


def test_every_operation_is_executed():
    executed = {one for kind in (*ALL_KINDS, Leftovers()) for one in kind.executors().by_class}
    assert set(operations()) == executed


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.noun)
def test_a_kind_has_one_operation_for_a_verb(kind):
    verbs = [operation.verb for operation in kind.executors().by_class]
    assert len(verbs) == len(set(verbs))


def test_an_operation_is_executed_by_one_function_and_no_other():
    first, second = Executors(), Executors()
    first(Wave)(lambda _session, _name, _wave: None)
    second(Wave)(lambda _session, _name, _wave: None)
    with pytest.raises(TypeError, match="Wave"):
        Executors(first, second)


@pytest.mark.parametrize(("done", "late"), [(None, False), (True, False), (False, True)])
def test_guest_that_is_late_makes_the_action_pending(done, late):
    asked: list[t.Any] = []
    executors, action = Executors(), Action("domain", "web1", Wave())
    executors(Wave)(lambda *about: (asked.append(about), done)[1])
    assert executors.execute(SESSION, action) == (Pending("domain", "web1", ()) if late else None)
    assert asked == [(SESSION, "web1", action.operation)]


def test_executing_modules_are_not_imported_by_planning():
    code = f"import sys, {OURS}.module, {OURS}.resources.every; print(*sys.modules)"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = {name.removeprefix(OURS + ".") for name in told.stdout.split() if name.startswith(OURS)}
    acts = ("apply", "setters", "permissions", "filling")
    assert "resources.domain.operations" in loaded
    assert loaded.isdisjoint({"guest", "resources.volume.content"})
    assert [name for name in loaded if name.endswith(acts)] == ["resources.shared.permissions"], "which are options"


@pytest.mark.parametrize("refused_at", ["restart", None])
def test_a_guest_that_was_started_meanwhile_is_not_cut_off_by_a_restart(monkeypatch, tmp_path, refused_at):
    monkeypatch.setattr(record_files, "folder", lambda: str(tmp_path))
    networks, calls = apply._Networks(), []
    one = types.SimpleNamespace(
        XMLDesc=lambda _flags: "<network/>",
        destroy=lambda: calls.append("destroy"),
        create=lambda: calls.append("create"),
    )
    monkeypatch.setattr(networks, "found", lambda *_which: one)
    monkeypatch.setattr(networks, "uses", lambda *_which: [InterfaceUse("web1", None, "lan", None)])
    session, restart = Session(None, "qemu+ssh://kvm1/system"), Restart(refused_at)
    with contextlib.nullcontext() if refused_at is None else pytest.raises(Refused, match="web1. Over a remote URI"):
        networks._restart(session, "lan", restart)
    assert calls == (["destroy", "create"] if refused_at is None else [])
