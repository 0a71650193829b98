# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a pool, and what else it refers to. Pure."""

from __future__ import annotations

import typing as t

from ...rule import DEFINITION, NEW, Rule, RuleValues, Values, Violation
from ..base import Reference, Want
from ..secret.references import reference
from ..shared import logins
from ..shared.hosts import each_once
from .types import OTHER, TYPES, PoolType

_FC_HOST = ("wwnn", "wwpn", "parent", "parent_wwnn", "parent_wwpn", "parent_fabric_wwn", "managed")
_SCSI_HOST = ("name", "address", "unique_id")
_ADAPTER = "source.adapter."
#: Types whose one device is all that they are on.
_ONE_DEVICE = ("fs", "disk", "iscsi", "iscsi-direct")
_ISCSI = ("iscsi", "iscsi-direct")


def _type(values: Values) -> PoolType:
    return TYPES.get(values.get("type", ""), OTHER)


def _foreign(values: Values, declared: Values) -> t.List[Violation]:
    """Options that a pool of this type does not have. The type need not be declared for a pool that is there."""
    kind = _type(values)
    there = ", ".join(kind.required + kind.allowed) or "none"
    return [
        Violation(option, (values["type"], option, there))
        for option in declared
        if kind is not OTHER and not kind.has(option)
    ]


def _missing(will: RuleValues) -> t.List[Violation]:
    return [
        Violation(option, (will["type"], option))
        for option in _type(will).required
        if not any(said == option or said.startswith(option + ".") for said in will)
    ]


def _several(will: RuleValues) -> t.Any:
    devices = will.get("source.devices", [])
    return will["type"] in _ONE_DEVICE and len(devices) > 1 and [Violation("", (will["type"], len(devices)))]


def _two_servers(will: RuleValues) -> t.Any:
    servers, kind = will.get("source.hosts", []), _type(will)
    one = kind.has("source.hosts") and not kind.cluster
    return one and len(servers) > 1 and [Violation("", (will["type"], len(servers)))]


def _misnamed(iscsi: bool) -> t.Callable[[RuleValues], t.Any]:
    def broken(will: RuleValues) -> t.List[Violation]:
        wrong = [device for device in will.get("source.devices", []) if device.startswith("/") == iscsi]
        return [Violation("", (device,)) for device in wrong if (will["type"] in _ISCSI) == iscsi]

    return broken


def _no_nfs(will: RuleValues) -> t.Any:
    system = will.get("source.format")
    return will.get("source.protocol_version") and system not in (None, "auto", "nfs") and system


def _adapter(will: RuleValues) -> t.Optional[str]:
    return will.get(_ADAPTER + "type") if will["type"] == "scsi" else None


def _of_other_adapter(will: RuleValues) -> t.List[Violation]:
    kind = _adapter(will)
    options = {"scsi_host": _FC_HOST, "fc_host": _SCSI_HOST}.get(kind or "", ())
    return [Violation(option, (kind, option)) for option in options if _ADAPTER + option in will.declared]


def _known(will: RuleValues, *options: str) -> bool:
    return all(will.get(_ADAPTER + option) is not None for option in options)


def _will(broken: t.Callable[[RuleValues], t.Any], at: str, what: str, remedy: str) -> Rule:
    return Rule(broken, at, what, remedy, DEFINITION)


RULES: t.Tuple[Rule, ...] = (
    Rule(lambda will: "type" not in will, "type", "a new pool needs a type", f"Use one of {', '.join(TYPES)}", NEW),
    Rule(_missing, "", "a new pool of type {0} needs {1}", "Add it", NEW),
    Rule(lambda pool: _foreign(pool, pool), "", "a pool of type {0} has no {1}", "Remove it; there are {2}"),
    _will(lambda will: _foreign(will, will.declared), "", "a pool of type {0} has no {1}", "Remove it; there are {2}"),
    _will(_several, "source.devices", "a pool of type {0} is on one device", "Keep one of the {1}"),
    each_once("source.hosts"),
    Rule(lambda pool: pool.get("source.hosts") == [], "source.hosts", "a pool is on a server at least", "Name it"),
    _will(_two_servers, "source.hosts", "a pool of type {0} is on one server", "Keep one of the {1}"),
    _will(
        _misnamed(iscsi=True),
        "source.devices",
        "'{0}' is not the name of an iSCSI target",
        "Write it such as iqn.2013-06.com.example:disks",
    ),
    _will(_misnamed(iscsi=False), "source.devices", "'{0}' is not an absolute path", "Write it such as /dev/vdb"),
    _will(_no_nfs, "source.protocol_version", "{0} has no protocol_version", "Remove it; it is for nfs"),
    *logins.rules("source.auth", DEFINITION),
    _will(
        lambda will: will["type"] == "scsi" and not _adapter(will),
        _ADAPTER + "type",
        "an adapter has a type",
        "Add scsi_host or fc_host",
    ),
    _will(
        _of_other_adapter,
        _ADAPTER.rstrip("."),
        "an adapter of type {0} has no {1}",
        "Remove it, or use the other type",
    ),
    _will(
        lambda will: _adapter(will) == "fc_host" and not _known(will, "wwnn", "wwpn"),
        _ADAPTER + "wwnn",
        "an adapter of type fc_host is identified by wwnn and wwpn",
        "Give both",
    ),
    _will(
        lambda will: (
            _adapter(will) == "scsi_host" and not _known(will, "name") and not _known(will, "address", "unique_id")
        ),
        _ADAPTER + "name",
        "an adapter of type scsi_host is identified by its name, or by address and unique_id",
        "Give one of the two",
    ),
)


def references(want: Want) -> t.Iterator[Reference]:
    """The secret that the pool logs in with, where it says of which usage that is."""
    kind = _type(want.values)
    if kind.secret:
        yield from reference(want, "source.auth.secret", kind.secret)
