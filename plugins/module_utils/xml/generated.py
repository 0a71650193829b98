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
        "@id",
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
        "devices/emulator[contains(., concat('/qemu-system-', ../../os/type/@arch)) or contains(., '/qemu-kvm')]",
        "devices/*/alias[not(starts-with(@name, 'ua-'))]",
        "devices/disk/@device[.='disk']",
        "devices/disk/driver/@name[.='qemu']",
        # Written after a snapshot; the images say it themselves, as long as it is of files.
        "devices/disk/backingStore[*]"
        "[not(.//*[not(self::backingStore or self::format or self::source[@file or @dev][not(*)])])]",
        "devices/disk/@type[.='file'][not(../source)]",
        "devices/interface/target[starts-with(@dev, 'vnet') or starts-with(@dev, 'macvtap')]",
        "devices/serial/target/model[@name!='sclplmconsole']",
        "devices/serial/target/@type[.='isa-serial']",
        "devices/serial/target/@port[.=count(../../preceding-sibling::serial)]",
        "devices/serial/target[not(@*)]",
        "devices/console[not(target) or target/@type='serial'][not(../serial[1]/target/@type='pci-serial')]",
        "devices/console/target/@port",
        "devices/channel/target/@state",
        "devices/channel/source[@mode='bind'][contains(@path, '/libvirt/qemu/channel/')]",
        "devices/input[@bus='ps2'][not(*)]",
        "devices/graphics/@port[.='-1']",
        "devices/graphics[@type='spice' or @port]/@autoport[.='no']",
        "devices/graphics/@socket[.=../listen/@socket]",
        "devices/graphics/listen[@type='address'][not(@address) or @address=../@listen][count(../listen)=1]",
        # The usual ones of a guest, where libvirt gives it one.
        "devices/audio[@id='1'][not(*)][count(../audio)=1]"
        "[@type='spice' and ../graphics[1]/@type='spice' or @type='none' and not(../graphics[1]/@type!='vnc')]",
        "devices/video/model/@primary",
        "devices/video/model/@heads[.='1']",
        "devices/video/model/@vram[.='16384'][../@type='vga' or ../@type='cirrus' or ../@type='bochs']",
        "devices/memballoon[@model='virtio'][not(*)][count(@*)=1]"
        "[not(contains('aarch64 armv6l armv7l armv7b', ../../os/type/@arch))]",
    ),
    "network": (
        "uuid",
        "@connections",
        "mac[starts-with(@address, '52:54:00:')]",
        "bridge/@stp[.='on']",
        "bridge/@delay[.='0']",
        # libvirt repeats the device of an address as an interface, and the first of several interfaces as the device.
        "forward[@mode='nat' or @mode='route'][@dev]/interface",
        "forward[interface]/@dev",
    ),
    "filter": ("uuid", "@chain[.='root']", "rule/@priority[.='500']"),
    "pool": (
        "uuid",
        "capacity",
        "allocation",
        "available",
        "source[not(*)][not(@*)]",
        "target/permissions[mode='0711'][owner='0'][group='0'][not(label)]",
    ),
}
