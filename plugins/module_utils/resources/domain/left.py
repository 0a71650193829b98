# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a domain leaves that is to go after it: recorded before its definition goes, which names it.

The definition goes first: should libvirt refuse that, nothing is lost. What is recorded is struck off as it is removed,
by whichever part of the document; a later run with the same declaration goes on with the rest, as far as that is still
there and nobody else needs it by now. What is remembered of the snapshots of the domain goes in any case.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import typing as t

from ...connection import find
from .. import file_identity, unfinished
from ..base import Session, World
from ..images import Link
from ..snapshot import records as snapshot_records
from ..storage import Place
from ..volume import users

STEP = "removal"
#: Domains that go at the same time may leave the same.
_LOCK = threading.Lock()

#: What a record has of a domain, or of a part of what it left.
Data = t.Mapping[str, t.Any]


class Volume(t.NamedTuple):
    """A volume that goes, and the path of its image."""

    pool: str
    name: str
    path: str


class Part(t.NamedTuple):
    """Volumes that go together, such as the images of a disk, the one that is written to first.

    ``option`` is what a change calls it.
    """

    option: str
    volumes: t.Tuple[Volume, ...]


class File(t.NamedTuple):
    """A file of this machine that goes and is no volume."""

    option: str
    path: str


@dataclasses.dataclass(frozen=True)
class Left:
    """What a domain leaves. ``uuid``: of the domain, if some of its ``snapshots`` are remembered."""

    parts: t.Tuple[Part, ...] = ()
    files: t.Tuple[File, ...] = ()
    uuid: str = ""
    snapshots: t.Tuple[str, ...] = ()


@contextlib.contextmanager
def leaving(session: Session, domain: str, left: t.Optional[Left]) -> t.Iterator[None]:
    """Within it the domain goes; ``None``: not yet. What an older run has recorded of one of this name is to stay."""
    if left is None:
        yield
        return
    forget(session, domain)
    parts = [
        {"option": part.option, "volumes": [_volume(one, session.local) for one in part.volumes]} for part in left.parts
    ]
    files = [{"option": one.option, "path": one.path, "inode": file_identity.of(one.path)} for one in left.files]
    data = {"parts": parts, "files": files, "uuid": left.uuid, "snapshots": list(left.snapshots)}
    with _LOCK:
        _write(session, domain, data)
    yield
    settle(session, domain)


def forget(session: Session, domain: str) -> None:
    """Nothing that is recorded goes any more: the domain is made anew, and it is its own again."""
    with _LOCK:
        data = unfinished.steps(session.uri).get((STEP, domain))
        if data is not None:
            there = find(session.connection.lookupByName, domain)
            if there is None or there.UUIDString() != data.get("uuid"):
                _forget_snapshots(session, data)
            unfinished.end(session.uri, STEP, domain)


def settle(session: Session, domain: str, names: t.Collection[str] = ()) -> None:
    """The domain has gone. Of what it left ``names`` stay, or have gone already."""
    with _LOCK:
        steps = unfinished.steps(session.uri)
        for step in _of_snapshots(steps, domain):
            unfinished.end(session.uri, *step)
        data = steps.get((STEP, domain))
        if data is not None:
            _forget_snapshots(session, data)
            _keep(session, domain, data, names, ())


def strike(session: Session, names: t.Collection[str]) -> None:
    """``names`` have been removed: no domain has left them any more."""
    with _LOCK:
        for (step, domain), data in unfinished.steps(session.uri).items():
            if step == STEP and names:
                _keep(session, domain, data, names, data.get("snapshots", ()))


def name_of(volume: t.Tuple[str, str]) -> str:
    """What a volume, by its pool and name, is called in a record; a file is by its path."""
    return "/".join(volume)


def names_in(data: Data) -> t.List[str]:
    """All volumes and files that are recorded."""
    return [*(_name(one) for part in _parts(data) for one in part["volumes"]), *map(_name, data.get("files", ()))]


def recorded(world: World, domain: str) -> t.Optional[Data]:
    """What a domain that is to go, and has gone, has left when it did; ``None``: nothing."""
    want = world.want("domain", domain)
    going = want is not None and want.absent and world.state("domain", domain) is None
    return world.host.unfinished.get((STEP, domain)) if going else None


def of_snapshots(world: World, domain: str) -> bool:
    """Whether anything is remembered of the snapshots of a domain that has gone."""
    return bool((recorded(world, domain) or {}).get("snapshots")) or any(_of_snapshots(world.host.unfinished, domain))


def pool_down(world: World, data: Data) -> t.Optional[str]:
    """One of the volumes that are recorded whose pool is there and not active."""
    volumes = [one for part in _parts(data) for one in part["volumes"]]
    return next((_name(one) for one in volumes if world.host.pool_runs(one["pool"]) is False), None)


def parts(world: World, domain: str) -> t.List[t.Tuple[str, t.Dict[t.Tuple[str, str], Link]]]:
    """Of each part that was recorded what a change calls it, and the volumes that are still there, and the same."""
    data = recorded(world, domain)
    return [] if data is None else world.once(("left", domain), lambda: list(_there(world, data)))


def files(world: World, domain: str) -> t.List[File]:
    """The files that were recorded and are still there, and the same."""
    found = (recorded(world, domain) or {}).get("files", ())
    there = [one for one in found if not world.host.is_missing(one["path"])]
    return [File(one["option"], one["path"]) for one in there if file_identity.is_of(one["inode"], one["path"])]


def domains_with(world: World, place: Place) -> t.AbstractSet[str]:
    """The domains that have left what is at a place."""
    return t.cast(t.Mapping[Place, t.Set[str]], world.once("left by", lambda: _by_place(world))).get(place, set())


def _by_place(world: World) -> t.Dict[Place, t.Set[str]]:
    found: t.Dict[Place, t.Set[str]] = {}
    for domain in t.cast(t.Iterable[str], world.declared.get("domain", {})):
        for _option, volumes in parts(world, domain):
            for link in volumes.values():
                found.setdefault(link.place, set()).add(domain)
    return found


def _there(world: World, data: Data) -> t.Iterator[t.Tuple[str, t.Dict[t.Tuple[str, str], Link]]]:
    for part in _parts(data):
        found = {}
        for one in part["volumes"]:
            key = (one["pool"], one["volume"])
            place = users.place_of_key(world, key)
            same = place is not None and file_identity.is_of(one["inode"], one["path"] if world.local else "")
            if place is not None and same and key in world.images.volumes_at(place):
                found[key] = Link(place, one["path"], None)
        yield part["option"], found


def _parts(data: Data) -> t.Sequence[Data]:
    """Version 0.1.0 recorded the volumes one by one."""
    one_by_one = [{"option": "volumes", "volumes": [one]} for one in data.get("volumes", ())]
    return t.cast(t.Sequence[Data], data.get("parts", one_by_one))


def _keep(session: Session, domain: str, data: Data, without: t.Collection[str], snapshots: t.Collection[str]) -> None:
    """What is recorded of a domain but what is named, and of its snapshots these."""
    volumes = [(part, [one for one in part["volumes"] if _name(one) not in without]) for part in _parts(data)]
    kept = {
        "parts": [{"option": part["option"], "volumes": left} for part, left in volumes if left],
        "files": [one for one in data.get("files", ()) if _name(one) not in without],
        "uuid": data.get("uuid", ""),
        "snapshots": list(snapshots),
    }
    if kept != {name: data.get(name) for name in kept}:
        _write(session, domain, kept)


def _write(session: Session, domain: str, data: Data) -> None:
    if _is_any(data):
        unfinished.begin(session.uri, STEP, domain, **data)
    else:
        unfinished.end(session.uri, STEP, domain)


def _is_any(data: Data) -> bool:
    return any(data[name] for name in ("parts", "files", "snapshots"))


def _forget_snapshots(session: Session, data: Data) -> None:
    for snapshot in data.get("snapshots", ()):
        snapshot_records.forget(session.uri, data["uuid"], snapshot)


def _of_snapshots(steps: unfinished.Steps, domain: str) -> t.List[t.Tuple[str, str]]:
    """The removals of snapshots of a domain that have begun."""
    return [key for key, data in steps.items() if key[0] == snapshot_records.REMOVAL and data["domain"] == domain]


def _name(one: Data) -> str:
    """Of a volume or file in a record."""
    return name_of((one["pool"], one["volume"])) if "pool" in one else str(one["path"])


def _volume(one: Volume, local: bool) -> Data:
    inode = file_identity.of(one.path) if local else ""
    return {"pool": one.pool, "volume": one.name, "path": one.path, "inode": inode}
