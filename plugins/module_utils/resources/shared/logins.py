# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login at a server of storage: of a pool, and of a disk that QEMU itself reaches over the network. Pure."""

from __future__ import annotations

import typing as t

from ...rule import DECLARED, Rule
from ...xml.table import Prop, Table
from ...xml.types import TEXT
from .secrets import one_secret, said, secret


def login(option: str, place: str, say_how: t.Callable[[t.Any], None]) -> Table:
    """``option``: a user, none being an empty one, and the secret with the password, in the element at ``place``.

    ``say_how`` writes there what follows from the kind of server: in which way one logs in.
    """
    return (
        Prop(
            option + ".username",
            place + "/@username",
            TEXT,
            absent="",
            drop=place,
            first=lambda root, _user: say_how(root),
        ),
        *secret(option + ".secret", place + "/secret"),
    )


def rules(option: str, scope: str = DECLARED) -> t.Tuple[Rule, ...]:
    """Of what has the options of :func:`login`."""
    user, password = option + ".username", option + ".secret"
    return (
        one_secret(password, lambda _values: False, "password"),
        Rule(
            lambda values: values.get(user) and not said(values, password),
            password,
            "a user without a secret cannot log in",
            "Give the usage or the uuid of the secret that has the password",
            scope,
        ),
        Rule(
            lambda values: said(values, password) and not values.get(user),
            user,
            "a secret without a user is not a login",
            "Name the user",
            scope,
        ),
    )
