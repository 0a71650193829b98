# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the operations on pools."""

from __future__ import annotations

import typing as t

from .. import operations
from ..base import Session
from ..operations import SetPermissions
from ..permissions import set_permissions
from ..startable_apply import Startable
from .kind import Build, Pool, Restart


class _Pools(Startable):
    activity = Pool.activity
    define_call, lookup_call = "storagePoolDefineXML", "storagePoolLookupByName"
    restart = Restart

    def come_up(self, one: t.Any, restart: operations.Restart) -> None:
        flags = t.cast(Restart, restart).flags
        if flags is not None:
            one.build(flags)
        one.create()


_POOLS = _Pools()
EXECUTORS = _POOLS.executors()
EXECUTORS(SetPermissions)(set_permissions)


@EXECUTORS(Build)
def _build(session: Session, name: str, build: Build) -> None:
    _POOLS.found(session, name).build(build.flags)
