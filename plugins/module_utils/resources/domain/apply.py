# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the actions on a domain: the only code that changes one."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from ...connection import find
from ...content.files import explained
from ...deps import libvirt
from ...errors import TimedOut
from ...xml import schema
from .. import unfinished
from ..base import Executors, Session
from ..host import source_of
from ..operations import SetAutostart
from ..volume.delete import delete
from . import left, operations, setters
from . import rename as renaming
from .devices import apply as devices
from .devices import kept
from .devices.apply import on_paths
from .target import found, live

EXECUTORS = Executors(devices.EXECUTORS, setters.EXECUTORS)

#: How often a guest that does not react is asked again to shut down, in seconds: one that boots ignores ACPI.
ASK_AGAIN = 5


@EXECUTORS(operations.Define)
def _define(session: Session, name: str, define: operations.Define) -> None:
    """libvirt validates what is new where that could not be done before: it takes minutes for a driver element with
    twenty attributes (``xml/schema.py``)."""
    unchecked = define.before is None and not schema.known("domain.rng")
    if define.before is None:
        left.forget(session, name)
    xml = on_paths(session, define.xml, define.volumes)
    session.connection.defineXMLFlags(xml, libvirt.VIR_DOMAIN_DEFINE_VALIDATE if unchecked else 0)


@EXECUTORS(operations.Undefine)
def _undefine(session: Session, name: str, undefine: operations.Undefine) -> None:
    flags = 0
    nvram = "KEEP_NVRAM" if undefine.keep_nvram else "NVRAM"
    for what in ("MANAGED_SAVE", "SNAPSHOTS_METADATA", "CHECKPOINTS_METADATA", nvram, "TPM"):
        flags |= getattr(libvirt, "VIR_DOMAIN_UNDEFINE_" + what, 0)  # TPM came with libvirt 8.9
    with _going(session, name, undefine.leaves):
        found(session, name).undefineFlags(flags)


@contextlib.contextmanager
def _going(session: Session, name: str, leaves: t.Optional[left.Left]) -> t.Iterator[None]:
    """Within it the domain goes, unless that is a later step (``None``)."""
    with left.leaving(session, name, leaves):
        if leaves is not None:
            kept.forget(session, name)
        yield


@EXECUTORS(SetAutostart)
def _set_autostart(session: Session, name: str, flag: SetAutostart) -> None:
    found(session, name).setAutostart(int(flag.autostart))


@EXECUTORS(operations.Rename)
def _rename(session: Session, name: str, rename: operations.Rename) -> None:
    with contextlib.ExitStack() as undo:
        if rename.variables or rename.leaves:
            told = {"old": rename.old, "variables": rename.variables, "seeds": rename.leaves}
            unfinished.begin(session.uri, renaming.STEP, name, **told)
            undo.callback(unfinished.end, session.uri, renaming.STEP, name)
        for path, new in rename.variables:
            with explained(new):
                if not (os.path.exists(new) and os.path.samefile(path, new)):  # a run that was killed has come so far
                    os.link(path, new)  # never over a file of somebody else's
            undo.callback(os.unlink, new)
        found(session, rename.old).rename(name, 0)
        undo.pop_all()
    links = [path for path, _new in rename.variables]
    _finish(session, name, operations.Finish(links, ends=not rename.leaves))


@EXECUTORS(operations.Finish)
def _finish(session: Session, name: str, rest: operations.Finish) -> None:
    for path in rest.links:
        with explained(path):
            os.unlink(path)
    if rest.ends:
        unfinished.end(session.uri, renaming.STEP, name)
    if rest.settled is not None:
        left.settle(session, name, rest.settled)


@EXECUTORS(operations.Start)
def _start(session: Session, name: str, start: operations.Start) -> None:
    found(session, name).createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED if start.paused else 0)


def _calls(method: str) -> t.Callable[[Session, str, t.Any], None]:
    """Executes an operation that takes nothing."""
    return lambda session, name, _operation: getattr(found(session, name), method)()


EXECUTORS(operations.Resume)(_calls("resume"))
EXECUTORS(operations.Suspend)(_calls("suspend"))
EXECUTORS(operations.WakeUp)(_calls("pMWakeup"))
EXECUTORS(operations.Save)(_calls("managedSave"))


@EXECUTORS(operations.Reset)
def _reset(session: Session, name: str, _reset: operations.Reset) -> None:
    domain = found(session, name)
    domain.destroy()
    domain.create()


@EXECUTORS(operations.Destroy)
def _destroy(session: Session, name: str, destroy: operations.Destroy) -> None:
    with _going(session, name, destroy.leaves):
        found(session, name).destroy()


@EXECUTORS(operations.Restart)
def _restart(session: Session, name: str, restart: operations.Restart) -> None:
    domain = found(session, name)
    _off(domain, name, restart)
    domain.create()


@EXECUTORS(operations.ShutDown)
def _shut_down(session: Session, name: str, shut_down: operations.ShutDown) -> None:
    with _going(session, name, shut_down.leaves):
        _off(found(session, name), name, shut_down)


def _off(domain: t.Any, name: str, how: operations.ShutDown) -> None:
    """:raises TimedOut: the guest does not shut down and may not be forced."""
    deadline, ask = time.monotonic() + how.timeout, 0.0
    while find(domain.isActive):
        now = time.monotonic()
        if now >= deadline:
            if how.force:
                domain.destroy()
                return
            raise TimedOut(
                f"the guest did not shut down within {how.timeout} seconds",
                where=how.where or f"domain {name}",
                remedy="Raise shutdown_timeout, or declare force: true to switch it off then",
            )
        if now >= ask:
            _ask_to_shut_down(domain)
            ask = now + ASK_AGAIN
        time.sleep(0.1)


def _ask_to_shut_down(domain: t.Any) -> None:
    try:
        domain.shutdown()
    except libvirt.libvirtError as exc:
        # It went off meanwhile, or its agent is not up yet: the loop looks and asks again.
        if exc.get_error_code() not in (
            libvirt.VIR_ERR_OPERATION_INVALID,
            libvirt.VIR_ERR_NO_DOMAIN,
            libvirt.VIR_ERR_AGENT_UNRESPONSIVE,
        ):
            raise


@EXECUTORS(operations.RemoveVolumes)
def _remove_volumes(session: Session, name: str, gone: operations.RemoveVolumes) -> None:
    for volume in gone.volumes:
        delete(session, *volume)
    for file in gone.files:
        with explained(file), contextlib.suppress(FileNotFoundError):
            os.unlink(file)
    left.strike(session, [*map(left.name_of, gone.volumes), *gone.files])
    left.settle(session, name, gone.settled)


@EXECUTORS(operations.RemoveSeed)
def _remove_seed(session: Session, name: str, seed: operations.RemoveSeed) -> bool:
    """A guest that has not let go of the drive needs what is in it."""
    domain = found(session, name)
    if find(domain.isActive):
        used = {source_of(source) for source in live(domain).iterfind("devices/disk/source")}
        if used & set(seed.places):
            return False
    delete(session, *seed.volume)
    unfinished.end(session.uri, renaming.STEP, name)
    return True
