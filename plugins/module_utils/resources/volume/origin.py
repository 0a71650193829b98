# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a declared volume is made of: content, a copy, a backing volume or a seed; the rules for it. Pure."""

from __future__ import annotations

import typing as t
from urllib.parse import unquote, urlsplit

from ...content.checksum import Checksum
from ...content.source import Source, parse_source
from ...errors import FleetError, Refused
from ..base import Key, Reference, Want, World
from ..images import Chain
from . import incomplete, options
from .location import volume_location
from .overlays import is_on
from .seed_data import seed_data
from .state import VolumeState


def check(want: Want) -> None:
    """Whether its content is something that can be had. :raises InvalidOption: naming the option to change."""
    source(want)
    if want.params.get("seed"):
        seed_data(want.params["seed"], want.key[1], want.at("seed"))


def source(want: Want) -> t.Optional[Source]:
    """The declared content, if it is that of a URL or a file."""
    stated = want.params.get("source") or {}
    if not stated or stated.get("volume"):
        return None
    try:
        return parse_source(stated.get("url"), stated.get("path"), stated.get("checksum"))
    except FleetError as exc:
        raise exc.below(want.at("source")) from exc.__cause__


def backing_key(want: Want) -> t.Optional[t.Tuple[str, str]]:
    """Pool and name of the volume that it is based on, if any."""
    name = want.params.get("backing")
    return (want.params.get("backing_pool") or want.key[0], name) if name else None


def copied_key(want: Want) -> t.Optional[t.Tuple[str, str]]:
    """Pool and name of the volume that it is a copy of, if any."""
    stated = want.params.get("source") or {}
    return (stated.get("pool") or want.key[0], stated["volume"]) if stated.get("volume") else None


def copied_path(want: Want) -> t.Optional[str]:
    """The file of this host that it is a copy of, if any."""
    stated = want.params.get("source") or {}
    url = stated.get("url") or ""
    return stated.get("path") or (unquote(urlsplit(url).path) if url.startswith("file:") else None)


def backing(want: Want) -> Reference:
    """The volume that it is based on; there has to be one."""
    return Reference("volume", t.cast(Key, backing_key(want)), want.at("backing"), lasting=False)


def copied(want: Want) -> Reference:
    """The volume that it is a copy of; there has to be one."""
    return Reference("volume", t.cast(Key, copied_key(want)), want.at("source.volume"), lasting=False)


def references(want: Want) -> t.Iterator[Reference]:
    """Everything that it refers to."""
    yield Reference("pool", want.key[0], want.at("pool"))
    if want.params.get("backing"):
        yield Reference("pool", backing(want).key[0], want.at("backing"))
        yield backing(want)
    if copied_key(want) is not None:
        yield Reference("pool", copied(want).key[0], want.at("source.volume"), lasting=False)
        yield copied(want)
    yield from options.references(want)


def refuse_other_kinds(want: Want, world: World, state: VolumeState) -> None:
    """:raises Refused: what the volume was made as is not what is declared."""
    base_key = backing_key(want)
    differing = []
    if want.values.get("format", state.format) != state.format:
        differing.append(("format", state.format, want.values["format"]))
    base = volume_location(world, backing(want)) if base_key is not None else None
    if base_key is not None and base is not None and not _is_based_on(world, state, base.path):
        differing.append(("backing", state.backing or "none", "/".join(base_key)))
    for option, before, after in differing:
        raise Refused(
            f"it is {before} and cannot be changed to {after} in place",
            where=want.at(option),
            remedy="Declare what is there, make a new volume under another name, or make it absent first",
        )


def _is_based_on(world: World, state: VolumeState, path: str) -> bool:
    """On that image, or on overlays of it."""
    if path == state.backing:
        return True
    chain, place = world.images.below(state.path, state.format), world.host.place(path)
    below = Chain(chain.links[1:])
    return below.position(place) == 0 or is_on(world, below, place)


def refuse_other_content(want: Want, world: World, state: VolumeState) -> t.Tuple[str, ...]:
    """Compares what the volume was made of with what is declared. Returns a warning where nobody knows.

    :raises Refused: it was made of something else.
    """
    content, copied = source(want), copied_key(want)
    record = state.content
    if record is None:
        begun = incomplete.recorded(world.host.unfinished, state.pool, state.name) or {}
        of = str(content) if content is not None else "/".join(copied or ())
        unknown = of and world.local and not begun.get("source")  # else it is recorded at the end
        return (_UNKNOWN.format(want.name, of),) if unknown else ()
    declared = content.checksum if content is not None else None
    comparable = isinstance(declared, Checksum) and (record.checksum or "").partition(":")[0] == declared.algorithm
    if comparable and record.checksum != str(declared):
        _refuse_content(want, f"content with {record.checksum}", "source.checksum", _ANEW)
    made_of = str(content) if content is not None else "/".join(copied) if copied is not None else record.source
    if not comparable and made_of != record.source:
        same = f"If the content is the same, declare checksum: {record.checksum}; else " if record.checksum else ""
        remedy = same + (_ANEW[0].lower() + _ANEW[1:] if same else _ANEW)
        _refuse_content(want, f"'{record.source}'", "source", remedy)
    return ()


_ANEW = "Give the new content a new name, or make the volume absent first"
_UNKNOWN = (
    "Volume '{0}' is there, and nobody knows whether it was made of '{1}'. If it was not, make it absent first, or "
    "choose another name"
)


def _refuse_content(want: Want, made_of: str, option: str, remedy: str) -> t.NoReturn:
    raise Refused(
        f"the volume was made of {made_of}, and its content is never replaced", where=want.at(option), remedy=remedy
    )
