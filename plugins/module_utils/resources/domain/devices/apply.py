# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the operations on a running domain's devices."""

from __future__ import annotations

import typing as t

from ....deps import Element, libvirt
from ....xml import parse
from ....xml import path as xmlpath
from ....xml import table as tables
from ...base import Executors, Session
from ...volume.location import located
from ..operations import Attach, Detach, SetIotune, Update
from ..target import found, live, until
from . import LISTS, kept
from .disks import DISKS
from .resolve import Awaited

EXECUTORS = Executors()

#: Where a device that runs has the name by which libvirt knows it.
_ALIAS = "alias/@name"


def on_paths(session: Session, xml: str, volumes: t.Mapping[str, Awaited]) -> str:
    """A domain with the paths and formats of the ``volumes`` of its disks, by target: their pools are active by now.

    :raises MissingReference: there is no such volume.
    """
    if not volumes:
        return xml
    root = parse.parse(xml)
    for element in DISKS.elements(root):
        disk = volumes.get(tables.read(DISKS.members, element)["target"])
        if disk is not None:
            location = located(session, disk.volume, disk.where)
            image_format = disk.format or location.format
            tables.patch(DISKS.members, element, {**location.disk, "format": image_format})
    return parse.to_text(root)


def _place(entry: tables.Items, item: t.Mapping[str, t.Any]) -> t.Any:
    """What no two devices of a guest can have, such as a target; itself where that is not stated."""
    options = entry.identity[0]
    return [item[option] for option in options] if all(item.get(option) for option in options) else item


@EXECUTORS(Attach)
def _attach(session: Session, name: str, attach: Attach) -> bool:
    """Plug in what the definition now has and the running domain does not.

    The device is taken from the definition: its MAC and PCI address stay the same after the next start. It waits
    where the guest has not let go of the one in its place.
    """
    entry, domain = LISTS[attach.list], found(session, name)
    plugged = [tables.read(entry.members, one) for one in entry.elements(live(domain))]
    place = _place(entry, tables.read(entry.members, attach.element))
    if any(_place(entry, one) == place for one in plugged):
        return False
    definition = parse.parse(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE))
    defined = entry.elements(definition)
    matched = tables.match(entry, [tables.read(entry.members, one) for one in defined], plugged)
    free = [one for one, index in zip(defined, matched) if index is None]
    device = _counterpart(entry, attach.element, free)
    if device is None:
        device = attach.element
    try:
        domain.attachDeviceFlags(parse.to_text(device), libvirt.VIR_DOMAIN_AFFECT_LIVE)
    except libvirt.libvirtError:
        address = device.find("address")
        if address is None:
            raise
        # Something that was plugged in by hand sits at the address that the definition gives to this device.
        device.remove(address)
        domain.attachDeviceFlags(parse.to_text(device), libvirt.VIR_DOMAIN_AFFECT_LIVE)
    return True


@EXECUTORS(Detach)
def _detach(session: Session, name: str, detach: Detach) -> bool:
    """A call that returned means nothing: the guest has to release the device. Its alias shows when it is gone."""
    entry, domain = LISTS[detach.list], found(session, name)
    there = _counterpart(entry, parse.parse(detach.xml), entry.elements(live(domain)))
    if there is None:
        return True
    alias = xmlpath.the_text(there, _ALIAS)
    try:
        domain.detachDeviceFlags(parse.to_text(there), libvirt.VIR_DOMAIN_AFFECT_LIVE)
    except libvirt.libvirtError as exc:
        # It is gone already, or an earlier request is under way in the guest: see whether it lets go.
        if exc.get_error_code() not in (
            libvirt.VIR_ERR_DEVICE_MISSING,
            libvirt.VIR_ERR_OPERATION_FAILED,
            libvirt.VIR_ERR_OPERATION_TIMEOUT,
        ):
            raise
    released = until(domain, lambda live: all(xmlpath.get_text(one, _ALIAS) != alias for one in entry.elements(live)))
    if not released:
        kept.record(session, name, domain.ID(), alias)
    return released


@EXECUTORS(Update)
def _update(session: Session, name: str, update: Update) -> None:
    found(session, name).updateDeviceFlags(update.xml, libvirt.VIR_DOMAIN_AFFECT_LIVE)


@EXECUTORS(SetIotune)
def _set_iotune(session: Session, name: str, limits: SetIotune) -> None:
    """libvirt leaves limits that it does not get as they are; 0 is none."""
    values = {option.partition(".")[2]: value for option, value in limits.values.items()}
    found(session, name).setBlockIoTune(limits.device["target"], values, libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _counterpart(entry: tables.Items, device: Element, elements: t.List[Element]) -> t.Optional[Element]:
    """The one among ``elements`` that ``device`` is, or ``None``."""
    alias = xmlpath.get_text(device, _ALIAS)
    for one in elements:
        if alias and xmlpath.get_text(one, _ALIAS) == alias:
            return one
    wanted = tables.read(entry.members, device)
    (index,) = tables.match(entry, [wanted], [tables.read(entry.members, one) for one in elements])
    return None if index is None else elements[index]
