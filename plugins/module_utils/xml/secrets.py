# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where libvirt's XML has secrets, or may have some, and what is shown of it. Pure."""

from __future__ import annotations

import copy
import re
import typing as t

from ..deps import Element
from .path import qualified
from .types import HIDDEN, without_logins

#: An element, or one below another (``parent/element``), with the attribute that is meant; ``None``: its text.
Place = t.Tuple[str, t.Optional[str]]

_ARGUMENT = qualified("qemu:arg")

#: What libvirt returns only over a connection that may write (VIR_DOMAIN_XML_SECURE).
SECURE: t.FrozenSet[Place] = frozenset({("graphics", "passwd"), ("cookie", None)})

#: Besides, what is handed to a guest, to QEMU or to a web server, and is theirs to interpret. Those that the tables
#: know are secret there as well.
PLACES: t.FrozenSet[Place] = SECURE | {
    ("source", "query"),
    ("sysinfo/entry", None),  # of fw_cfg: the entries of SMBIOS are in a block each
    ("oemStrings/entry", None),
    (_ARGUMENT, "value"),
    (qualified("qemu:env"), "value"),
    (qualified("qemu:property"), "value"),
    ("initarg", None),
    ("initenv", None),
}

#: Options of QEMU, which may stand where their values do. (https://www.qemu.org/docs/master/system/invocation.html)
_OPTION = re.compile(
    r"--?("
    r"accel|acpitable|action|add-fd|append|audio|audiodev|bios|blockdev|boot|cdrom|"
    r"chardev|chroot|compat|cpu|d|daemonize|debugcon|device|dfilter|display|drive|"
    r"dtb|echr|enable-kvm|fda|fdb|fsdev|full-screen|fw_cfg|gdb|global|hda|hdb|hdc"
    r"|hdd|icount|incoming|initrd|iscsi|k|kernel|loadvm|m|machine|mem-path|mem-"
    r"prealloc|mon|monitor|msg|mtdblock|name|net|netdev|nic|no-acpi|no-hpet|no-reboot|no-shutdown|"
    r"no-user-config|nodefaults|nographic|numa|object|only-migratable|overcommit|parallel|"
    r"pflash|pidfile|plugin|prom-env|qmp|readconfig|rtc|runas|s|sandbox|sd|seed|"
    r"semihosting|serial|set|smbios|smp|snapshot|spice|tpmdev|trace|usb|usbdevice|"
    r"uuid|vga|virtfs|vnc|watchdog|watchdog-action|xen-attach"
    r")\Z"
)


def is_secret(element: Element, attribute: t.Optional[str], places: t.AbstractSet[Place] = PLACES) -> bool:
    """Whether the attribute (``None``: the text) of an element is one of these places."""
    if element.tag == _ARGUMENT and _OPTION.match(element.get("value", "")):
        return False
    parent = element.getparent()
    below = f"{parent.tag}/{element.tag}" if parent is not None else ""
    return (element.tag, attribute) in places or (below, attribute) in places


def shown(element: Element, attribute: t.Optional[str], value: t.Optional[str]) -> t.Optional[str]:
    """The value of a place as it may be shown."""
    if not value:
        return value
    return HIDDEN if is_secret(element, attribute) else without_logins(value)


def hidden(root: Element) -> Element:
    """A copy that may be shown. A value with a login in it is hidden as a whole, so that it can be declared to stay."""
    copied = copy.deepcopy(root)
    # What is around an element counts, and a copy has nothing around it.
    for one, other in zip(root.iter(), copied.iter()):
        for attribute in (*one.attrib, None):
            value = at(one, attribute)
            if value and value != shown(one, attribute, value):
                put(other, attribute, HIDDEN)
    return copied


def found(root: Element, places: t.AbstractSet[Place] = PLACES) -> t.List[t.Tuple[Element, t.Optional[str]]]:
    """Where there are secrets: the elements, with the attribute of each (``None``: its text)."""
    return [(element, attribute) for element in root.iter() for attribute in _secret(element, places)]


def _secret(element: Element, places: t.AbstractSet[Place]) -> t.List[t.Optional[str]]:
    attributes: t.List[t.Optional[str]] = [*element.attrib, None]
    return [one for one in attributes if at(element, one) and is_secret(element, one, places)]


def at(element: Element, attribute: t.Optional[str]) -> str:
    """What stands at a place; an empty text: nothing."""
    return (element.get(attribute) if attribute else (element.text or "").strip()) or ""


def put(element: Element, attribute: t.Optional[str], value: t.Optional[str]) -> None:
    """Say ``value`` at a place; ``None``: nothing."""
    if attribute is None:
        element.text = value
    elif value is None:
        element.attrib.pop(attribute, None)
    else:
        element.set(attribute, value)
