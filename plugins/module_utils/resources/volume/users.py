# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who needs a volume: domains with a disk on it, and images that are based on it; of the host, and of the document."""

from __future__ import annotations

import typing as t

from ...xml import merge
from ...xml.table import Desired
from ..base import Key, Want, World
from ..images import File, Link
from ..named import paths_of_values
from ..storage import Place
from . import origin
from .location import pool_after
from .state import VolumeState


def place(world: World, state: VolumeState) -> Place:
    """What identifies a volume among all images."""
    return t.cast(Place, world.images.place_of_disk(disk_on(world, state)))


def disk_on(world: World, state: VolumeState) -> Desired:
    """What a disk on a volume says of that."""
    pool = pool_after(world, state.pool)
    return pool.location(state.name, state.format).disk if pool is not None and pool.type.disk else {"file": state.path}


def users(
    world: World, where: Place, ignored: t.AbstractSet[Place] = frozenset(), at_the_end: bool = False
) -> t.List[str]:
    """Domains, their snapshots and volumes, such as ``domain web1``, that need an image and are not going in the same
    document.

    ``ignored`` are images that go with it. ``at_the_end``: when all is done that comes or stays, and domains have let
    go of what they are declared not to have any more. Their snapshots have not.
    """
    needs: t.Dict[str, t.Optional[str]] = {name: "domain " + name for name in domains_with(world, where)}
    if at_the_end:
        from ..domain import after  # which plans domains, and they ask for volumes

        needs = {name: after.need(world, name, where) for name in needs}
    found = {text for text in needs.values() if text}
    for domain, name in world.images.snapshots_with(where):
        if not needs.get(domain) and not gone(world, "domain", domain):  # else they go with it
            found.add(f"snapshot {domain}/{name}")
    for file in world.images.files_on(where):
        if file.place not in ignored and not any(gone(world, "volume", key) for key in file.volumes):
            found.add(str(file))
    return sorted(found | set(_declared_users(world, where)))


def domains_with(world: World, where: Place) -> t.List[str]:
    """Those that have an image now, and do not go themselves."""
    return [name for name in world.images.domains_with(where) if not gone(world, "domain", name)]


def writers(world: World, where: Place) -> t.List[str]:
    """Domains that run with an image and may be writing to it, and stay."""
    return sorted(
        {
            disk.domain
            for disk in world.images.disks
            if disk.runs and disk.is_written(where) and not gone(world, "domain", disk.domain)
        }
    )


def running(world: World, where: Place) -> t.List[str]:
    """Domains that run with an image."""
    disks = (disk for disk in world.images.disks if disk.runs)
    return sorted({disk.domain for disk in disks if any(where in chain.places for chain in disk.chains)})


def based_on(world: World, link: Link, ignored: t.AbstractSet[Place] = frozenset()) -> t.List[str]:
    """The images directly above one but those ``ignored``: ``volume data/web1.qcow2``, ``'/srv/web1.nightly'``."""
    where, files = link.place, world.images.files_on(link.place)
    found = {file.place: str(file) for file in files if not is_left_over(world, file, link.name)}
    for chain in (chain for disk in world.images.disks for chain in disk.chains):
        position = chain.position(where)
        if position:
            above = chain.links[position - 1]
            found.setdefault(above.place, f"'{above.name}'")
    return sorted(text for place_above, text in found.items() if place_above not in ignored)


def is_left_over(world: World, file: File, base: str) -> bool:
    """Whether an image that no domain has and nobody declared was overtaken by its base: a running guest writes to
    that, as after a merge that left the overlay behind, and so what the image holds is of no use any more.

    That the base has been written to since does not suffice: it may have been grown, or copied with another time.
    """
    if world.images.domains_with(file.place) or any(world.want("volume", key) for key in file.volumes):
        return False
    then, now = world.host.written(file.path), world.host.written(base)
    return then is not None and now is not None and then < now and bool(writers(world, world.host.place(base)))


def gone(world: World, kind: str, key: Key) -> bool:
    """Whether it is declared absent."""
    want = world.want(kind, key)
    return want is not None and want.absent


def declared_clones(world: World, where: Place) -> t.List[str]:
    """The declared volumes that are, or will be, directly based on an image."""
    return _declared(world, "backing").get(where, [])


def _declared_users(world: World, where: Place) -> t.List[str]:
    return [user for need in ("disk", "backing", "copy") for user in _declared(world, need).get(where, [])]


def _declared(world: World, need: str) -> t.Mapping[Place, t.List[str]]:
    """Who in the document needs what, and stays: of a thousand objects each is asked where it is once."""
    return t.cast(t.Mapping[Place, t.List[str]], world.once(("needs", need), lambda: _needs(world, need)))


def _needs(world: World, need: str) -> t.Dict[Place, t.List[str]]:
    found: t.Dict[Place, t.List[str]] = {}
    for want in world.declared.get("domain" if need == "disk" else "volume", {}).values():
        for where in set() if want.absent else {*_needed(world, want, need)}:
            if where is not None:
                found.setdefault(where, []).append(f"{want.kind} {want.name}")
    return found


def _needed(world: World, want: Want, need: str) -> t.Iterator[t.Optional[Place]]:
    """With all that is below: the domain or volume may be a new one, of which the host knows nothing yet."""
    if need == "disk":
        for disk in want.values.get("disks", ()):
            if disk.get("volume"):
                yield from _of_volume(world, (disk["pool"], disk["volume"]), disk.get("format"))
            else:
                yield world.images.place_of_disk(disk)
                path = disk.get("file") or disk.get("block")
                yield from world.images.below(path, disk.get("format")).places if path else ()
        for path in paths_of_values(want.values):  # a kernel, UEFI variables, the file of a port
            yield world.host.place(path)
        yield from _named_in_xml(world, want)
        return
    key = origin.backing_key(want) if need == "backing" else origin.copied_key(want)
    if key is not None:
        yield from _of_volume(world, key, None)
    path = origin.copied_path(want) if need == "copy" else None
    yield from world.images.below(path).places if path else ()


def _of_volume(world: World, key: Key, image_format: t.Optional[str]) -> t.Iterator[t.Optional[Place]]:
    yield place_of_key(world, key)
    pool = pool_after(world, key[0])
    if pool is not None and pool.type.named:
        yield from world.images.below(pool.path(key[1]), image_format).places


def _named_in_xml(world: World, want: Want) -> t.Iterator[t.Optional[Place]]:
    """What a domain is declared to have in ``xml``: its disks, and whatever else is named by its path."""
    if not want.params.get("xml"):
        return
    stated = merge.partial(want.params["xml"], "domain", want.name, want.where)
    yield from world.images.named_in(stated)
    for disk in stated.iterfind("devices/disk"):
        yield from world.images.chain(disk).places
        source = disk.find("source")
        pool, volume = (None, None) if source is None else (source.get("pool"), source.get("volume"))
        if pool and volume:
            yield from _of_volume(world, (pool, volume), None)


def place_of_key(world: World, key: Key) -> t.Optional[Place]:
    """Where the volume of that pool and name is, or will be; ``None``: nobody can say."""
    pool = pool_after(world, key[0])
    if pool is not None and pool.type.named:
        return world.host.place(pool.path(key[1]))
    return world.images.place_of(*key)
