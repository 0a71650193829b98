# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a pool, and what else it refers to. Pure."""

from __future__ import annotations

import typing as t

from ...errors import InvalidOption
from ...xml.table import Desired
from ..base import Reference, Want
from ..secret.references import reference
from ..shared import rule, secrets
from .types import OTHER, TYPES

_FC_HOST = ("wwnn", "wwpn", "parent", "parent_wwnn", "parent_wwpn", "parent_fabric_wwn", "managed")
_SCSI_HOST = ("name", "address", "unique_id")


#: Who logs in, and with which secret.
_LOGIN = (
    rule.Rule(
        lambda values: values.get("source.auth.username") and not secrets.said(values, "source.auth.secret"),
        "source.auth.secret",
        "a user without a secret cannot log in",
        "Give the usage or the uuid of the secret that has the password",
    ),
    rule.Rule(
        lambda values: secrets.said(values, "source.auth.secret") and not values.get("source.auth.username"),
        "source.auth.username",
        "a secret without a user logs nobody in",
        "Name the user",
    ),
)


def check_options(want: Want) -> None:
    """What contradicts itself whatever is there. :raises InvalidOption: naming the option to change."""
    if "type" in want.values:
        kind = TYPES[want.values["type"]]
        for option in want.values:
            if not kind.has(option):
                raise InvalidOption(
                    f"a pool of type {want.values['type']} has no {option}",
                    where=want.at(option),
                    remedy=f"Remove it; there are {', '.join(kind.required + kind.allowed) or 'none'}",
                )
    rule.check((secrets.one_secret("source.auth.secret", lambda _values: False, "password"),), want.values, want.at)


def check_definition(want: Want, type_name: str, values: Desired) -> None:
    """What contradicts itself in the definition to come; ``values`` are all that it says.

    :raises InvalidOption: naming the option to change.
    """
    kind = TYPES.get(type_name, OTHER)
    for option in want.values:  # the type need not be declared for a pool that is there
        if kind is not OTHER and not kind.has(option):
            raise InvalidOption(
                f"a pool of type {type_name} has no {option}", where=want.at(option), remedy="Remove it"
            )
    devices = values.get("source.devices", [])
    if type_name in ("fs", "disk", "iscsi", "iscsi-direct") and len(devices) > 1:
        raise InvalidOption(
            f"a pool of type {type_name} is on one device",
            where=want.at("source.devices"),
            remedy=f"Keep one of the {len(devices)}",
        )
    iscsi = type_name in ("iscsi", "iscsi-direct")
    for device in devices:
        if device.startswith("/") == iscsi:
            raise InvalidOption(
                f"'{device}' is not {'the name of an iSCSI target' if iscsi else 'an absolute path'}",
                where=want.at("source.devices"),
                remedy="Write it such as {0}".format("iqn.2013-06.com.example:disks" if iscsi else "/dev/vdb"),
            )
    protocol, file_system = values.get("source.protocol_version"), values.get("source.format")
    if protocol and file_system not in (None, "auto", "nfs"):
        raise InvalidOption(
            f"{file_system} has no protocol_version",
            where=want.at("source.protocol_version"),
            remedy="Remove it; it is for nfs",
        )
    rule.check(_LOGIN, values, want.at)
    if type_name == "scsi":
        _check_adapter(want, values)


def _check_adapter(want: Want, values: Desired) -> None:
    kind = values.get("source.adapter.type")
    if kind is None:
        raise InvalidOption(
            "an adapter has a type", where=want.at("source.adapter.type"), remedy="Add scsi_host or fc_host"
        )
    for option in _FC_HOST if kind == "scsi_host" else _SCSI_HOST:
        if "source.adapter." + option in want.values:
            raise InvalidOption(
                f"an adapter of type {kind} has no {option}",
                where=want.at("source.adapter." + option),
                remedy="Remove it, or use the other type",
            )
    given = {option for option in _FC_HOST + _SCSI_HOST if values.get("source.adapter." + option) is not None}
    if kind == "fc_host" and not {"wwnn", "wwpn"} <= given:
        raise InvalidOption(
            "an adapter of type fc_host is told by wwnn and wwpn",
            where=want.at("source.adapter.wwnn"),
            remedy="Give both",
        )
    if kind == "scsi_host" and "name" not in given and not {"address", "unique_id"} <= given:
        raise InvalidOption(
            "an adapter of type scsi_host is told by its name, or by address and unique_id",
            where=want.at("source.adapter.name"),
            remedy="Give one of the two",
        )


def references(want: Want) -> t.Iterator[Reference]:
    """The secret that the pool logs in with, where it says of which usage that is."""
    kind = TYPES.get(want.values.get("type", ""), OTHER)
    if kind.secret:
        yield from reference(want, "source.auth.secret", kind.secret)
