# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running domain has otherwise than its definition, without what libvirt fills in when it starts. Pure.

What the definition says of an option has to be so in what runs. What runs may say more, since a start fills much in;
but a whole item of a list, or a device, that only runs was plugged in by somebody.
"""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...diff import Change
from ...xml import generated, identities, merge, parse, secrets
from ...xml import path as xmlpath
from ...xml import table as tables
from ...xml.remainder import remainder
from . import live as domain_live
from .devices.places import USUAL
from .table import TABLE

#: Places that say what a start came to, in either definition.
_SET_AT_START = (
    "@id",
    "vcpus",
    "os[@firmware]/loader",
    "os[@firmware]/nvram",
    "os[@firmware]/firmware",
    "seclabel",
    "resource",
    "launchSecurity",
    "cpu[@mode='host-model']",
    "cpu/@check",  # libvirt compares what it got with what it asked for
    "cpu/feature",  # those that the host cannot do are disabled
    "cpu/vendor",
    "cpu/model/@fallback",
    "devices/disk/source/@index",
    "devices/disk[not(source)]/driver",
    "devices/disk//backingStore",
    "devices/disk/mirror",
    "devices/interface/source/@portid",
    "devices/interface/source[@network]/@bridge",
    "devices/interface[source/@network]/@type",
    "devices/interface/target",
    "devices/*[@type='pty']/source",
    "devices/console/@tty",
    "devices/channel/source[@mode='bind']",
    "devices/graphics[@autoport='yes']/@port",
    "devices/graphics[@autoport='yes']/@tlsPort",
    "devices/graphics/@websocket",
    "devices/graphics/@listen[.='127.0.0.1']",
    "devices/graphics/listen",
    "devices/graphics/channel",
    # Where a device was plugged in that is not among those that were there when it was defined.
    *USUAL,
    "devices/controller[@type='pci']",
    "devices/*/address",
)


def drift(definition: str, live: str) -> t.List[t.Dict[str, t.Any]]:
    """Each option that differs: its path, and what it is as ``defined`` and as ``live`` (``None``: it is not there)."""
    # Memory that is all of it has to be said here: the two are compared one after the other.
    generic = [place for place in generated.GENERATED["domain"] if not place.startswith("currentMemory")]
    places = (*generic, *_SET_AT_START)
    now, wanted = (xmlpath.without(parse.parse(text), places) for text in (live, definition))
    cpu = now.find("cpu")
    if cpu is not None and parse.parse(definition).find("cpu[@mode='host-model']") is not None:
        now.remove(cpu)
    values = tables.read(TABLE, wanted)
    for entry in TABLE:
        if isinstance(entry, tables.Items):
            values.setdefault(entry.option, [])
    if domain_live.waits_for_balloon(parse.parse(live), parse.parse(definition), values.get("memory")):
        del values["memory"]
    changes = tables.patch(TABLE, now, values)
    for root in (now, wanted):  # the options memory and firmware have it
        xmlpath.remove(root, "currentMemory")
        xmlpath.remove(root, "os/@firmware")  # of what runs some versions say only the image
    more = _plugged(now, wanted)
    known = identities.of("domain", TABLE)
    rest = remainder(wanted, now, known)
    if rest is not None:
        changes += merge.merge(now, rest, known)
    return [_shown(change) for change in changes] + [
        {"option": "xml:devices/" + one.tag, "defined": None, "live": parse.to_text(secrets.hidden(one)).strip()}
        for one in more
    ]


def _plugged(now: Element, wanted: Element) -> t.List[Element]:
    """Devices that only run, of those that no list of the tables is about."""
    devices, defined = now.find("devices"), wanted.find("devices")
    taken: t.List[Element] = []
    more = []
    for one in devices if devices is not None else ():
        found = None if defined is None else merge.counterpart(defined, one, taken, identities.of("domain", TABLE))
        if found is None:
            more.append(one)
        else:
            taken.append(found)
    return more


def _shown(change: Change) -> t.Dict[str, t.Any]:
    return {"option": change.option, "defined": change.after, "live": change.before}
