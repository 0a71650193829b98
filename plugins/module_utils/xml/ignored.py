# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libvirt adds to the XML of an object, above all of an active one, and does not accept in a definition. Pure.

``virsh dumpxml`` of a running guest can be declared as it is: these places would never be as declared.
"""

from __future__ import annotations

import typing as t

#: By the root's tag, XPaths below it, in the order in which they go: what is left empty may be the next one.
#: (https://libvirt.org/formatdomain.html, formatnetwork.html, formatstorage.html)
IGNORED: t.Mapping[str, t.Tuple[str, ...]] = {
    "domain": (
        "@id",
        "seclabel[@type='dynamic']/label",
        "seclabel[@type='dynamic']/imagelabel",
        "seclabel/imagelabel",
        "devices//alias[not(starts-with(@name, 'ua-'))]",
        "seclabel[@type='dynamic'][not(@model)][not(*)][not(@relabel) or @relabel='yes']",
        "cpu[@mode!='custom']/model[not(text())][not(@vendor_id)]",
        "memtune/*[. >= 9007199254740991]",  # no limit
        "memtune[not(*)]",
        "os/bootmenu[@enable='no']/@timeout",
        "devices/*[@type='unix']/protocol",
        "devices/rng/backend[@type='unix']/protocol",
        "devices/video/model/@primary[.='no']",
        "devices/disk/target/@tray[.='closed']",
        "devices//source/seclabel[@labelskip='yes']",  # where a driver cannot label
        "devices/interface/coalesce/rx/frames[not(@max) or @max='0']",
        "devices/interface/coalesce/rx[not(*)]",
        "devices/interface/coalesce[not(*)]",
        "devices/graphics/listen[@type='network']/@address",
        "devices/disk//source/@index",
        "devices/disk/driver/@cache[.='default']",
        "devices/disk[readonly or @device='cdrom']/@snapshot[.='no']",
        "devices/disk//backingStore/@index",
        "devices/disk[@device='cdrom' or @device='floppy'][not(source)]/@type",
        "devices/disk/mirror",
        "devices/interface/target[starts-with(@dev, 'vnet') or starts-with(@dev, 'macvtap')]/@dev",
        "devices/interface/target[not(@*)][not(*)]",
        "devices/interface/source[@network]/@portid",
        "devices/interface/source[@network]/@bridge",
        "devices/*[@type='pty']/source/@path",
        "devices/*[@type='pty']/source[not(@*)][not(*)]",
        "devices/console/@tty",
        "devices/redirfilter/usbdev/@*[.='-1']",
        "devices/channel/target/@state",
        # Where it puts its own sockets, by whichever version.
        "devices/channel[@type='unix']/source[not(@path)]",
        "devices/channel[@type='unix']/source[@mode='bind' or not(@mode)]"
        "[not(@path) or contains(@path, '/lib/libvirt/qemu/') or contains(@path, '/channel/domain-')]",
        "devices/console/target/@port",  # it numbers them
        "devices/graphics[@socket]/listen[not(@socket)]",
        "devices/graphics[@type='spice'][not(@port) and not(@tlsPort)]/@autoport[.='no']",
        "devices/graphics[@autoport='yes']/@port",
        "devices/graphics[@autoport='yes']/@tlsPort",
    ),
    "network": ("@connections", ".//interface/@connections", ".//pf/@connections", ".//address/@connections"),
    "pool": (
        *("capacity", "allocation", "available", "source/device/freeExtent"),
        "self::*[@type='logical']/target/path",  # that of the group
        *("target/permissions/owner[.='-1']", "target/permissions/group[.='-1']"),
    ),
    "volume": (
        *("@type", "key", "physical", "allocation", "source", "target/path", "target/timestamps"),
        *("target/permissions/label", "target/permissions/owner[.='-1']", "target/permissions/group[.='-1']"),
    ),
}
#: Defaults that libvirt leaves out, by element and attribute: an attribute that is not there has this value.
DEFAULTS: t.Mapping[t.Tuple[str, str], str] = {("network", "ipv6"): "no"}
