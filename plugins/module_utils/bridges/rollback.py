# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies a change with a roll-back: it is undone unless it is confirmed, in time, that the host still answers.

Nothing of it runs in the module's own process, which hangs on the connection that the change may cut. systemd starts
the two scripts of a change: ``apply``, which first waits for the module's end, and ``undo`` when time is up, at once
when a command fails, or at the next boot. Whether a change can still be undone is decided by one file, ``armed``:
``undo`` and the confirmation both begin by moving it away, and only one of them can.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import typing as t
import uuid

from ..errors import Conflict, FleetError
from ..host.emulator import read_text
from ..host_loop import Run
from ..paths import NAME, STATE
from .plan import Exchange
from .stacks import Command

DIRECTORY = f"{STATE}/bridges.change"
UNDO, APPLY = f"{NAME}-bridges-undo", f"{NAME}-bridges-apply"

#: Transient timers do not outlive a boot, and an administrator who has lost a host is likely to switch it off and on.
BOOT = f"/etc/systemd/system/{NAME}-bridges-boot.service"
BOOT_LINK = f"/etc/systemd/system/multi-user.target.wants/{NAME}-bridges-boot.service"

#: Seconds from the module's end to the change, so that its answer arrives, and for which that end is waited at most.
HEAD_START, END = 1, 10

#: Seconds from what was asked for being there to the confirmation: what the stack still does at that moment (addresses
#: that go, say) must not come after it.
SETTLED = 2

#: Folders that may have been made for our file alone: networkd's drop-ins.
_OURS_ALONE = ".network.d"

_BOOT_UNIT = """\
[Unit]
Description=Restore the former bridges, because the new ones were not confirmed
ConditionPathExists={0}/armed
RequiresMountsFor={0}
After=network.target systemd-networkd.service NetworkManager.service networking.service

[Service]
Type=oneshot
KillMode=process
ExecStart=/bin/sh {0}/undo boot
"""


def start(change: Exchange, timeout: int, run: Run, directory: str = DIRECTORY) -> str:
    """Makes everything ready, sets the clock, and has the change begin. Returns the token to confirm it with.

    :raises Conflict: another change waits for its confirmation.
    :raises FleetError: systemd does not take it; nothing was changed.
    """
    armed = os.path.exists(os.path.join(directory, "armed"))
    if armed and run(["systemctl", "--quiet", "is-active", UNDO + ".timer"])[0] == 0:
        raise Conflict(
            "another change of this host's bridges waits to be confirmed",
            remedy="It is confirmed or undone within its timeout: try again then",
        )
    token = _prepare(change, directory)
    timer = [f"--on-active={timeout + HEAD_START}", "--timer-property=AccuracySec=100ms"]
    for unit, when, script in (
        (UNDO, timer, [os.path.join(directory, "undo"), "timeout"]),
        (APPLY, [], [os.path.join(directory, "apply"), str(os.getpid())]),
    ):
        # A DHCP client that ifup starts has to go on when the script is done.
        options = ["--quiet", "--collect", "--unit=" + unit, "--property=KillMode=process"]
        code, output = run(["systemd-run", *options, *when, "/bin/sh", *script])
        if code:
            run(["systemctl", "stop", UNDO + ".timer"])
            _disarm(directory)
            raise FleetError(
                f"systemd does not accept the job that would restore the old configuration: {output.strip()}",
                remedy=f"Nothing was changed. See systemctl status {unit}.timer on the host",
            )
    return token


def _prepare(change: Exchange, directory: str) -> str:
    """Files, scripts and the way back after a boot, all in place; the token."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory, 0o700)
    token = uuid.uuid4().hex
    _write(os.path.join(directory, "token"), token)
    _store(os.path.join(directory, "new"), change.files, change.modes)
    _store(os.path.join(directory, "old"), change.former, change.modes)
    _write(os.path.join(directory, "apply"), _apply_script(change, directory))
    _write(os.path.join(directory, "undo"), _undo_script(change, directory))
    _write(os.path.join(directory, "armed"), "")
    _arm_boot(directory)
    return token


def has_ended(token: str, directory: str = DIRECTORY) -> bool:
    """Whether the change can be confirmed, or was undone. :raises Conflict: it is not there any more."""
    return _status(token, directory)["state"] != ""


def _status(token: str, directory: str) -> t.Dict[str, str]:
    status = {name: read_text(os.path.join(directory, name)).strip() for name in ("token", "state", "missing", "log")}
    if status["token"] != token:
        raise Conflict("the change that was to be confirmed is not there any more")
    return status


def confirm(token: str, run: Run, directory: str = DIRECTORY) -> t.Dict[str, str]:
    """How the change goes, and makes it final where it has been applied.

    ``state``: ``applying``, ``confirmed``, ``undone``; with the latter ``reason`` (``timeout``, ``failed``, ``boot``),
    ``missing`` (what had not come about) and the ``log`` of the commands.
    """
    status = _status(token, directory)
    state, _space, reason = status["state"].partition(" ")
    if state == "applied":
        try:
            os.rename(os.path.join(directory, "armed"), os.path.join(directory, "confirmed"))
        except FileNotFoundError:
            return {"state": "applying"}  # time is just up, and it is being undone
        run(["systemctl", "stop", UNDO + ".timer"])
    elif state != "undone":
        return {"state": "applying"}
    _disarm(directory)
    if state == "applied":
        return {"state": "confirmed"}
    return {"state": "undone", "reason": reason, "missing": status["missing"], "log": status["log"]}


def _arm_boot(directory: str) -> None:
    os.makedirs(os.path.dirname(BOOT_LINK), exist_ok=True)
    _write(BOOT, _BOOT_UNIT.format(directory), 0o644)
    if not os.path.lexists(BOOT_LINK):
        os.symlink(BOOT, BOOT_LINK)


def _disarm(directory: str) -> None:
    for path in (BOOT_LINK, BOOT):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    shutil.rmtree(directory, ignore_errors=True)


def _store(folder: str, files: t.Mapping[str, t.Optional[str]], modes: t.Mapping[str, int]) -> None:
    os.makedirs(folder, 0o700)
    for path, text in files.items():
        if text is not None:
            target = os.path.join(folder, path.lstrip("/"))
            os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
            _write(target, text, modes[path])


def _write(path: str, text: str, mode: int = 0o600) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)


def _apply_script(change: Exchange, directory: str) -> str:
    lines = [
        f"until ! kill -0 $1 || test $((waits += 1)) -gt {int(END * 10)}; do sleep 0.1; done 2>/dev/null",
        f"sleep {HEAD_START}",
        "test -e armed || exit 0",
        'failed() { echo "failed: $*" >missing; exec /bin/sh ./undo failed; }',
        *_commands(change.commands[0], "failed"),
        *_exchange("new", change.files),
        *_commands(change.commands[1], "failed"),
    ]
    lines.append("set +x")
    for condition in change.conditions:
        lines.append(f"until {condition.test}; do echo {shlex.quote(condition.missing)} >missing; sleep 0.2; done")
    lines += [f"sleep {SETTLED}", "rm -f missing", *_say("applied", change.files)]
    return _script(directory, lines)


def _undo_script(change: Exchange, directory: str) -> str:
    lines = [
        "mv armed undoing || exit 0",
        f'test "$1" = failed || systemctl kill {APPLY}.service',
        f'test "$1" = failed || systemctl stop {APPLY}.service',
        *_commands(change.undo[0], ":"),
        *_exchange("old", change.former),
        *_commands(change.undo[1], ":"),
        f"rm -f {shlex.quote(BOOT_LINK)} {shlex.quote(BOOT)}",
        *_say("undone $1", change.former),
    ]
    return _script(directory, lines)


def _script(directory: str, lines: t.Sequence[str]) -> str:
    start = ["#!/bin/sh", f"cd {shlex.quote(directory)} || exit 1", "exec >>log 2>&1", "set -x"]
    return "\n".join([*start, *lines]) + "\n"


def _commands(commands: t.Sequence[Command], otherwise: str) -> t.Iterator[str]:
    for command in commands:
        text = " ".join(shlex.quote(word) for word in command.argv)
        yield f"{text} || {':' if command.may_fail else otherwise} {shlex.quote(text)}"


def _exchange(folder: str, files: t.Mapping[str, t.Optional[str]]) -> t.Iterator[str]:
    """Every file in one step, under its name only when it is whole."""
    for path, text in files.items():
        quoted = shlex.quote(path)
        if text is None:
            yield f"rm -f {quoted}"
            if os.path.dirname(path).endswith(_OURS_ALONE):
                yield f"rmdir {shlex.quote(os.path.dirname(path))} 2>/dev/null || :"
            continue
        yield f"mkdir -p {shlex.quote(os.path.dirname(path))}"
        temporary = shlex.quote(os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{NAME}"))
        yield f"cp -p {shlex.quote(folder + path)} {temporary} && mv -f {temporary} {quoted}"


def _say(state: str, files: t.Mapping[str, t.Optional[str]]) -> t.Tuple[str, ...]:
    """Reported when it is on the disk: what was written, and the folders that files came into or went from.

    Of these alone: all that the host's guests have written may take minutes.
    """
    there = [path for path, text in files.items() if text is not None]
    folders = {os.path.dirname(path) for path in there}
    folders |= {_folder_left(path) for path, text in files.items() if text is None}
    paths = " ".join(shlex.quote(path) for path in ("state.new", ".", *there, *sorted(folders)))
    return (f'echo "{state}" >state.new', f"sync {paths}", "mv -f state.new state")


def _folder_left(path: str) -> str:
    """The folder that a removed file was in, or if that went with it, the one above."""
    folder = os.path.dirname(path)
    return os.path.dirname(folder) if folder.endswith(_OURS_ALONE) else folder
