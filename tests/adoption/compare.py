# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two definitions as libvirt has them, raw: what stands where. Pure."""

from __future__ import annotations

import collections
import ipaddress
import re
import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse, secrets

#: What says nothing: PCI controllers that libvirt adds when devices need them, with nothing but the numbers it gives.
_PLAIN = (
    "devices/controller[@type='pci'][not(pcihole64)][not(target/@hotplug) and not(target/node) and not(target/@busNr)]"
    "[@model='pci-root' or @model='pcie-root' or @model='pcie-root-port' or @model='pci-bridge'"
    " or @model='dmi-to-pci-bridge' or @model='pcie-to-pci-bridge']"
)

#: All that two equal objects may differ in: XPaths, by the tag of the root.
MAY_DIFFER: t.Mapping[str, t.Sequence[str]] = {
    "domain": (
        "uuid",  # the new one is another object
        # Where on the bus libvirt puts what nobody gave a place that matters.
        _PLAIN,
        "devices/*/address[@type='pci'][not(../../controller[@type='pci'][target/@hotplug or target/node])]",
        "devices/console/target/@port",  # which libvirt counts, for nobody
        "seclabel[@type='dynamic'][@relabel='yes'][not(baselabel)]",  # what a security driver gives any guest
        # The images below an image are named in it.
        "devices/disk/backingStore[*]"
        "[not(.//*[not(self::backingStore or self::format or self::source[@file or @dev][not(*)])])]",
        # Where nothing is said a display listens on 127.0.0.1, which is said of a new one.
        "devices/graphics/@listen[.='127.0.0.1']",
        "devices/graphics/listen/@address[.='127.0.0.1']",
    ),
    "network": ("uuid", "mac[starts-with(@address, '52:54:00:')]"),
    "pool": ("uuid", "capacity", "allocation", "available"),
    "filter": ("uuid",),
    "volume": ("key", "allocation", "physical", "target/timestamps", "target/permissions/label"),
    "secret": ("uuid",),
}


_HEX = re.compile(r"0x[0-9a-fA-F]+")


def facts(text: str) -> collections.Counter[str]:
    """Everything that a definition says, each attribute and each text by itself, in any order; secrets hidden.

    A netmask is the prefix that it says, so is the class of an address that says none; an expiry is in seconds;
    and a number is one in whichever digits.
    """
    root = secrets.hidden(parse.parse(text))
    for xpath in MAY_DIFFER.get(root.tag, ()):
        for found in root.xpath(xpath):
            if hasattr(found, "attrname"):
                del found.getparent().attrib[found.attrname]
            else:
                found.getparent().remove(found)
    for one in root.iterfind("ip[@address]"):
        if not one.get("prefix") and not one.get("netmask"):
            first = int(one.get("address").split(".")[0])
            one.set("prefix", "8" if first < 128 else "16" if first < 192 else "24")
    for one in root.iterfind(".//*[@netmask]"):
        one.set("prefix", str(ipaddress.IPv4Network(f"0.0.0.0/{one.attrib.pop('netmask')}").prefixlen))
    for one in root.iterfind(".//lease[@expiry]"):
        seconds = {"seconds": 1, "minutes": 60, "hours": 3600}[one.attrib.pop("unit", "minutes")]
        one.set("expiry", str(int(one.get("expiry")) * seconds))
    for one in root.iterfind(".//wwn"):
        one.text = one.text.replace("0x", "")
    said: collections.Counter[str] = collections.Counter()
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        place = "/".join(_name(one) for one in reversed([element, *element.iterancestors()]))
        said[f"{place}"] += 1
        for attribute, value in element.attrib.items():
            number = int(value, 16) if _HEX.fullmatch(value) else value
            said[f"{place}/@{attribute}={number}"] += 1
        if (element.text or "").strip():
            said[f"{place}={element.text.strip()}"] += 1
    return said


#: Devices are told apart by these, so that what one loses and another gets is seen.
_KNOWN_BY = ("target/@dev", "mac/@address", "@type", "@model", "@index", "@name", "@id")


def _name(element: t.Any) -> str:
    tag = element.tag.rpartition("}")[2]
    parent = element.getparent()
    if parent is None or parent.tag != "devices":
        return tag
    known = (element.xpath(place) for place in _KNOWN_BY[:2])
    named = next((found[0] for found in known if found), "")
    index = f"{element.get('type')}{element.get('index')}" if tag == "controller" else ""
    return f"{tag}[{index or named}]" if index or named else tag


def differences(before: str, after: str) -> list[str]:
    """What is lost and what came in addition."""
    one, other = facts(before), facts(after)
    return [f"- {fact}" for fact in sorted((one - other).elements())] + [
        f"+ {fact}" for fact in sorted((other - one).elements())
    ]


def cause(lines: t.Sequence[str]) -> str:
    """The same for differences of one sort: without values and names."""
    kinds = (re.sub(r"=.*", "", re.sub(r"\[[^\]]*\]", "", line), flags=re.S) for line in lines)
    return ", ".join(dict.fromkeys(kinds))
