# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an option refers to one of libvirt's secrets: by its usage or by its UUID (https://libvirt.org/formatsecret.html).

Pure.
"""

from __future__ import annotations

import typing as t

from ...diff import RESTART
from ...rule import Rule
from ...xml.table import Desired, Prop, Table
from ...xml.types import STR, UUID


def secret(option: str, place: str, apply: str = RESTART, **holds: str) -> Table:
    """``option``: a reference to a secret in the element at ``place``. ``holds`` are attributes that it has besides."""
    fixed = {f"{place}/@{name}": text for name, text in holds.items()}
    return tuple(
        Prop(
            f"{option}.{name}",
            f"{place}/@{name}",
            type_,
            apply,
            holds={**fixed, f"{place}/@{other}": None},
        )
        for name, other, type_ in (("usage", "uuid", STR), ("uuid", "usage", UUID))
    )


def said(item: t.Mapping[str, t.Any], option: str) -> int:
    """In how many ways a secret is named: it has to be one."""
    return sum(bool(item.get(f"{option}.{name}")) for name in ("usage", "uuid"))


def one_secret(option: str, needed: t.Callable[[Desired], t.Any], word: str) -> Rule:
    """A secret that is ``needed`` is named, and none is named twice. ``word`` says what is in it."""
    return Rule(
        lambda item: said(item, option) > 1 or (needed(item) and not said(item, option)),
        option,
        f"the secret with the {word} is identified by its usage or by its uuid",
        "Declare one of the two",
    )
