# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change and its way back, as the scripts that systemd would run: who confirms it, who undoes it, and only one."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import time
import types
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.bridges import rollback
from ansible_collections.kvm.fleet.plugins.module_utils.bridges.plan import Condition, Exchange
from ansible_collections.kvm.fleet.plugins.module_utils.bridges.stacks import attempt, run
from ansible_collections.kvm.fleet.plugins.module_utils.errors import Conflict, FleetError


@pytest.fixture
def host(tmp_path: pathlib.Path, tmp_path_factory, monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A directory with two files that a change replaces and removes, and a third that it makes.

    Its scripts do not sleep as long as they ask for, and what they ask for is noted.
    """
    beside = tmp_path_factory.mktemp("beside")
    naps, synced = beside / "naps", beside / "synced"
    programs = {
        "sleep": f'echo "$1" >>{naps}\nexec {shutil.which("sleep")} 0.01\n',
        "sync": f'for path; do echo "$path" >>{synced}; done\nexec {shutil.which("sync")} "$@"\n',
    }
    for name, text in programs.items():
        (beside / name).write_text("#!/bin/sh\n" + text)
        (beside / name).chmod(0o755)
    naps.touch()
    monkeypatch.setenv("PATH", str(beside), prepend=os.pathsep)
    monkeypatch.setattr(rollback, "BOOT", str(tmp_path / "boot.service"))
    monkeypatch.setattr(rollback, "BOOT_LINK", str(tmp_path / "wants/boot.service"))
    here = types.SimpleNamespace(path=tmp_path, directory=str(tmp_path / "change"), asked=[], answers={})

    def answer(argv: t.Sequence[str]) -> tuple[int, str]:
        here.asked.append(" ".join(argv))
        return next((code for word, code in here.answers.items() if word in argv), 0), "said"

    def start(*commands: t.Any, conditions: t.Sequence[Condition] = (), timeout: int = 60) -> str:
        files = {str(tmp_path / name): text for name, text in (("a", "new\n"), ("b", None), ("d.network.d/c", "new\n"))}
        former = dict(zip(files, ("old\n", "old\n", None), strict=True))
        undo = ([run("touch", str(tmp_path / "undoing"))], [run("false"), run("touch", str(tmp_path / "undone"))])
        change = Exchange({}, {}, files, former, dict.fromkeys(files, 0o600), ([], list(commands)), undo, conditions)
        return rollback.start(change, timeout, answer, here.directory)

    here.start = start
    here.confirm = lambda token: rollback.confirm(token, answer, here.directory)
    here.sh = lambda *script: subprocess.run(
        ["sh", f"{here.directory}/{script[0]}", *script[1:]], check=False, stderr=subprocess.DEVNULL
    )
    here.synced = lambda: synced.read_text().split()
    here.slept = lambda: naps.read_text().split()
    here.seen = lambda: {
        str(path.relative_to(tmp_path)): path.read_text()
        for path in sorted(tmp_path.rglob("*"))
        if path.is_file() and "change" not in path.parts and path.name != "boot.service"
    }
    for name in "ab":
        (tmp_path / name).write_text("old\n")
    return here


BEFORE = {"a": "old\n", "b": "old\n"}
AFTER = {"a": "new\n", "d.network.d/c": "new\n"}
UNDONE = {**BEFORE, "undoing": "", "undone": ""}


def test_a_change_is_applied_and_confirmed(host):
    token = host.start(attempt("false"), run("true"))
    assert host.seen() == BEFORE and (host.path / "wants/boot.service").is_symlink()
    assert host.confirm(token) == {"state": "applying"}
    host.sh("apply")
    assert host.slept() == ["1", "2"], "what the stack still does at that moment comes before the confirmation"
    assert host.seen() == AFTER and (host.path / "a").stat().st_mode & 0o777 == 0o600
    assert host.confirm(token) == {"state": "confirmed"}
    assert sorted(path.name for path in host.path.iterdir()) == ["a", "d.network.d", "wants"]
    assert host.asked[-1] == f"systemctl stop {rollback.UNDO}.timer"


def test_only_the_files_of_the_change_are_synced(host):
    """Of a whole host, whose guests write as well, that may take longer than it has for the change."""
    host.start()
    host.sh("apply")
    folder = host.path / "d.network.d"
    assert host.synced() == ["state.new", ".", *map(str, (host.path / "a", folder / "c", host.path, folder))]
    host.sh("undo", "timeout")
    assert host.synced()[6:] == ["state.new", ".", *map(str, (host.path / "a", host.path / "b", host.path))]
    assert "sync: " not in (host.path / "change/log").read_text()


def test_the_rollback_is_scheduled_before_the_change(host):
    host.start(timeout=60)
    undo, apply = host.asked
    assert f"--unit={rollback.UNDO}" in undo and "--on-active=61" in undo and undo.endswith("/undo timeout")
    assert f"--unit={rollback.APPLY}" in apply and apply.endswith(f"/apply {os.getpid()}")
    assert "--property=KillMode=process" in apply, "a DHCP client that it starts lives on"


def test_the_change_waits_until_the_module_has_ended(host, monkeypatch):
    with subprocess.Popen(["sleep", "60"]) as module:
        monkeypatch.setattr(rollback.os, "getpid", lambda: module.pid)
        host.start()
        apply = subprocess.Popen(["sh", *host.asked[-1].split()[-2:]])
        with pytest.raises(subprocess.TimeoutExpired):
            apply.wait(0.5)
        assert host.seen() == BEFORE
        module.kill()
    apply.wait()
    assert host.seen() == AFTER


def test_a_module_that_never_ends_is_waited_for_with_a_limit(host, monkeypatch):
    monkeypatch.setattr(rollback, "END", 0.3)
    host.start()
    subprocess.run(["sh", *host.asked[-1].split()[-2:]], check=True)
    assert host.seen() == AFTER


@pytest.mark.parametrize("reason", ["timeout", "boot"])
def test_an_unconfirmed_bridge_change_is_undone(host, reason):
    token = host.start()
    host.sh("apply")
    host.sh("undo", reason)
    assert host.seen() == UNDONE and not (host.path / "d.network.d").exists()
    assert not (host.path / "boot.service").exists() and not (host.path / "wants/boot.service").is_symlink()
    outcome = host.confirm(token)
    assert (outcome["state"], outcome["reason"], outcome["missing"]) == ("undone", reason, "")
    assert not (host.path / "change").exists()


def test_a_command_that_fails_is_undone_at_once(host):
    token = host.start(run("sh", "-c", "echo why >&2; exit 1"), run("touch", str(host.path / "later")))
    host.sh("apply")
    assert host.seen() == UNDONE
    outcome = host.confirm(token)
    assert (outcome["state"], outcome["reason"]) == ("undone", "failed")
    assert outcome["missing"].startswith("failed: sh -c") and "\nwhy\n" in outcome["log"]


def test_a_bridge_change_without_effect_is_reported(host):
    token = host.start(conditions=[Condition("there is no br0", f"test -e {host.path / 'br0'}")])
    waiting = subprocess.Popen(["sh", f"{host.directory}/apply"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while len(host.slept()) < 4 and waiting.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    still = waiting.poll() is None
    waiting.kill()
    waiting.wait()
    assert still and host.slept()[:4] == ["1", "0.2", "0.2", "0.2"]
    assert host.confirm(token) == {"state": "applying"}
    host.sh("undo", "timeout")
    assert host.confirm(token)["missing"] == "there is no br0"


def test_a_confirmed_change_is_not_undone_and_vice_versa(host):
    token = host.start()
    host.sh("apply")
    (host.path / "change/armed").rename(host.path / "change/undoing")  # the clock was faster by a moment
    assert host.confirm(token) == {"state": "applying"}
    (host.path / "change/undoing").rename(host.path / "change/confirmed")
    host.sh("undo", "timeout")
    assert host.seen() == AFTER
    with pytest.raises(Conflict, match="not there any more"):
        host.confirm("another")


def test_a_second_change_waits_for_the_first(host):
    host.start()
    with pytest.raises(Conflict, match="waits to be confirmed"):
        host.start()
    host.answers["is-active"] = 3  # left over from a host that went down
    host.start()


def test_without_systemd_no_bridge_change_is_started(host):
    host.answers["systemd-run"] = 1
    with pytest.raises(FleetError, match="does not accept the job .*: said. Nothing was changed"):
        host.start()
    assert host.seen() == BEFORE and not (host.path / "change").exists() and not (host.path / "boot.service").exists()
