# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition of a domain: what is declared, in the words that libvirt is given. Pure but for reading."""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...diff import Change
from ...xml import parse
from ...xml import path as xmlpath
from ...xml import table as tables
from ..base import Want, World
from ..definition import DefinedState, Definition
from ..secret import references as secrets
from . import cloud_init, operations
from .devices import places
from .devices import rules as device_rules
from .devices.disks import SEEDS, seeds_of_renamed
from .devices.memory import PLACES, count_memory, memory_of_devices
from .devices.overlays import on_overlays, xml_on_overlays
from .devices.resolve import awaited, give_formats, identified, resolved_disks
from .references import TPM_SECRET
from .skeleton import new_values, skeleton
from .state import DomainState
from .table import TABLE
from .tables.order import put_in_order
from .tables.tuning import spell_out_iothreads
from .written import written

CEILINGS = tuple(prop for prop in TABLE if prop.option in ("memory_max", "vcpus_max"))


#: Devices that a new guest gets where nothing is said, by their place, with the options that say it.
_USUAL_DEVICES = {"devices/rng": {"rng", "rngs"}, "devices/serial": {"serials"}, "devices/video": {"videos"}}


class DomainDefinition(Definition):
    """What is declared of devices is brought to those that a domain has; a few options follow from others."""

    def skeleton(self, want: Want, world: World) -> Element:
        return skeleton(want, world)

    def new_values(self, want: Want, world: World) -> tables.Desired:
        return new_values(want, world)

    def resolved(self, want: Want, world: World, root: t.Optional[Element]) -> tables.Desired:
        values = dict(want.values)
        if TPM_SECRET + ".usage" in values:
            values[TPM_SECRET + ".uuid"] = secrets.uuid_of(world, ("vtpm", values.pop(TPM_SECRET + ".usage")))
        if device_rules.boots_by_device(values):
            values["boot"] = []  # libvirt takes either
        if values.get("firmware") == "efi" and "loader.path" in values:
            del values["firmware"]  # it makes libvirt choose an image
            values.setdefault("loader.type", "pflash")
        for option in ("serials", "consoles"):
            values.update(
                {option: [dict({"type": "pty"}, **one) for one in values[option]]} if option in values else {}
            )
        state: t.Optional[DomainState] = world.state(self.noun, want.key)
        if values.get("type") == "auto":
            del values["type"]
        definition = None if state is None else state.root
        disks = resolved_disks(want, world, definition) if "disks" in values else []
        if disks:
            values["disks"] = disks if definition is None else on_overlays(want, world, disks, definition)
            give_formats(want, world, values["disks"], disks)
        values = identified(values, definition, want.where)
        if disks and definition is not None and root is not None:
            for disk, known in zip(disks, values["disks"]):
                disk.update({"target": known["target"]} if "target" in known else {})
            values["disks"] = on_overlays(want, world, disks, root)  # what runs may be on others than what is defined
        return values

    def seen_in(self, want: Want, world: World, root: Element) -> Want:
        return xml_on_overlays(want, world, root)

    def stated(self, want: Want) -> Element:
        return written(super().stated(want))

    def patch(self, want: Want, root: Element, values: tables.Desired) -> t.List[Change]:
        """A ceiling that is not declared is raised with what has to fit below it, and never lowered."""
        values = dict(values)
        if root.get("id"):
            values.pop("clock.adjustment", None)  # the guest sets its clock
        if "iothread_ids" in values:
            values.setdefault("iothreads", len(values["iothread_ids"]))
            spell_out_iothreads(root)
        if "cpu.numa" in values and "memory_devices" not in values:
            both = [root, self.stated(want)] if want.params.get("xml") else [root]
            modules = max(memory_of_devices(one) for one in both)
            values["memory_max"] = sum(cell["memory"] for cell in values["cpu.numa"]) + modules
        there = tables.read(CEILINGS, root)
        for ceiling, now in (("memory_max", "memory"), ("vcpus_max", "vcpus")):
            if now in values and ceiling not in values and values[now] > there.get(ceiling, 0):
                values[ceiling] = values[now]
        modules = memory_of_devices(root)
        seeds = cloud_init.seeds_left(want, values)
        changes: t.List[Change] = []
        former_name = want.params.get("renamed_from")
        drives = seeds_of_renamed(former_name) if former_name else SEEDS
        if seeds is not None and drives.elements(root):
            changes = tables.patch((drives,), root, {drives.option: seeds})
        changes += super().patch(want, root, values)
        counted = [option for option, place in PLACES.items() if self._says(want, place)]
        count_memory(root, memory_of_devices(root) - modules, {**values, **dict.fromkeys(counted)})
        if changes:
            put_in_order(root)
        return changes

    def _says(self, want: Want, place: str) -> bool:
        text = want.params.get("xml") or ""
        return f"<{place}" in text and super().stated(want).find(place) is not None

    def without_generated(self, root: Element, world: World) -> Element:
        left = super().without_generated(places.without_usual(root), world)
        if xmlpath.get_text(left, "os/type/@arch") == world.host.arch:
            xmlpath.remove(left, "os/type/@arch")
        return left

    def unsayable(self, root: Element) -> t.AbstractSet[str]:
        elsewhere = root.xpath(
            "devices/graphics[count(listen)>1 or listen[@type='none'] or listen[@type='socket'][not(@socket)]]"
        )
        return frozenset(["graphics"] if elsewhere else [])

    def yield_to(self, there: Element, said: Element, values: tables.Desired) -> None:
        ports = "devices/controller[@type='pci'][@index!='0']"
        places = [ports] if there.xpath(ports) else []
        places += [
            place
            for place, options in _USUAL_DEVICES.items()
            if len(there.xpath(place)) > 1 and not options & values.keys()
        ]
        for element in [one for place in places for one in said.xpath(place)]:
            element.getparent().remove(element)

    def operation(
        self, want: Want, root: Element, before: t.Optional[str], state: t.Optional[DefinedState]
    ) -> operations.Define:
        """With the volumes whose paths are known once their pools are active."""
        volumes = awaited(want, None if state is None else state.root, root)
        return operations.Define(parse.to_text(root), before, volumes)
