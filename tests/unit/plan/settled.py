# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan leads to, as far as it can be told without libvirt; where something is pending, after a restart."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action
from ansible_collections.kvm.fleet.plugins.module_utils.resources.definition import DefinedState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.kind import DomainState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.operations import RemoveSeed, Rename
from ansible_collections.kvm.fleet.plugins.module_utils.resources.operations import Define, Finish, SetPermissions
from ansible_collections.kvm.fleet.plugins.module_utils.resources.secret.kind import SecretState, SetValue
from ansible_collections.kvm.fleet.plugins.module_utils.resources.snapshot.state import SnapshotState
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume import content
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.location import pool_after, volume_state
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.new import NewVolume
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.operations import Delete, Refresh, Resize
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.records import Record
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.state import VolumeState
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse
from ansible_collections.kvm.fleet.plugins.module_utils.xml import path as xmlpath

from .case_files import Case, edited, secret_state
from .host_facts import HostFacts

GIB = 2**30


def settle(case: Case, actions: t.Sequence[Action]) -> None:
    """Make the world of a case what it should be after the actions."""
    host: HostFacts = t.cast(t.Any, case.world.host)
    seeds_gone = [action.operation for action in actions if isinstance(action.operation, RemoveSeed)]
    gone = {place for operation in seeds_gone for place in operation.places}
    seeds = {path: seed for path, seed in host.seeds.items() if path not in gone}
    case.world.host = t.cast(t.Any, dataclasses.replace(host, made=case.want.values, seeds=seeds, unfinished={}))
    mine = [action for action in actions if (action.kind, action.name) == (case.want.kind, case.want.name)]
    noun, current = case.want.kind, dict(case.world.current[case.want.kind])
    for rename in (action.operation for action in mine if isinstance(action.operation, Rename)):
        renamed = current.pop(rename.old)
        definition = edited(renamed.definition, {"name": case.want.name})
        current[case.want.key] = dataclasses.replace(renamed, name=case.want.name, definition=definition)
        case.world.current[noun] = current
    if noun == "snapshot":
        _snapped(case, current, actions)
    elif noun == "volume":
        current[case.want.key] = _stored(case, mine)
    elif noun == "secret":
        current[case.want.key] = _secret(case, mine)
    else:
        current[case.want.key] = _defined(case, mine)
    case.world.current[noun] = current
    case.world = dataclasses.replace(case.world, _answers={})


def _definition(case: Case, actions: t.Sequence[Action]) -> str:
    defined = [action.operation.xml for action in actions if isinstance(action.operation, Define)]
    return filled_in(defined[0]) if defined else case.world.state(case.want.kind, case.want.key).definition


def _defined(case: Case, actions: t.Sequence[Action]) -> DefinedState:
    want, state = case.want, case.world.state(case.want.kind, case.want.key)
    definition = _definition(case, actions)
    flag = want.params.get("autostart")
    autostart = flag if flag is not None else state is not None and state.autostart
    runs = want.state in ("running", "paused", "active")
    runs |= want.state == "present" and state is not None and state.active
    runs |= any(action.verb == "start" for action in actions)
    common = want.name, definition, definition if runs else None, True, autostart
    if want.kind != "domain":
        return DefinedState(*common)
    paused = want.state == "paused" or (want.state == "present" and runs and state.power == "paused")
    power = "paused" if paused else "running" if runs else "shut off"
    return DomainState(*common, power=power, saved=definition if want.state == "saved" else None)


def _secret(case: Case, actions: t.Sequence[Action]) -> SecretState:
    state = case.world.state("secret", case.want.key)
    values = [action.operation.value for action in actions if isinstance(action.operation, SetValue)]
    new = secret_state(_definition(case, actions), values[0] if values else state and state.value)
    return new if values or state is None else dataclasses.replace(new, known=state.known)


def _snapped(case: Case, current: dict[t.Any, SnapshotState], actions: t.Sequence[Action]) -> None:
    """Others of its series may have gone."""
    for action in actions:
        key = (case.want.key[0], action.name.partition("/")[2])
        if action.verb == "delete":
            del current[key]
        else:
            xml = action.operation.xml if action.verb == "create" else current[key].xml
            current[key] = SnapshotState(*key, xml, True, ours=True, reverted=action.verb == "revert")


def _stored(case: Case, actions: t.Sequence[Action]) -> VolumeState | None:
    pool_name, name = t.cast(tuple[str, str], case.want.key)
    pool = pool_after(case.world, pool_name)
    state = volume_state(case.world, pool, name) if pool else None
    for action in actions:
        host: HostFacts = t.cast(t.Any, case.world.host)
        operation = action.operation
        new: NewVolume | None = getattr(operation, "new", None)
        if isinstance(operation, Resize) and operation.overlay is not None:
            _image(case, operation.overlay.name, capacity=operation.bytes)
        elif isinstance(operation, Resize):
            root = parse.parse(state.xml)
            xmlpath.set_text(root, "capacity", str(operation.bytes))
            if host.size(state.path) is not None:
                _image(case, state.path, bytes=operation.bytes)
            state = dataclasses.replace(state, xml=parse.to_text(root))
        elif isinstance(operation, Delete):
            state = None
        elif isinstance(operation, Finish):
            pass
        elif isinstance(operation, Refresh):
            state = dataclasses.replace(state, listed=True)
        elif isinstance(operation, SetPermissions):
            given = {option.partition(".")[2]: value for option, value in operation.values.items()}
            attributes = {**host.attributes, operation.path: {**host.attributes[operation.path], **given}}
            case.world.host = t.cast(t.Any, dataclasses.replace(host, attributes=attributes))
        else:
            state = _made(new)
            _image(case, new.path, capacity=1, **({"backing": new.backing.path} if new.backing else {}))
        if new is not None and new.seed is not None:
            seeds = {**host.seeds, new.path: dataclasses.asdict(new.seed)}
            case.world.host = t.cast(t.Any, dataclasses.replace(host, seeds=seeds))
    return state


def _image(case: Case, path: str, **known: t.Any) -> None:
    host: HostFacts = t.cast(t.Any, case.world.host)
    images = {**host.images, path: {**host.images.get(path, {}), **known}}
    case.world.host = t.cast(t.Any, dataclasses.replace(host, images=images))


def _made(new: NewVolume) -> VolumeState:
    """As libvirt lists it. How large a content is that nothing is said of, does not matter."""
    root = parse.parse(content._xml(new, new.capacity or GIB))
    root.set("type", "file" if new.directory else "block")
    xmlpath.set_text(root, "target/path", new.path)
    record = Record(str(new.source), str(new.source.checksum), new.format) if new.source else None
    return VolumeState(new.pool, new.name, parse.to_text(root), True, record)


def filled_in(xml: str) -> str:
    """libvirt gives every interface a MAC address, and says what memory the guest has now."""
    root = parse.parse(xml)
    if root.find("memory") is not None and root.find("currentMemory") is None:
        xmlpath.set_text(root, "currentMemory", root.findtext("memory"))
        root.find("currentMemory").set("unit", root.find("memory").get("unit", "KiB"))
    for number, interface in enumerate(root.iterfind("devices/interface")):
        if interface.find("mac") is None:
            xmlpath.set_text(interface, "mac/@address", f"52:54:00:99:00:{number:02x}")
    return parse.to_text(root)
