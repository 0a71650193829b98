# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the operations that networks and pools have in common."""

from __future__ import annotations

import typing as t

from ..connection import find
from ..xml import parse
from . import unfinished
from .base import Executors, Session
from .host import Host
from .operations import Define, Finish, Restart, SetAutostart, Start, Stop, Undefine
from .startable import StartableActivity, Use, refuse_in_use, restart_of


class Startable:
    """A subclass says which of libvirt's calls are about its objects, and what else belongs to them."""

    activity: StartableActivity
    #: Methods of a connection.
    define_call: str = ""
    lookup_call: str = ""
    #: The class of what restarts one.
    restart: t.Type[Restart]

    def executors(self) -> Executors:
        """For all operations that are alike."""
        executors = Executors()
        executors(Define)(self._define)
        executors(SetAutostart)(self._set_autostart)
        executors(Start)(self._start)
        executors(self.restart)(self._restart)
        executors(Finish)(self._finish)
        executors(Stop)(self._stop)
        executors(Undefine)(lambda session, name, _undefine: self.found(session, name).undefine())
        return executors

    def found(self, session: Session, name: str) -> t.Any:
        return getattr(session.connection, self.lookup_call)(name)

    def uses(self, session: Session, one: t.Any) -> t.Sequence[Use]:
        """What running domains have in the object."""
        return self.activity.uses(Host(session.connection, session.uri), parse.parse(one.XMLDesc(0)))

    def come_up(self, one: t.Any, restart: Restart) -> None:
        """Start it again."""
        one.create()

    def attached(self, session: Session, one: t.Any) -> t.Sequence[t.Any]:
        """What a restart takes off it, and puts back on it with :meth:`complete`."""
        return ()

    def complete(self, session: Session, one: t.Any, before: t.Sequence[t.Any] = ()) -> None:
        """What belongs to a start once it runs. A run that goes on from another does not know what was ``before``."""

    def _define(self, session: Session, _name: str, define: Define) -> None:
        getattr(session.connection, self.define_call)(define.xml)

    def _set_autostart(self, session: Session, name: str, flag: SetAutostart) -> None:
        self.found(session, name).setAutostart(int(flag.autostart))

    def _start(self, session: Session, name: str, _start: Start) -> None:
        one = self.found(session, name)
        one.create()
        self.complete(session, one)

    def _restart(self, session: Session, name: str, restart: Restart) -> None:
        one = self.found(session, name)
        before = self.attached(session, one)
        with unfinished.taken(session.uri, restart_of(self.activity.noun), name):
            one.destroy()
            self.come_up(one, restart)
            self.complete(session, one, before)

    def _finish(self, session: Session, name: str, _finish: Finish) -> None:
        """A run that ended early was restarting it, and whether it runs has been seen to."""
        one = find(getattr(session.connection, self.lookup_call), name)
        if one is not None and one.isActive():
            self.complete(session, one)
        unfinished.end(session.uri, restart_of(self.activity.noun), name)

    def _stop(self, session: Session, name: str, stop: Stop) -> None:
        """A domain may have been started meanwhile, or may not have let go of what it was asked for."""
        one = self.found(session, name)
        if not stop.force:
            refuse_in_use(self.activity.noun, self.uses(session, one), stop.where)
        one.destroy()
