# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a network interface. Pure."""

from __future__ import annotations

import typing as t

from ....rule import Rule, is_false, needs, only_with, starts
from ....xml.table import Desired
from ...shared.ports import RULES as PORT_RULES
from .common import long_socket
from .interfaces import SOURCES


def _connections(interface: Desired) -> t.List[str]:
    return [option for option in SOURCES if interface.get(option)]


def _several(interface: Desired) -> str:
    sources = _connections(interface)
    return " and ".join(sources) if len(sources) > 1 else ""


INTERFACE_RULES: t.Tuple[Rule, ...] = (
    Rule(_several, "", "an interface has one source, not {0}", "Keep one of them"),
    Rule(
        lambda one: not _connections(one),
        "",
        "this interface has no source",
        "Add network, bridge, direct, user, ethernet, hostdev, vdpa or vhost_user",
    ),
    is_false("user"),
    is_false("ethernet"),
    only_with("portgroup", "network"),
    only_with("direct_mode", "direct"),
    only_with("managed", "hostdev"),
    only_with("target_managed", "ethernet"),
    only_with("backend.type", "user"),
    only_with("port_forwards", "backend.type"),
    only_with("backend.log_file", "backend.type"),
    needs("vhost_user.path", "vhost_user"),
    needs("vhost_user.mode", "vhost_user"),
    long_socket("vhost_user.path", longest=108),
    Rule(
        lambda one: not one.get("network") and starts(one, "virtualport.") and one.get("virtualport.type") is None,
        "virtualport",
        "type is missing",
        "Declare it; only on a network it can be that of the network",
    ),
    needs("teaming.type", "teaming"),
    Rule(
        lambda one: (one.get("teaming.type") == "transient") != ("teaming.persistent" in one),
        "teaming.persistent",
        "only the transient interface of a team names the persistent one, and it has to",
        "Give it the alias of the persistent interface",
    ),
    Rule(
        lambda one: one.get("filterref.parameters") and not one.get("filterref.filter"),
        "filterref.filter",
        "parameters need a filter",
        "Name the filter",
    ),
    *PORT_RULES,
    Rule(
        lambda one: one.get("vhost_user.path") and one.get("model", "virtio") != "virtio",
        "model",
        "an interface with vhost_user is a virtio one",
        "Leave it out",
    ),
)
