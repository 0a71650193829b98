# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a network filter. Pure."""

from __future__ import annotations

import re
import typing as t

from ...rule import Rule, Values, Violation, of
from .match import ANY, PROTOCOLS

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
#: What the names of chains begin with (https://libvirt.org/formatnwfilter.html#filtering-chains).
_CHAINS = ("mac", "stp", "vlan", "arp", "rarp", "ipv4", "ipv6")
_CHAIN = re.compile(f"root|(?=.{{3,12}}$)({'|'.join(_CHAINS)})[A-Za-z0-9_.:-]*")


def _unknown(rule: Values) -> t.List[Violation]:
    """Fields that the protocol does not have."""
    protocol = rule["protocol"]
    known = f"Remove it; there are {', '.join(PROTOCOLS[protocol])}" if protocol != ANY else "Declare the protocol"
    return [
        Violation(option, (protocol, name, known))
        for option in ("match", "match_not")
        for name in rule[option]
        if name not in PROTOCOLS[protocol]
    ]


def _out_of_range(one: Values) -> t.Any:
    return not -1000 <= one.get("priority", 0) <= 1000 and str(one["priority"])


RULES: t.Tuple[Rule, ...] = (
    Rule(
        lambda nwfilter: not _NAME.fullmatch(nwfilter["name"]) and nwfilter["name"],
        "name",
        "'{0}' cannot be the name of a filter",
        "Begin with a letter, and use letters, digits, '.', '_' and '-' only",
    ),
    Rule(
        lambda nwfilter: not _CHAIN.fullmatch(nwfilter.get("chain", "root")) and nwfilter["chain"],
        "chain",
        "'{0}' cannot be a chain",
        f"Use root, or up to 12 characters that begin with one of {', '.join(_CHAINS)}",
    ),
    Rule(_out_of_range, "priority", "{0} is not a priority of a chain", "Use -1000 to 1000"),
    *of(
        "rules",
        (
            Rule(_out_of_range, "priority", "{0} is not a priority", "Use -1000 to 1000"),
            Rule(_unknown, "", "a rule about {0} cannot look at {1}", "{2}"),
            Rule(
                lambda rule: rule["comment"] and rule["protocol"] == ANY,
                "comment",
                "a rule about every protocol has no comment",
                "Remove it",
            ),
        ),
    ),
)
