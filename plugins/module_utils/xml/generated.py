# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libvirt writes into a definition by itself, or gives any object that does not say it. Pure.

Each is an XPath below the root, in the order in which they go: what is left empty may be the next one. When in doubt
something is not here: said without need is better than lost.
"""

from __future__ import annotations

import typing as t

#: By the root's tag. (https://libvirt.org/formatdomain.html, formatnetwork.html, formatstorage.html)
GENERATED: t.Dict[str, t.Tuple[str, ...]] = {
    "domain": (
        "uuid",
        "vcpu/@placement[.='static']",
        "currentMemory[number(.)=number(../memory)]",
        "on_poweroff[.='destroy']",
        "on_reboot[.='restart']",
        "on_crash[.='destroy']",
        "os/boot[@dev='hd'][count(../boot)=1]",
        # What libvirt chooses where nothing is said, by the mode and by whether the guest is emulated.
        "cpu[@mode='host-passthrough' or @mode='maximum']/@check[.='none']",
        "cpu[@mode='host-model']/@check[.='partial']",
        "cpu[@mode='custom' or not(@mode)]/@check[.='none'][../../@type='qemu']",
        "cpu[@mode='custom' or not(@mode)]/@check[.='partial'][../../@type='kvm']",
        "cpu/@match[.='exact']",
        "cpu/@migratable[.='on']",
        "cpu/model/@fallback[.='allow']",
        "cpu/topology/@dies[.='1']",
        "cpu/topology/@clusters[.='1']",
        "features/hyperv/@mode[.='custom']",
        "clock[@offset='utc'][not(*)][count(@*)=1]",
        "seclabel[@type='dynamic'][@relabel='yes'][not(baselabel)]",
        "resource[partition='/machine']",
        "devices/emulator[contains(., concat('/qemu-system-', ../../os/type/@arch)) or contains(., '/qemu-kvm')]",
        "devices/*/alias[not(starts-with(@name, 'ua-'))]",
        # Controllers that libvirt adds when a device needs one; those of USB and SCSI differ in what a guest sees.
        "devices/controller[@type='pci'][@model='pci-root' or @model='pcie-root' or @model='pcie-root-port'"
        " or @model='pci-bridge' or @model='dmi-to-pci-bridge' or @model='pcie-to-pci-bridge']",
        # A board's own, and those that a device sits on; another one is a device of its own that a guest sees.
        "devices/controller[@type='ide'][@index='0'][not(driver)][contains(../../os/type/@machine, 'i440fx')]",
        "devices/controller[@type='sata'][@index='0'][not(driver)][contains(../../os/type/@machine, 'q35')]",
        *(
            f"devices/controller[@type='{bus}'][not(driver)][@index=../disk[target/@bus='{bus}']/address/@controller]"
            for bus in ("ide", "sata", "fdc")
        ),
        "devices/controller[@type='ccid'][not(driver)][@index=../smartcard/address/@controller]",
        "devices/controller[@type='virtio-serial'][not(driver)][not(@ports) and not(@vectors) and not(@model)]"
        "[@index=../*/address[@type='virtio-serial']/@controller]",
        "devices/*/address",
        "devices/controller[@type='usb'][@index='0'][not(*)][not(@ports)]"
        "[@model='piix3-uhci' and contains(../../os/type/@machine, 'i440fx')"
        " or @model='qemu-xhci' and not(contains(../../os/type/@machine, 'i440fx'))]",
        "devices/disk/driver/@name[.='qemu']",
        "devices/disk/backingStore",  # written after a snapshot; the image says it
        "devices/disk/@type[.='file'][not(../source)]",
        "devices/interface/target[starts-with(@dev, 'vnet') or starts-with(@dev, 'macvtap')]",
        "devices/serial/target/model",
        "devices/serial/target/@type[.='isa-serial']",
        "devices/serial/target/@port[.=count(../../preceding-sibling::serial)]",
        "devices/serial/target[not(@*)]",
        "devices/console[not(target) or target/@type='serial']",
        "devices/console/target/@port",
        "devices/channel/target/@state",
        "devices/channel/source[@mode='bind'][contains(@path, '/libvirt/qemu/')]",
        "devices/input[@bus='ps2'][not(*)]",
        "devices/graphics/@port[.='-1']",
        "devices/graphics/@socket[.=../listen/@socket]",
        "devices/graphics/listen[@type='address'][not(@address) or @address=../@listen]",
        "devices/audio[@id='1'][@type='none' or @type='spice'][not(*)]",
        "devices/video/model/@primary",
        "devices/video/model/@heads[.='1']",
        "devices/video/model/@vram[.='16384'][../@type='vga' or ../@type='cirrus' or ../@type='bochs']",
        "devices/memballoon[@model='virtio'][not(*)][count(@*)=1]",
    ),
    "network": (
        "uuid",
        "@connections",
        "mac",
        "bridge/@delay[.='0']",
        # libvirt repeats the device of an address as an interface, and the first of several interfaces as the device.
        "forward[@mode='nat' or @mode='route'][@dev]/interface",
        "forward[interface]/@dev",
    ),
    "filter": ("uuid",),
    "pool": (
        "uuid",
        "capacity",
        "allocation",
        "available",
        "source[not(*)][not(@*)]",
        "target/permissions[mode='0711'][owner='0'][group='0'][not(label)]",
    ),
}
