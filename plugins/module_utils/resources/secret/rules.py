# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a secret. Pure."""

from __future__ import annotations

import typing as t

from ...rule import Rule, Values
from .table import NAMED_BY, NONE


def _nameless(secret: Values) -> t.Any:
    return secret["usage"] != NONE and not secret.get("name") and NAMED_BY[secret["usage"]]


RULES: t.Tuple[Rule, ...] = (
    Rule(
        lambda secret: secret["usage"] == NONE and "name" in secret,
        "name",
        "a secret of no usage has no name",
        "Remove it, or declare the usage",
    ),
    Rule(
        lambda secret: secret["usage"] == NONE and "uuid" not in secret,
        "uuid",
        "a secret of no usage is identified by its UUID only",
        "Choose one, with uuidgen",
    ),
    Rule(_nameless, "name", "the usage name of the secret is missing", "Declare the {0}"),
    Rule(
        lambda secret: secret["usage"] == "volume" and not secret.get("name", "/").startswith("/") and secret["name"],
        "name",
        "'{0}' is not an absolute path",
        "Start it with /",
    ),
    Rule(
        lambda secret: "value" in secret and "value_base64" in secret,
        "value_base64",
        "the value is declared twice",
        "Keep it in one of the two",
    ),
)
