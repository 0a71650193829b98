# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of a volume, before its pool is looked at. Pure."""

from __future__ import annotations

import typing as t

from ...rule import NEW, Rule, Values, Violation, starts
from ..shared.secrets import one_secret
from .table import TABLE

#: What a volume can be made of.
ORIGINS = ("source", "backing", "seed")
#: Options that a volume of each origin does not have: what it is made of has them, or it is made elsewhere.
_WITHOUT: t.Dict[str, t.Tuple[str, ...]] = {
    "source": ("encryption", "nocow", "permissions.label", "xml"),
    "backing": ("encryption",),
    "seed": ("preallocation", "xml", *(entry.option for entry in TABLE)),
}


def _is_from(volume: Values, origin: str) -> bool:
    return bool(volume.get(origin)) or starts(volume, origin + ".")


def _origins(volume: Values) -> t.List[str]:
    return [origin for origin in ORIGINS if _is_from(volume, origin)]


def _two_origins(volume: Values) -> t.List[Violation]:
    origins = _origins(volume)
    return [Violation(origins[1], (" and ".join(origins),))] if len(origins) > 1 else []


def _own(volume: Values) -> t.List[Violation]:
    return [
        Violation(option, (option,))
        for option in ("capacity", "format")
        if _is_from(volume, "seed") and option in volume
    ]


def _foreign(volume: Values) -> t.List[Violation]:
    return [
        Violation(option, (origin, option))
        for origin in _origins(volume)
        for refused in _WITHOUT[origin]
        for option in volume
        if (option == refused or option.startswith(refused + ".")) and option not in ("capacity", "format")
    ]


def _sources(volume: Values) -> int:
    return sum(bool(volume.get("source." + name)) for name in ("url", "path", "volume"))


def _bad_name(volume: Values) -> t.Any:
    pool = volume["pool"]
    return (not pool.strip() or "/" in pool) and [Violation("", (pool,))]


def _old(volume: Values) -> t.List[Violation]:
    newer = [option for option in ("lazy_refcounts", "extended_l2") if volume.get(option)]
    return [Violation("", (option,)) for option in newer if volume.get("compat") == "0.10"]


def _cipher(volume: Values) -> t.List[str]:
    return [option for option in volume if option.startswith("encryption.cipher.")]


RULES: t.Tuple[Rule, ...] = (
    Rule(_bad_name, "pool", "'{0}' cannot be a name", "Name a pool"),
    Rule(_two_origins, "", "a volume has one source, not {0}", "Keep one of them"),
    Rule(_own, "", "a seed has a {0} of its own", "Remove {0}"),
    Rule(
        lambda volume: volume.get("backing_pool") and not volume.get("backing"),
        "backing_pool",
        "backing_pool needs backing",
        "Add it",
    ),
    Rule(
        lambda volume: volume.get("capacity") == 0, "capacity", "a capacity of 0 is not possible", "Declare more than 0"
    ),
    Rule(
        lambda volume: not _origins(volume) and "capacity" not in volume,
        "capacity",
        "a new empty volume needs a capacity",
        "Add one, such as 20GiB",
        NEW,
    ),
    Rule(
        lambda volume: (
            volume.get("preallocation", "off") != "off" and volume.get("backing") and not volume.get("extended_l2")
        ),
        "preallocation",
        "preallocation would hide the content of the backing volume",
        "Remove it, or use extended_l2",
    ),
    Rule(
        lambda volume: _is_from(volume, "source") and _sources(volume) != 1,
        "source",
        "a source is one of url, path and volume",
        "Give exactly one of them",
    ),
    Rule(
        lambda volume: volume.get("source.volume") and volume.get("source.checksum"),
        "source.checksum",
        "the copy of a volume has no checksum",
        "Remove it",
    ),
    Rule(
        lambda volume: volume.get("source.pool") and not volume.get("source.volume"),
        "source.volume",
        "a source in a pool is a volume of it",
        "Add volume, or remove pool",
    ),
    Rule(_old, "compat", "{0} is not supported by the old version of qcow2", "Use 1.1"),
    Rule(
        lambda volume: volume.get("extended_l2") and volume.get("cluster_size", 2**16) < 2**14,
        "cluster_size",
        "clusters of less than 16KiB have no subclusters",
        "Use 16KiB or more",
    ),
    one_secret("encryption.secret", lambda volume: starts(volume, "encryption."), "passphrase"),
    Rule(
        lambda volume: (
            _cipher(volume) and not {"encryption.cipher.name", "encryption.cipher.size"} <= {*_cipher(volume)}
        ),
        "encryption.cipher",
        "a cipher has a name and a size",
        "Give both",
    ),
    Rule(
        lambda volume: "encryption.ivgen.name" in volume and not _cipher(volume),
        "encryption.cipher",
        "ivgen goes with a cipher",
        "Add it",
    ),
    Rule(_foreign, "", "a volume with {0} has no {1}", "Remove it"),
)
