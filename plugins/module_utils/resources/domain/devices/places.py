# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where devices are plugged in, and which controllers are there for that: what of it libvirt would choose again. Pure.

An address decides what a guest sees of a device: an ``sda`` of another controller is another disk. It is left out only
where libvirt gives a device without one the same. On the PCI bus it gives others, in an order of its own; there all
addresses and controllers matter where any of them says something, and none where they are only what devices need.
(https://libvirt.org/formatdomain.html#device-addresses)
"""

from __future__ import annotations

import copy
import typing as t

from ....deps import Element
from ....xml import path as xmlpath

#: Controllers of the PCI bus that libvirt adds by itself, with the devices that it makes them of.
_PLAIN = {
    "pci-root": None,
    "pcie-root": None,
    "pcie-root-port": "pcie-root-port",
    "pci-bridge": "pci-bridge",
    "dmi-to-pci-bridge": "i82801b11-bridge",
    "pcie-to-pci-bridge": "pcie-pci-bridge",
}
#: What of them is no more than a number.
_NUMBERS = {"chassis", "chassisNr", "port", "busNr"}

#: How many disks go to a controller, and to a bus of it, by the disks' bus.
_DISKS_OF = {"ide": (4, 2), "sata": (6, 6), "fdc": (2, 2), "scsi": (15, 15)}

#: Controllers that libvirt gives a guest because of a device, with nothing said of them, or that its board has.
USUAL = (
    "devices/controller[@type='sata'][@index='0'][not(driver) and not(alias)][contains(../../os/type/@machine, 'q35')]",
    *(
        f"devices/controller[@type='{bus}'][not(driver) and not(alias)]"
        f"[@index=../disk[target/@bus='{bus}']/address/@controller]"
        for bus in ("ide", "sata", "fdc")
    ),
    "devices/controller[@type='ccid'][not(driver) and not(alias)][not(address[@type='usb'][@port!='1'])]"
    "[@index=../smartcard/address/@controller]",
    "devices/controller[@type='virtio-serial'][not(*)][not(@ports) and not(@vectors) and not(@model)]"
    "[@index=../*/address[@type='virtio-serial']/@controller]",
    "devices/controller[@type='usb'][@index='0'][not(*)][not(@ports)]"
    "[contains('x86_64 i686', ../../os/type/@arch)][@model='piix3-uhci' and contains(../../os/type/@machine, 'i440fx')"
    " or @model='qemu-xhci' and contains(../../os/type/@machine, 'q35')]",
)


def without_usual(root: Element) -> Element:
    """A copy of a domain's definition without the addresses and controllers that libvirt would give it again."""
    left = copy.deepcopy(root)
    devices = left.find("devices")
    if devices is None:
        return left
    needed = [one for one in devices.iterfind("controller[@type='pci']") if _says_something(one)]
    topology = any(_says_something(one, alone=False) for one in needed)
    for controller in [] if topology else devices.findall("controller[@type='pci']"):
        if controller not in needed:
            devices.remove(controller)
    usual = {
        "pci": not topology and xmlpath.get_text(left, "os/type/@arch") != "s390x",  # where it is one of two buses
        "virtio-serial": _usual_channels(devices),
        "usb": _usual_ports(devices),
        "dimm": _usual_slots(devices),
    }
    usual_addresses = [one for one in devices.iterfind("*/address") if _is_usual(xmlpath.around(one), one, usual)]
    for address in (one for one in usual_addresses if one.get("type") == "pci"):
        xmlpath.detach(address)
    found = [controller for place in USUAL for controller in left.xpath(place)]  # that needs the addresses of disks
    for address in (one for one in usual_addresses if one.get("type") != "pci"):
        xmlpath.detach(address)
    for controller in found:
        if controller.getparent() is not None:
            devices.remove(controller)
    return left


def _says_something(controller: Element, alone: bool = True) -> bool:
    """Whether a controller of the PCI bus is more than what devices need; ``alone``: also if only it is concerned."""
    model, target, name = controller.get("model"), controller.find("target"), controller.find("model")
    return (
        model not in _PLAIN
        or (alone and (controller.find("pcihole64") is not None or controller.find("alias") is not None))
        or (name is not None and name.get("name") != _PLAIN[model])
        or controller.find("driver") is not None
        or (target is not None and (len(target) > 0 or not _NUMBERS.issuperset(target.attrib)))
    )


def _is_usual(device: Element, address: Element, usual: t.Mapping[str, bool]) -> bool:
    kind = address.get("type")
    if kind == "drive":
        return device.tag == "disk" and _usual_place(device) == _numbers(address)
    if kind == "ccid":
        return device.tag == "smartcard" and _numbers(address)[:1] == (0,)
    return usual.get(kind or "", False)


def _numbers(address: Element) -> t.Tuple[int, ...]:
    return tuple(int(address.get(name, "0"), 0) for name in ("controller", "bus", "target", "unit"))


def _usual_place(disk: Element) -> t.Optional[t.Tuple[int, ...]]:
    """The address that libvirt gives a disk for its name (virDomainDiskDefAssignAddress)."""
    bus, number = xmlpath.get_text(disk, "target/@bus") or "", _position(xmlpath.get_text(disk, "target/@dev") or "")
    if bus not in _DISKS_OF or number is None:
        return None
    of_controller, of_bus = _DISKS_OF[bus]
    controller, rest = divmod(number, of_controller)
    number, unit = divmod(rest, of_bus)
    return controller, number, 0, unit + (bus == "scsi" and unit >= 7)  # 7 is the controller itself


def _position(name: str) -> t.Optional[int]:
    """The number of a disk in its name: ``sda`` is 0, ``sdaa`` is 26."""
    letters = name[2:]
    if not letters.isalpha() or not letters.islower():
        return None
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("a") + 1
    return number - 1


def _usual_channels(devices: Element) -> bool:
    """Whether channels and consoles are all on one controller, in their order."""
    ports = [
        tuple(int(one.get(name, "0")) for name in ("controller", "bus", "port"))
        for tag in ("channel", "console")
        for one in devices.iterfind(f"{tag}/address[@type='virtio-serial']")
    ]
    return sorted(ports) == [(0, 0, number) for number in range(1, len(ports) + 1)] and ports == sorted(ports)


def _usual_slots(devices: Element) -> bool:
    """Whether memory devices are in the first slots, in their order, and nowhere in particular."""
    slots = [dict(one.attrib) for one in devices.iterfind("memory/address[@type='dimm']")]
    return slots == [{"type": "dimm", "slot": str(number)} for number in range(len(slots))]


def _usual_ports(devices: Element) -> bool:
    """Whether devices on USB are all on one bus, on its first ports."""
    ports = [(one.get("bus"), one.get("port")) for one in devices.iterfind("*/address[@type='usb']")]
    return sorted(ports) == sorted(("0", str(number)) for number in range(1, len(ports) + 1))
