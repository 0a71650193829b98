# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the operations on network filters."""

from __future__ import annotations

from ..base import Executors, Session
from ..operations import Define, Undefine

EXECUTORS = Executors()


@EXECUTORS(Define)
def _define(session: Session, _name: str, define: Define) -> None:
    session.connection.nwfilterDefineXML(define.xml)


@EXECUTORS(Undefine)
def _undefine(session: Session, name: str, _undefine: Undefine) -> None:
    session.connection.nwfilterLookupByName(name).undefine()
