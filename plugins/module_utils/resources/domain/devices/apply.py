# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Executes the actions on a running domain's devices."""

from __future__ import annotations

import time
import typing as t

from ....deps import libvirt
from ....plan import Action
from ....xml import parse
from ....xml import table as tables
from ...base import Session
from ...volume.location import located
from . import LISTS
from .disks import DISKS
from .resolve import Awaited

#: How long a guest may take to give up a device or memory, in seconds, before the change counts as pending.
GUEST_TIMEOUT = 20


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


class DeviceExecutor:
    """One action on one domain. A method that returns ``False`` has asked the guest, which did not do it in time."""

    def __init__(self, session: Session, action: Action) -> None:
        self.session, self.action = session, action
        self.connection, self.payload = session.connection, action.payload

    @property
    def domain(self) -> t.Any:
        return self.connection.lookupByName(self.action.name)

    def attach(self) -> bool:
        """Plug in what the definition now has and the running domain does not.

        The device is taken from the definition: its MAC and PCI address stay the same after the next start. It waits
        where the guest has not let go of the one in its place.
        """
        entry = LISTS[self.payload["list"]]
        domain = self.domain
        plugged = [tables.read(entry.members, one) for one in entry.elements(self._live())]
        place = _place(entry, tables.read(entry.members, self.payload["element"]))
        if any(_place(entry, one) == place for one in plugged):
            return False
        definition = parse.parse(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE))
        defined = entry.elements(definition)
        matched = tables.match(entry, [tables.read(entry.members, one) for one in defined], plugged)
        free = [one for one, index in zip(defined, matched) if index is None]
        device = self._counterpart(entry, self.payload["element"], free)
        if device is None:
            device = self.payload["element"]
        try:
            domain.attachDeviceFlags(parse.to_text(device), libvirt.VIR_DOMAIN_AFFECT_LIVE)
        except libvirt.libvirtError:
            if device.find("address") is None:
                raise
            # Something that was plugged in by hand sits at the address that the definition gives to this device.
            device.remove(device.find("address"))
            domain.attachDeviceFlags(parse.to_text(device), libvirt.VIR_DOMAIN_AFFECT_LIVE)
        return True

    def detach(self) -> bool:
        """A call that returned means nothing: the guest has to let the device go. Its alias tells when it is gone."""
        entry = LISTS[self.payload["list"]]
        there = self._counterpart(entry, parse.parse(self.payload["xml"]), entry.elements(self._live()))
        if there is None:
            return True
        alias = there.find("alias").get("name")
        try:
            self.domain.detachDeviceFlags(parse.to_text(there), libvirt.VIR_DOMAIN_AFFECT_LIVE)
        except libvirt.libvirtError as exc:
            # It is gone already, or an earlier request is under way in the guest: see whether it lets go.
            if exc.get_error_code() not in (
                libvirt.VIR_ERR_DEVICE_MISSING,
                libvirt.VIR_ERR_OPERATION_FAILED,
                libvirt.VIR_ERR_OPERATION_TIMEOUT,
            ):
                raise
        return self._until(lambda live: all(one.find("alias").get("name") != alias for one in entry.elements(live)))

    def update(self) -> None:
        self.domain.updateDeviceFlags(self.payload["xml"], libvirt.VIR_DOMAIN_AFFECT_LIVE)

    def set_iotune(self) -> None:
        """libvirt leaves limits that it is not told as they are; 0 is none."""
        values = {option.partition(".")[2]: value for option, value in self.payload["values"].items()}
        self.domain.setBlockIoTune(self.payload["device"]["target"], values, libvirt.VIR_DOMAIN_AFFECT_LIVE)

    @staticmethod
    def _counterpart(entry: tables.Items, device: t.Any, elements: t.List[t.Any]) -> t.Any:
        """The one among ``elements`` that ``device`` is, or ``None``."""
        alias = None if device.find("alias") is None else device.find("alias").get("name")
        for one in elements:
            if alias and one.find("alias") is not None and one.find("alias").get("name") == alias:
                return one
        wanted = tables.read(entry.members, device)
        (index,) = tables.match(entry, [wanted], [tables.read(entry.members, one) for one in elements])
        return None if index is None else elements[index]

    def _live(self) -> t.Any:
        return parse.parse(self.domain.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE))

    def _until(self, reached: t.Callable[[t.Any], bool]) -> bool:
        deadline = time.monotonic() + GUEST_TIMEOUT
        while not reached(self._live()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True
