# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the operations on secrets."""

from __future__ import annotations

import typing as t

from ...deps import libvirt
from ...xml import parse
from ..base import Executors, Session
from ..operations import Define
from . import records
from .kind import SetValue, Undefine
from .table import NONE

EXECUTORS = Executors()


def _found(session: Session, key: t.Tuple[str, str]) -> t.Any:
    usage, name = key
    if usage == NONE:
        return session.connection.secretLookupByUUIDString(name)
    return session.connection.secretLookupByUsage(getattr(libvirt, "VIR_SECRET_USAGE_TYPE_" + usage.upper()), name)


@EXECUTORS(Define)
def _define(session: Session, _name: str, define: Define) -> None:
    session.connection.secretDefineXML(define.xml)


@EXECUTORS(SetValue)
def _set_value(session: Session, _name: str, new: SetValue) -> None:
    secret = _found(session, new.key)
    secret.setValue(new.value)
    if parse.parse(secret.XMLDesc()).get("private") == "yes":
        records.write(session.uri, session.local, secret.UUIDString(), new.value)


@EXECUTORS(Undefine)
def _undefine(session: Session, _name: str, undefine: Undefine) -> None:
    secret = _found(session, undefine.key)
    records.forget(session.uri, secret.UUIDString())  # one that is left without its secret would stay for good
    secret.undefine()
