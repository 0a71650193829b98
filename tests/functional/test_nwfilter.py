# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network filters: rules reach libvirt, and the packet filter of the guests that run with them."""

from __future__ import annotations

import subprocess
import typing as t

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs

TCP = {"action": "drop", "direction": "in", "protocol": "tcp", "match": {"dstportstart": 22}, "comment": "no ssh"}
MAC = {"action": "drop", "direction": "out", "priority": -100, "protocol": "mac", "match_not": {"srcmacaddr": "$MAC"}}
ALL = {"action": "accept", "direction": "inout", "priority": 1000, "statematch": False}

#: A rule of each protocol with values that libvirt writes otherwise than a person would.
RULES: list[dict[str, t.Any]] = [
    TCP,
    MAC,
    {"protocol": "mac", "match": {"srcmacaddr": "AA:BB:CC:0:0:1", "srcmacmask": "FF:FF:FF:0:0:0", "protocolid": 2048}},
    {"protocol": "vlan", "match": {"vlanid": "0x12", "encap-protocol": "0x86dd"}},
    {"protocol": "stp", "match": {"srcmacaddr": "$MAC", "root-priority": "0x10", "root-priority-hi": 32, "flags": 1}},
    {"protocol": "arp", "match": {"opcode": "reply", "arpsrcipaddr": "$IP", "gratuitous": "yes", "hwtype": 1}},
    {"protocol": "rarp", "match": {"opcode": 3}, "match_not": {"arpsrcmacaddr": "$MAC"}},
    {
        "protocol": "ip",
        "match": {"srcipaddr": "10.1.2.3", "srcipmask": "255.255.255.0", "protocol": 17, "dstportstart": 53},
        "match_not": {"dstipaddr": "10.0.0.0", "dstipmask": 8},
    },
    {"protocol": "ipv6", "match": {"dstipaddr": "FD00:0::", "dstipmask": "ffff::", "protocol": "icmpv6", "type": 128}},
    {"protocol": "tcp", "match": {"flags": "syn/all", "connlimit-above": 5, "state": "ESTABLISHED,NEW"}},
    {"protocol": "udp", "match": {"srcipfrom": "10.0.0.1", "srcipto": "10.0.0.9", "dscp": "0x3f"}},
    {"protocol": "icmp", "match": {"type": "0x8", "code": 0}},
    {"protocol": "icmpv6", "match": {"type": 8, "state": "NONE"}},
    *({"protocol": name} for name in ("sctp", "udplite", "esp", "ah", "all", "igmp")),
    *({"protocol": name + "-ipv6"} for name in ("tcp", "udp", "sctp", "udplite", "esp", "ah", "all")),
    ALL,
]


@pytest.fixture
def guest(module, virsh, unique):
    """A running guest, by name, whose interface refers to the filter of that name."""
    module("nwfilter", name=unique)
    module("network", name=unique, bridge="b-" + unique)
    interface = f"<source network='{unique}'/><filterref filter='{unique}'/>"
    definition = f"""<domain type='qemu'><name>{unique}</name><memory unit='MiB'>32</memory><os><type>hvm</type></os>
        <devices><interface type='network'>{interface}</interface></devices></domain>"""

    def start(tmp_path):
        (tmp_path / "guest.xml").write_text(definition)
        virsh("define", tmp_path / "guest.xml")
        virsh("start", unique)
        return unique

    return start


def rules_of(virsh, name):
    return etree.fromstring(virsh("nwfilter-dumpxml", name)).findall("rule")


def test_nwfilter_lifecycle_from_creation_to_removal(module, virsh, unique):
    created = settle(module, "nwfilter", name=unique, chain="ipv4-web", priority=-20, rules=[TCP, ALL])
    assert verbs(created) == ["define"]
    xml = etree.fromstring(virsh("nwfilter-dumpxml", unique))
    assert (xml.get("chain"), xml.get("priority")) == ("ipv4-web", "-20")
    assert xml.find("rule/tcp").attrib == {"dstportstart": "22", "comment": "no ssh"}
    assert xml.findall("rule")[1].get("statematch") == "false"
    assert module("nwfilter_info", name=unique)["nwfilters"] == [created["nwfilter"]]
    assert verbs(settle(module, "nwfilter", name=unique, state="absent")) == ["undefine"]
    assert unique not in virsh("nwfilter-list")


def test_rules_about_every_protocol_are_kept_and_compare(module, virsh, unique):
    rules = [{"action": "accept", "direction": "in", **rule} for rule in RULES]
    settle(module, "nwfilter", name=unique, rules=rules)
    assert [rule[0].tag if len(rule) else "any" for rule in rules_of(virsh, unique)] == [
        rule.get("protocol", "any") for rule in rules
    ]


def test_the_diff_names_added_removed_and_changed_rules(module, virsh, unique):
    settle(module, "nwfilter", name=unique, rules=[TCP, MAC, ALL])
    uuid = etree.fromstring(virsh("nwfilter-dumpxml", unique)).findtext("uuid")
    udp = {**TCP, "protocol": "udp"}
    changed = settle(module, "nwfilter", name=unique, rules=[{**TCP, "action": "reject"}, udp, ALL])
    assert list(fields(changed)) == [
        "rules[out mac srcmacaddr!=$MAC]",
        "rules[in tcp dstportstart=22].action",
        "rules[in udp dstportstart=22]",
    ]
    assert [rule.get("action") for rule in rules_of(virsh, unique)] == ["reject", "drop", "accept"]
    assert [rule[0].tag for rule in rules_of(virsh, unique)[:2]] == ["tcp", "udp"]
    assert etree.fromstring(virsh("nwfilter-dumpxml", unique)).findtext("uuid") == uuid


def test_the_order_of_rules_is_declared_too(module, virsh, unique):
    settle(module, "nwfilter", name=unique, rules=[TCP, MAC, ALL])
    changed = settle(module, "nwfilter", name=unique, rules=[ALL, TCP, MAC])
    assert list(fields(changed)) == ["rules"]
    assert [rule[0].tag if len(rule) else None for rule in rules_of(virsh, unique)] == [None, "tcp", "mac"]


def test_filters_refer_to_each_other_in_any_order_of_a_document(module, virsh, unique):
    document = {
        "nwfilters": [
            {
                "name": unique,
                "filterrefs": [
                    {
                        "filter": unique + "-base",
                        "parameters": [{"name": "IP", "value": ip} for ip in ("10.0.0.2", "10.0.0.1")],
                    }
                ],
            },
            {"name": unique + "-base", "rules": [MAC]},
        ]
    }
    converged = settle(module, "converge", **document)
    assert [action["name"] for action in converged["actions"]] == [unique + "-base", unique]
    xml = etree.fromstring(virsh("nwfilter-dumpxml", unique))
    assert {one.get("value") for one in xml.iterfind("filterref/parameter")} == {"10.0.0.1", "10.0.0.2"}
    refused = module("nwfilter", name=unique + "-base", state="absent", fails=True)
    assert f"is used by nwfilter {unique}." in refused["msg"]
    gone = {"nwfilters": [{"name": one["name"], "state": "absent"} for one in document["nwfilters"]]}
    assert verbs(settle(module, "converge", **gone)) == ["undefine", "undefine"]


def iptables() -> str:
    return subprocess.run(["iptables", "-S"], text=True, capture_output=True, check=True).stdout


def test_a_changed_filter_applies_to_a_running_guest_at_once(module, virsh, guest, tmp_path):
    name = guest(tmp_path)
    assert "--dport 22" not in iptables()
    settle(module, "nwfilter", name=name, rules=[TCP])
    assert '--dport 22 -m comment --comment "no ssh" -j DROP' in iptables()
    settle(module, "nwfilter", name=name, rules=[])
    assert "--dport 22" not in iptables()


def test_a_filter_that_a_guest_uses_is_not_removed(module, virsh, guest, tmp_path):
    name = guest(tmp_path)
    for _running_and_off in range(2):
        refused = module("nwfilter", name=name, state="absent", fails=True)
        assert f"'{name}' is used by domain {name}" in refused["msg"]
        if virsh("domstate", name).strip() == "running":
            virsh("destroy", name)
    gone = {"nwfilters": [{"name": name, "state": "absent"}], "domains": [{"name": name, "state": "absent"}]}
    settle(module, "converge", **gone)
    assert name not in virsh("nwfilter-list")


def test_a_filter_is_defined_before_the_guest_that_refers_to_it(module, virsh, unique):
    interface = {"network": unique, "filterref": {"filter": unique}}
    document = {
        "domains": [{"name": unique, "state": "stopped", "memory": "32MiB", "interfaces": [interface]}],
        "networks": [{"name": unique, "state": "inactive", "forward": {"mode": "isolated"}}],
        "nwfilters": [{"name": unique, "rules": [TCP]}],
    }
    settle(module, "converge", **document)
    assert f"<filterref filter='{unique}'/>" in virsh("dumpxml", unique)


def test_built_in_filters_are_not_changed(module, virsh, tmp_path):
    (tmp_path / "filter.xml").write_text("<filter name='no-mac-broadcast' chain='root'/>")
    virsh("nwfilter-define", tmp_path / "filter.xml")
    for options in ({"rules": [ALL]}, {"state": "absent"}):
        refused = module("nwfilter", name="no-mac-broadcast", fails=True, **options)
        assert "is libvirt's own" in refused["msg"]
    assert "<rule" not in virsh("nwfilter-dumpxml", "no-mac-broadcast")
    assert not module("nwfilter", name="no-mac-broadcast", chain="root")["changed"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rules": [{"action": "drop", "direction": "up"}]}, "direction"),
        ({"rules": [{**TCP, "match": {"dport": 22}}]}, "no protocol has the attribute 'dport'"),
        (
            {"rules": [{**TCP, "match": {"dstportstart": "ssh"}}]},
            "rules[0].match[dstportstart]: 'ssh' is not a number from 0 to 65535",
        ),
        ({"rules": [{**TCP, "match": {"dstportstart": 70000}}]}, "'70000' is not a number from 0 to 65535"),
        ({"rules": [{**TCP, "protocol": "mac"}]}, "a rule about mac cannot look at dstportstart"),
        ({"filterrefs": [{"filter": "nowhere"}]}, "nwfilter 'nowhere' neither exists on the host nor is declared"),
        ({"chain": "nonsense"}, "chain: 'nonsense' cannot be a chain"),
    ],
)
def test_bad_input_is_refused_with_its_place(module, virsh, unique, options, message):
    assert message in module("nwfilter", name=unique, fails=True, **options)["msg"]
    assert unique not in virsh("nwfilter-list")


def test_a_filter_is_told_as_its_options_and_made_anew_from_them(module, virsh, unique):
    rules = [{"action": "accept", "direction": "in", **rule} for rule in RULES]
    module("nwfilter", name=unique + "base", chain="ipv4", priority=-600, rules=[ALL])
    module("nwfilter", name=unique, rules=rules, filterrefs=[{"filter": unique + "base"}])
    specs = {one["name"]: one for one in module("nwfilter_info", **{"as": "spec"})["nwfilters"]}
    assert all(not module("nwfilter", **spec)["changed"] for spec in specs.values())
    (before,) = module("nwfilter_info", name=unique)["nwfilters"]
    module("nwfilter", name=unique, state="absent")
    module("nwfilter", **specs[unique])
    (after,) = module("nwfilter_info", name=unique)["nwfilters"]
    del before["uuid"], after["uuid"]
    assert after == before
    assert (
        not {"uuid", "chain", "xml"} & specs[unique].keys()
        and "xml" not in specs[unique + "base"]
        and specs[unique + "base"]["chain"] == "ipv4"
    )


def test_the_filters_that_libvirt_brings_need_no_spec(module, virsh, unique, tmp_path, brought_filters):
    module("nwfilter", name=unique, rules=[TCP], filterrefs=[{"filter": "clean-traffic"}])
    told = module("nwfilter_info", **{"as": "spec"})
    assert [one["name"] for one in told["nwfilters"]] == [unique] and "warnings" not in told
    assert {one["name"] for one in module("nwfilter_info")["nwfilters"]} > {unique, "clean-traffic", "allow-arp"}
    (tmp_path / "filter.xml").write_text(virsh("nwfilter-dumpxml", "allow-arp").replace("accept", "drop"))
    virsh("nwfilter-define", tmp_path / "filter.xml")
    told = module("nwfilter_info", name="allow-arp", **{"as": "spec"})
    assert told["nwfilters"] == [] and "'allow-arp' cannot be declared as it is: it is libvirt's own" in str(
        told["warnings"]
    )


def test_a_libvirt_that_has_no_filters_has_none_to_tell(module):
    assert module("nwfilter_info", uri="test:///default")["nwfilters"] == []


def test_a_filter_is_declared_by_xml(module, virsh, unique):
    rule = "<rule action='drop' direction='in' priority='100'><ip protocol='udp'/></rule>"
    done = settle(module, "nwfilter", name=unique, xml=f"<filter name='{unique}' chain='ipv4'>{rule}</filter>")
    assert "xml:rule[in,ip,protocol=udp]" in fields(done)
    assert "<ip protocol='udp'/>" in virsh("nwfilter-dumpxml", unique)
    assert not module("nwfilter", name=unique, xml=virsh("nwfilter-dumpxml", unique))["changed"]
    failed = module("nwfilter", fails=True, name=unique, xml="<filter name='other'/>")
    assert "xml: the XML is about 'other', the option name says" in failed["msg"]
