# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rules look at: every attribute of every protocol goes where libvirt's schema has it, and reads as written."""

from __future__ import annotations

import pytest
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.resources import NWFILTER
from ansible_collections.kvm.fleet.plugins.module_utils.resources.nwfilter.match import PROTOCOLS, canonical
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables

SCHEMA = etree.RelaxNG(file="/usr/share/libvirt/schemas/nwfilter.rng")
#: What the schema lacks and libvirt's parser knows.
NOT_IN_THE_SCHEMA = ("option", "arpsrcipmask", "arpdstipmask", "ipset", "ipsetflags", "connlimit-above", "state")


def example(protocol: str, attribute: str) -> str:
    """A value that the attribute can have."""
    if attribute.endswith(("macaddr", "macmask", "-address", "-address-mask")):
        return "01:80:c2:00:00:00"
    if attribute.endswith("ipmask"):
        return "24"
    if attribute.endswith(("ipaddr", "ipfrom", "ipto")):
        return "fd00::5" if "v6" in protocol else "10.0.0.5"
    texts = {"protocolid": "arp", "encap-protocol": "0x88cc", "protocol": "sctp", "opcode": "ARP_NAK"}
    texts |= {"gratuitous": "true", "state": "NEW,ESTABLISHED", "ipset": "hosts", "ipsetflags": "src,dst"}
    if attribute == "flags" and protocol != "stp":
        return "SYN/SYN,ACK"
    return texts.get(attribute, "7")


@pytest.mark.parametrize(
    ("protocol", "attribute"), [(protocol, name) for protocol, names in PROTOCOLS.items() for name in names]
)
@pytest.mark.parametrize("option", ["match", "match_not"])
def test_an_attribute_reads_as_it_was_written_and_fits_the_schema(protocol, attribute, option):
    value = example(protocol, attribute)
    rule = {"action": "drop", "direction": "in", "priority": 3, "statematch": False, "protocol": protocol}
    other = "match" if option == "match_not" else "match_not"
    params = {"rules": [{**rule, option: {attribute: value}, other: {}, "comment": "why"}]}
    values = tables.normalise(NWFILTER.table, params)
    root = tables.build("filter", NWFILTER.table, values)
    root.set("name", "f")
    assert tables.read(NWFILTER.table, root)["rules"] == values["rules"]
    assert tables.patch(NWFILTER.table, root, values) == []
    (element,) = root.find("rule")
    assert (element.tag, element.get(attribute)) == (protocol, value)
    assert element.get("match") == ("no" if option == "match_not" else None)
    if attribute not in NOT_IN_THE_SCHEMA:
        assert SCHEMA.validate(root), etree.tostring(root)


@pytest.mark.parametrize(
    ("attribute", "written", "compared"),
    [
        ("srcmacaddr", "A:bb:CC:0:00:01", "0a:bb:cc:00:00:01"),
        ("dstmacmask", "FF:ff:ff:00:00:00", "ff:ff:ff:00:00:00"),
        ("srcipaddr", "FD00:0:0::1", "fd00::1"),
        ("srcipmask", "255.255.240.0", "20"),
        ("dstipmask", "ffff::", "16"),
        ("dstportstart", "0x50", "80"),
        ("dstportstart", 80, "80"),
        ("protocolid", "2054", "arp"),
        ("protocolid", "4660", "0x1234"),
        ("protocol", "0x11", "udp"),
        ("protocol", 47, "47"),
        ("opcode", "reply", "Reply"),
        ("opcode", "11", "11"),
        ("state", "established,new", "NEW,ESTABLISHED"),
        ("flags", "ack,syn/all", "SYN,ACK/ALL"),
        ("flags", "0x1", "1"),
        ("gratuitous", True, "true"),
        ("gratuitous", "no", "false"),
        ("dstportstart", "$PORTS[ @1 ]", "$PORTS[@1]"),
        ("srcmacaddr", " $ MAC ", "$MAC"),
    ],
)
def test_values_compare_however_they_are_written(attribute, written, compared):
    assert canonical(attribute, written) == compared


@pytest.mark.parametrize(
    ("attribute", "written"),
    [
        ("srcmacaddr", "52:54:00"),
        ("srcipaddr", "10.0.0.256"),
        ("srcipmask", "255.0.255.0"),
        ("srcipmask", "x"),
        ("dstportstart", "http"),
        ("dstportstart", -1),
        ("protocolid", "ipx"),
        ("state", "OPEN"),
        ("flags", "SYN/FOO"),
        ("gratuitous", "maybe"),
        ("srcipaddr", "$IP; drop"),
        ("vlanid", 4096),
        ("dscp", "0x40"),
        ("code", 256),
    ],
)
def test_invalid_values_are_refused(attribute, written):
    with pytest.raises(InvalidOption):
        canonical(attribute, written)
