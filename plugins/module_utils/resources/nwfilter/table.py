# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of network filters (https://libvirt.org/formatnwfilter.html). Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...diff import LIVE, RECREATE
from ...xml.table import Items, Prop
from ...xml.types import INT, STR, TEXT, UUID, Type, choice
from ..shared.filters import parameters
from .match import ANY, MATCH, PROTOCOLS, CommentType, ProtocolType


def _with_default(of: Type, default: object) -> Type:
    """A rule is declared as a whole: what is not said is libvirt's default, and not what happens to be there."""
    return dataclasses.replace(of, spec=dict(of.spec, default=default))


def _label(item: t.Mapping[str, t.Any]) -> str:
    texts = [item.get("direction", ""), item.get("protocol", "")]
    texts += [f"{name}={text}" for name, text in item.get("match", {}).items()]
    texts += [f"{name}!={text}" for name, text in item.get("match_not", {}).items()]
    return " ".join(texts)


FILTERREFS = Items(
    "filterrefs",
    "filterref",
    (Prop("filter", "@filter", STR, LIVE, required=True), parameters("parameters", "parameter")),
    identity=(("filter",),),
    apply=LIVE,
    ordered=True,
)

FILTER_RULES = Items(
    "rules",
    "rule",
    (
        Prop("action", "@action", choice("accept", "drop", "reject", "return", "continue"), LIVE, required=True),
        Prop("direction", "@direction", choice("in", "out", "inout"), LIVE, required=True),
        Prop("priority", "@priority", _with_default(INT, 500), LIVE, absent=500),
        Prop(
            "statematch",
            "@statematch",
            Type(
                {"type": "bool", "default": True},
                load=lambda text: text not in ("0", "false"),
                dump=lambda value: "true" if value else "false",
                parse=bool,
            ),
            LIVE,
            absent=True,
        ),
        Prop("protocol", ".", ProtocolType({"type": "str", "choices": list(PROTOCOLS), "default": ANY}), LIVE),
        Prop("match", "yes", MATCH, LIVE),
        Prop("match_not", "no", MATCH, LIVE),
        Prop("comment", "comment", CommentType(dict(TEXT.spec, default=""), TEXT.parse, show=TEXT.show), LIVE),
    ),
    identity=(("direction", "protocol", "match", "match_not"),),
    apply=LIVE,
    label=_label,
    ordered=True,
)

TABLE = (
    Prop("uuid", "uuid", UUID, RECREATE),
    Prop("chain", "@chain", STR, LIVE, absent="root"),
    Prop("priority", "@priority", INT, LIVE),
    FILTERREFS,
    FILTER_RULES,
)
