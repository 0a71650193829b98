# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of networks against a real libvirtd: what it makes of them, dnsmasq, the kernel's routes."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs

EVERYTHING: dict[str, t.Any] = {
    "mtu": 1400,
    "ipv6": True,
    "trust_guest_rx_filters": True,
    "port": {"isolated": True},
    "forward": {
        "mode": "nat",
        "nat": {
            "ipv6": True,
            "address": {"start": "192.0.2.10", "end": "192.0.2.12"},
            "port": {"start": 1024, "end": 2000},
        },
    },
    "domain": {"name": "x.test", "local_only": True},
    "dns": {
        "forward_plain_names": False,
        "forwarders": [{"addr": "192.0.2.53"}, {"addr": "192.0.2.53", "domain": "ex.test"}, {"domain": "own.test"}],
        "txt": [{"name": "release", "value": "2026.11 a"}],
        "srv": [
            {
                "service": "sip",
                "protocol": "udp",
                "domain": "x.test",
                "target": "h.x.test",
                "port": 5060,
                "priority": 1,
                "weight": 2,
            },
            {"service": "ldap", "protocol": "tcp"},
        ],
        "hosts": [{"ip": "10.81.0.9", "hostnames": ["db"]}],
    },
    "dnsmasq_options": ["cname=alias,db"],
    "ips": [
        {
            "address": "10.81.0.1",
            "prefix": 24,
            "local_ptr": True,
            "tftp": {"root": "/tmp"},
            "dhcp": {
                "bootp": {"file": "pxe.0", "server": "10.81.0.2"},
                "ranges": [{"start": "10.81.0.100", "end": "10.81.0.200", "lease": 1800}],
                "hosts": [{"mac": "52:54:00:77:00:05", "ip": "10.81.0.5", "lease": 7200}],
            },
        },
        {"address": "fd00:81::1", "prefix": 64},
    ],
    "routes": [
        {"address": "192.168.222.0", "prefix": 24, "gateway": "10.81.0.2", "metric": 2},
        {"address": "fd00:82::", "prefix": 64, "gateway": "fd00:81::2"},
    ],
}


def live(virsh: t.Callable[..., str], name: str) -> t.Any:
    return etree.fromstring(virsh("net-dumpxml", name))


def defined(virsh: t.Callable[..., str], name: str) -> t.Any:
    return etree.fromstring(virsh("net-dumpxml", "--inactive", name))


def test_every_network_option_takes_effect(module, virsh, unique):
    settle(module, "network", name=unique, bridge=unique, **EVERYTHING)
    told = pathlib.Path(f"/var/lib/libvirt/dnsmasq/{unique}.conf").read_text().splitlines()
    for line in (
        "server=192.0.2.53",
        "server=/ex.test/192.0.2.53",
        "server=/own.test/#",
        "domain-needed",
        "local=/x.test/",
        "txt-record=release,2026.11 a",
        "srv-host=_sip._udp.x.test,h.x.test,5060,1,2",
        "cname=alias,db",
        "tftp-root=/tmp",
        "dhcp-boot=pxe.0,,10.81.0.2",
    ):
        assert line in told
    (given,) = (line for line in told if line.startswith("dhcp-range=10.81.0.100,10.81.0.200,"))
    assert given.endswith(",1800s")
    assert ",7200" in pathlib.Path(f"/var/lib/libvirt/dnsmasq/{unique}.hostsfile").read_text()
    routes = subprocess.run(["ip", "route"], text=True, capture_output=True, check=True).stdout
    assert f"192.168.222.0/24 via 10.81.0.2 dev {unique} metric 2" in " ".join(routes.split())
    assert (
        "mtu 1400" in subprocess.run(["ip", "link", "show", unique], text=True, capture_output=True, check=True).stdout
    )
    rules = subprocess.run(["iptables-save", "-t", "nat"], text=True, capture_output=True, check=True).stdout
    assert "--to-source 192.0.2.10-192.0.2.12:1024-2000" in rules
    xml = live(virsh, unique)
    assert (xml.get("ipv6"), xml.get("trustGuestRxFilters"), xml.find("port").get("isolated")) == ("yes",) * 3
    (shown,) = module("network_info", name=unique)["networks"]
    for option in ("mtu", "domain", "dnsmasq_options", "forward"):
        assert shown[option] == EVERYTHING[option]


def test_every_network_option_can_be_removed(module, virsh, unique):
    settle(module, "network", name=unique, bridge=unique, **EVERYTHING)
    bare = {
        "mtu": 0,
        "ipv6": False,
        "trust_guest_rx_filters": False,
        "port": {"isolated": False},
        "forward": {
            "mode": "nat",
            "nat": {"ipv6": False, "address": {}, "port": {}},
        },
        "domain": {"name": ""},
        "dns": {"forward_plain_names": True, "forwarders": [], "txt": [], "srv": [], "hosts": []},
        "dnsmasq_options": [],
        "ips": [
            {
                "address": "10.81.0.1",
                "prefix": 24,
                "local_ptr": False,
                "tftp": {"root": ""},
                "dhcp": {"bootp": {"file": "", "server": ""}, "ranges": [], "hosts": []},
            }
        ],
        "routes": [],
    }
    taken = settle(module, "network", name=unique, restart="always", **bare)
    assert verbs(taken) == ["define", "restart"]
    xml = live(virsh, unique)
    assert not {element.tag for element in xml} & {"mtu", "domain", "dns", "route", "port"}
    assert etree.tostring(xml.find("ip")).split() == b'<ip address="10.81.0.1" prefix="24"> </ip>'.split()
    assert [element.tag for element in xml.find("forward/nat")] == ["port"]  # libvirt's default is written out


def test_records_and_leases_change_in_the_running_network(module, virsh, unique):
    settle(module, "network", name=unique, bridge=unique, **EVERYTHING)
    started = pathlib.Path(f"/sys/class/net/{unique}/ifindex").read_text()
    options = {
        "dns": {
            "txt": [{"name": "release", "value": "2026.12"}, {"name": "new", "value": "x"}],
            "srv": [
                {"service": "sip", "protocol": "udp", "domain": "x.test", "target": "h.x.test", "port": 5061},
                {"service": "sip", "protocol": "udp", "domain": "x.test", "target": "i.x.test", "port": 5060},
            ],
        },
        "ips": [
            {
                "address": "10.81.0.1",
                "prefix": 24,
                "dhcp": {
                    "ranges": [{"start": "10.81.0.100", "end": "10.81.0.200", "lease": 3600}],
                    "hosts": [{"mac": "52:54:00:77:00:05", "ip": "10.81.0.5", "lease": 0}],
                },
            },
            {"address": "fd00:81::1", "prefix": 64},
        ],
    }
    changed = settle(module, "network", name=unique, **options)
    assert (verbs(changed), changed["restart_required"]) == (["define", "update"], False)
    for xml in (live(virsh, unique), defined(virsh, unique)):
        assert [(one.get("name"), one.get("value")) for one in xml.iterfind("dns/txt")] == [
            ("release", "2026.12"),
            ("new", "x"),
        ]
        assert [(one.get("target"), one.get("port"), one.get("weight")) for one in xml.iterfind("dns/srv")] == [
            ("h.x.test", "5061", None),
            ("i.x.test", "5060", None),
        ]
        assert xml.find("ip/dhcp/range/lease").get("expiry") == "3600"
        assert xml.find("ip/dhcp/host/lease").get("expiry") == "0"
    told = pathlib.Path(f"/var/lib/libvirt/dnsmasq/{unique}.conf").read_text()
    assert "txt-record=release,2026.12\n" in told and "_ldap" not in told
    assert pathlib.Path(f"/sys/class/net/{unique}/ifindex").read_text() == started, "the bridge was made anew"


def test_port_groups_change_in_the_running_network(module, virsh, unique):
    groups = [
        {"name": "dmz", "default": True, "bandwidth": {"inbound": {"average": 100, "peak": 200, "burst": 50}}},
        {"name": "old"},
    ]
    settle(module, "network", name=unique, forward={"mode": "isolated"}, portgroups=groups)
    groups = [
        {"name": "new", "default": True, "trust_guest_rx_filters": True},
        {"name": "dmz", "default": False, "bandwidth": {"inbound": {"average": 300}, "outbound": {"average": 5}}},
    ]
    changed = settle(module, "network", name=unique, portgroups=groups)
    assert (verbs(changed), changed["restart_required"]) == (["define", "update"], False)
    for xml in (live(virsh, unique), defined(virsh, unique)):
        assert sorted(one.get("name") for one in xml.iterfind("portgroup")) == ["dmz", "new"]
        (dmz,) = xml.iterfind("portgroup[@name='dmz']")
        assert dmz.find("bandwidth/inbound").attrib == {"average": "300", "peak": "200", "burst": "50"}
        assert (dmz.get("default"), dmz.find("bandwidth/outbound").get("average")) == (None, "5")


def test_vlans_and_virtual_ports_of_an_open_vswitch(module, virsh, unique):
    options = {
        "forward": {"mode": "bridge"},
        "bridge": "br-ovs",
        "virtualport": {"type": "openvswitch", "profile_id": "p"},
        "vlan": {"tags": [{"id": 42}, {"id": 47, "native_mode": "untagged"}]},
        "portgroups": [{"name": "one", "vlan": {"tags": [{"id": 5}]}, "virtualport": {"type": "openvswitch"}}],
    }
    settle(module, "network", name=unique, **options)
    xml = live(virsh, unique)
    assert xml.find("vlan").get("trunk") == "yes"
    assert [(tag.get("id"), tag.get("nativeMode")) for tag in xml.iterfind("vlan/tag")] == [
        ("42", None),
        ("47", "untagged"),
    ]
    assert xml.find("virtualport/parameters").get("profileid") == "p"
    options["portgroups"][0]["vlan"]["tags"] = [{"id": 6}, {"id": 7}]
    assert verbs(settle(module, "network", name=unique, **options)) == ["define", "update"]
    assert live(virsh, unique).find("portgroup/vlan").get("trunk") == "yes"
    changed = settle(module, "network", name=unique, virtualport={"profile_id": "q"}, vlan={"tags": [{"id": 9}]})
    assert (verbs(changed), changed["restart_required"]) == (["define"], True)
    assert [tag.get("id") for tag in defined(virsh, unique).iterfind("vlan/tag")] == ["9"]
    bare = {"vlan": {"tags": []}, "virtualport": {"type": "none"}, "portgroups": []}
    settle(module, "network", name=unique, restart="always", **bare)
    assert {element.tag for element in live(virsh, unique)} == {"name", "uuid", "forward", "bridge"}


@pytest.mark.parametrize("mode", ["bridge", "private", "vepa", "passthrough"])
def test_macvtap_devices_change_in_the_running_network(module, virsh, unique, mode):
    def options(*names: str) -> dict[str, t.Any]:
        return {"name": unique, "forward": {"mode": mode, "interfaces": [{"dev": name} for name in names]}}

    settle(module, "network", **options("eth5", "eth6"))
    changed = settle(module, "network", **options("eth7", "eth6"))
    assert (verbs(changed), changed["restart_required"]) == (["define", "update"], False)
    for xml in (live(virsh, unique), defined(virsh, unique)):
        assert xml.find("forward").get("mode") == mode
        assert sorted(one.get("dev") for one in xml.iterfind("forward/interface")) == ["eth6", "eth7"]


@pytest.mark.parametrize(
    ("virtualport", "parameters"),
    [
        (
            {
                "type": "802.1Qbg",
                "manager_id": 11,
                "type_id": 1193047,
                "type_id_version": 2,
                "instance_id": "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f",
            },
            {
                "managerid": "11",
                "typeid": "1193047",
                "typeidversion": "2",
                "instanceid": "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f",
            },
        ),
        ({"type": "802.1Qbh", "profile_id": "finance"}, {"profileid": "finance"}),
    ],
)
def test_virtual_ports_of_external_switches(module, virsh, unique, virtualport, parameters):
    forward = {"mode": "vepa", "interfaces": [{"dev": "eth5"}]}
    settle(module, "network", name=unique, forward=forward, virtualport=virtualport)
    assert live(virsh, unique).find("virtualport/parameters").attrib == parameters
    settle(module, "network", name=unique, restart="always", virtualport={"type": "none"})
    assert live(virsh, unique).find("virtualport") is None


def test_a_midonet_port_is_defined(module, virsh, unique):
    port = {"type": "midonet", "interface_id": "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f"}
    settle(module, "network", name=unique, forward={"mode": "bridge"}, bridge="br0", virtualport=port)
    assert defined(virsh, unique).find("virtualport/parameters").get("interfaceid") == port["interface_id"]


def test_a_pool_of_virtual_functions_is_defined(module, virsh, unique):
    """There is no SR-IOV device here that it could start with."""
    forward = {"mode": "hostdev", "pf": "eth0", "managed": True, "driver": "vfio"}
    settle(module, "network", name=unique, state="inactive", forward=forward, vlan={"tags": [{"id": 3}]})
    xml = defined(virsh, unique)
    assert xml.find("forward").attrib == {"mode": "hostdev", "managed": "yes"}
    assert (xml.find("forward/pf").get("dev"), xml.find("forward/driver").get("name")) == ("eth0", "vfio")
    settle(
        module, "network", name=unique, state="inactive", forward={"mode": "hostdev", "pf": "eth1", "managed": False}
    )
    assert defined(virsh, unique).find("forward").attrib == {"mode": "hostdev", "managed": "no"}


def test_libvirt_refuses_addresses_that_are_no_virtual_functions(module, virsh, unique):
    forward = {"mode": "hostdev", "addresses": ["0000:04:10.1"]}
    failed = module("network", name=unique, state="inactive", forward=forward, fails=True)
    assert "0000:04:10.1" in failed["msg"] and "Virtual Function" in failed["msg"]
    assert unique not in virsh("net-list", "--all", "--name")


def test_options_that_need_firewalld_or_traffic_control_are_defined(module, virsh, unique):
    """firewalld, a kernel with VLAN filtering, and one with traffic control."""
    limits = {"inbound": {"average": 1000, "peak": 2000, "burst": 512}, "outbound": {"average": 500}}
    options = {"name": unique, "state": "inactive"}
    settle(module, "network", **options, zone="public", mac_table_manager="libvirt", bandwidth=limits)
    xml = defined(virsh, unique)
    assert (xml.find("bridge").get("zone"), xml.find("bridge").get("macTableManager")) == ("public", "libvirt")
    assert xml.find("bandwidth/inbound").attrib == {"average": "1000", "peak": "2000", "burst": "512"}
    none = {"inbound": {"average": 0, "peak": 0, "burst": 0}, "outbound": {"average": 0}}
    settle(module, "network", **options, zone="", mac_table_manager="kernel", bandwidth=none)
    xml = defined(virsh, unique)
    assert xml.find("bandwidth") is None and not {"zone", "macTableManager"} & set(xml.find("bridge").attrib)


def test_every_setting_of_a_network_changes(module, virsh, unique):
    """What libvirt itself wrote into a network with a bridge of its own does not stand in the way."""
    off = {"name": unique, "state": "inactive"}
    address = {"address": "10.82.0.1", "prefix": 24}
    settle(module, "network", **off, forward={"mode": "nat", "dev": "eth0"}, ips=[address])
    assert fields(settle(module, "network", **off, forward={"mode": "nat", "dev": "eth1"})) == {
        "forward.dev": ("eth0", "eth1")
    }
    failed = module("network", **off, forward={"mode": "vepa", "interfaces": [{"dev": "eth5"}]}, fails=True)
    assert "ips: a network of mode vepa has no addresses of its own" in failed["msg"]
    settle(module, "network", **off, forward={"mode": "vepa", "interfaces": [{"dev": "eth5"}]}, ips=[])
    assert [one.get("dev") for one in defined(virsh, unique).iterfind("forward/interface")] == ["eth5"]
    settle(module, "network", **off, forward={"mode": "bridge", "interfaces": []}, bridge="br0")
    assert defined(virsh, unique).find("forward").attrib == {"mode": "bridge"}
    settle(module, "network", **off, forward={"mode": "bridge", "interfaces": [{"dev": "eth5"}]}, bridge="")
    settle(module, "network", **off, forward={"mode": "route", "dev": ""}, ips=[address])
    assert defined(virsh, unique).find("forward").attrib == {"mode": "route"}
