# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and controllers that a spec leaves out, since libvirt gives the same again, and those that it keeps."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.devices.places import without_usual
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse

ROOT = "<controller type='pci' index='0' model='pcie-root'/>"
PORT = "<controller type='pci' index='1' model='pcie-root-port'><model name='pcie-root-port'/><target chassis='1'/>"
ON_PCI = "<address type='pci' bus='0x01' slot='0x00'/>"


def left(devices: str) -> list[str]:
    """The tags of the devices that are left, with an ``@`` where an address is."""
    text = f"<domain><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices>{devices}</devices></domain>"
    kept = without_usual(parse.parse(text)).find("devices")
    return [one.tag + "@" * (one.find("address") is not None) for one in kept]


def disk(on: str, name: str, **address: int) -> str:
    said = " ".join(f"{part}='{number}'" for part, number in address.items())
    return f"<disk><target dev='{name}' bus='{on}'/><address type='drive' {said}/></disk>"


@pytest.mark.parametrize(
    ("devices", "kept"),
    [
        (f"{ROOT}{PORT}</controller><rng>{ON_PCI}</rng>", ["rng"]),
        (f"{ROOT.replace('/>', '>')}<pcihole64>1</pcihole64></controller>{PORT}</controller>", ["controller"]),
        (
            f"{ROOT}{PORT.replace('chassis', 'hotplug')}</controller><rng>{ON_PCI}</rng>",
            ["controller", "controller", "rng@"],
        ),
        (f"<controller type='pci' index='2' model='pcie-expander-bus'/><rng>{ON_PCI}</rng>", ["controller", "rng@"]),
        (disk("scsi", "sda", controller=0, unit=0), ["disk"]),
        (disk("scsi", "sdh", controller=0, unit=8), ["disk"]),
        (disk("scsi", "sdp", controller=1, unit=0), ["disk"]),
        (disk("scsi", "sda", controller=1, unit=0), ["disk@"]),
        (disk("ide", "hdd", controller=0, bus=1, unit=1), ["disk"]),
        (disk("sata", "sdg", controller=1, unit=0), ["disk"]),
        (disk("sata", "sdb", controller=0, unit=0), ["disk@"]),
        ("<channel><address type='virtio-serial' controller='0' bus='0' port='1'/></channel>", ["channel"]),
        ("<channel><address type='virtio-serial' controller='0' bus='0' port='2'/></channel>", ["channel@"]),
        ("<memory><address type='dimm' slot='0'/></memory>", ["memory"]),
        ("<memory><address type='dimm' slot='1'/></memory>", ["memory@"]),
        ("<memory><address type='dimm' slot='0' base='0x100000000'/></memory>", ["memory@"]),
        ("<input><address type='usb' bus='0' port='1'/></input>", ["input"]),
        ("<input><address type='usb' bus='0' port='3'/></input>", ["input@"]),
        ("<disk><target dev='vda'/><address type='virtio-mmio'/></disk>", ["disk@"]),
    ],
)
def test_what_libvirt_would_choose_again_is_left_out(devices, kept):
    assert left(devices) == kept
