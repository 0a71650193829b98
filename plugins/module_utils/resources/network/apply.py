# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the operations on networks."""

from __future__ import annotations

import typing as t

from ...deps import libvirt
from ...xml import parse
from .. import operations
from ..base import Session
from ..startable_apply import Startable
from .kind import Network, Restart, refuse_cut_off
from .plugged_interfaces import own_bridge, plug_in
from .update import UpdateLive


class _Networks(Startable):
    activity = Network.activity
    define_call, lookup_call = "networkDefineXML", "networkLookupByName"
    restart = Restart

    def _restart(self, session: Session, name: str, restart: operations.Restart) -> None:
        """A domain may have been started meanwhile."""
        where = t.cast(Restart, restart).refused_at
        if where is not None:
            refuse_cut_off(self.uses(session, self.found(session, name)), where)
        super()._restart(session, name, restart)

    def attached(self, session: Session, one: t.Any) -> t.Sequence[t.Any]:
        return self.uses(session, one)

    def complete(self, session: Session, one: t.Any, before: t.Sequence[t.Any] = ()) -> None:
        """Guests that ran on while it was stopped, by whomever, are in no bridge; nor where it has another name now."""
        bridge = own_bridge(parse.parse(one.XMLDesc(0)))
        if session.local and bridge is not None:
            plug_in(dict.fromkeys([*before, *self.attached(session, one)]), bridge)


_NETWORKS = _Networks()
EXECUTORS = _NETWORKS.executors()


@EXECUTORS(UpdateLive)
def _update(session: Session, name: str, update: UpdateLive) -> None:
    network = _NETWORKS.found(session, name)
    for command, section, parent, xml in update.updates:
        network.update(
            getattr(libvirt, "VIR_NETWORK_UPDATE_COMMAND_" + command),
            getattr(libvirt, "VIR_NETWORK_SECTION_" + section),
            parent,
            xml,
            libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE,
        )
