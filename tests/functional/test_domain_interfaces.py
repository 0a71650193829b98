# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces of every type and their options, against a real libvirtd and QEMU; virsh is the witness."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from .lifecycle import fields, settle, verbs
from .test_domain import dumpxml, guest

MAC = "52:54:00:77:02:01"
OFFLOADS = {"csum": True, "tso4": False, "tso6": False, "ecn": False, "ufo": False}

#: Interfaces that this machine cannot run, and what libvirt has to say of them: places below the interface.
DEFINED: dict[str, tuple[dict[str, t.Any], dict[str, str]]] = {
    "direct": (
        {"direct": "eth0", "direct_mode": "bridge", "trust_guest_rx_filters": True},
        {"@type": "direct", "source/@mode": "bridge", "@trustGuestRxFilters": "yes"},
    ),
    "hostdev": (
        {"hostdev": "65:10.1", "managed": True, "driver": "vfio", "vlan": {"tags": [{"id": 42}]}},
        {
            "@type": "hostdev",
            "@managed": "yes",
            "source/address/@slot": "0x10",
            "source/address/@type": "pci",
            "driver/@name": "vfio",
            "vlan/tag/@id": "42",
        },
    ),
    "vdpa": ({"vdpa": "/dev/vhost-vdpa-0"}, {"@type": "vdpa", "source/@dev": "/dev/vhost-vdpa-0"}),
    "vhost_user": (
        {"vhost_user": {"path": "/run/ovs/1.sock", "mode": "client", "reconnect": 3}, "queues": 2},
        {
            "@type": "vhostuser",
            "source/@mode": "client",
            "source/@type": "unix",
            "source/reconnect/@enabled": "yes",
            "source/reconnect/@timeout": "3",
            "model/@type": "virtio",
        },
    ),
    "a tap device of somebody else": (
        {"ethernet": True, "target_dev": "mytap0", "target_managed": False},
        {"@type": "ethernet", "target/@dev": "mytap0", "target/@managed": "no"},
    ),
    "a trunk of Open vSwitch": (
        {
            "bridge": "ovsbr0",
            "virtualport": {"type": "openvswitch", "interface_id": "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d888"},
            "vlan": {"trunk": True, "tags": [{"id": 42, "native_mode": "untagged"}, {"id": 47}]},
        },
        {
            "virtualport/@type": "openvswitch",
            "virtualport/parameters/@interfaceid": "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d888",
            "vlan/@trunk": "yes",
            "vlan/tag[1]/@nativeMode": "untagged",
            "vlan/tag[2]/@id": "47",
        },
    ),
    "a profile": (
        {"direct": "eth0", "virtualport": {"type": "802.1Qbh", "profile_id": "web"}},
        {"virtualport/parameters/@profileid": "web"},
    ),
    "everything of a virtio interface": (
        {
            "bridge": "br0",
            "target_dev": "web1-eth0",
            "driver": "vhost",
            "queues": 2,
            "rx_queue_size": 512,
            "tx_queue_size": 256,
            "txmode": "iothread",
            "ioeventfd": True,
            "event_idx": False,
            "rss": True,
            "rss_hash_report": True,
            "iommu": True,
            "ats": True,
            "packed": True,
            "page_per_vq": True,
            "host_offloads": {**OFFLOADS, "gso": False, "mrg_rxbuf": True},
            "guest_offloads": OFFLOADS,
            "mtu": 1400,
            "coalesce": {"rx_frames": 7},
            "filterref": {"filter": "web", "parameters": [{"name": "IP", "value": "10.0.0.1"}]},
            "port": {"isolated": True},
            "teaming": {"type": "persistent"},
            "rom": {"enabled": True, "bar": False, "file": "/usr/share/qemu/pxe.rom"},
            "acpi_index": 7,
            "boot_order": 1,
            "alias": "ua-front",
            "bandwidth": {"inbound": {"average": 1000, "peak": 2000, "burst": 512}, "outbound": {"average": 500}},
        },
        {
            "target/@dev": "web1-eth0",
            "driver/@name": "vhost",
            "driver/@rx_queue_size": "512",
            "driver/@rss_hash_report": "on",
            "driver/host/@mrg_rxbuf": "on",
            "driver/guest/@ufo": "off",
            "mtu/@size": "1400",
            "coalesce/rx/frames/@max": "7",
            "filterref/parameter/@value": "10.0.0.1",
            "port/@isolated": "yes",
            "teaming/@type": "persistent",
            "rom/@file": "/usr/share/qemu/pxe.rom",
            "acpi/@index": "7",
            "boot/@order": "1",
            "alias/@name": "ua-front",
            "bandwidth/inbound/@burst": "512",
        },
    ),
}


def told(element: t.Any, places: t.Iterable[str]) -> dict[str, str]:
    return {place: "".join(str(getattr(one, "text", one)) for one in element.xpath(place)) for place in places}


@pytest.mark.parametrize("case", DEFINED)
def test_an_interface_is_defined_as_declared(module, virsh, unique, case):
    interface, expected = DEFINED[case]
    if "filterref" in interface:
        module("nwfilter", name=interface["filterref"]["filter"])
    memory = {"source": "memfd", "access": "shared"}
    settle(module, "domain", **guest(unique, state="stopped", memory_backing=memory, interfaces=[interface]))
    (element,) = dumpxml(virsh, unique).findall("devices/interface")
    assert told(element, expected) == expected


def test_changing_the_source_type_removes_the_old_source(module, virsh, unique):
    for name in ("hostdev", "vhost_user", "vdpa", "direct"):
        interface = dict(DEFINED[name][0], mac=MAC)
        if name != "hostdev":
            interface.update(driver="qemu", model="virtio", vlan={"tags": []})
        memory = {"source": "memfd", "access": "shared"}
        settle(module, "domain", **guest(unique, state="stopped", memory_backing=memory, interfaces=[interface]))
    element = dumpxml(virsh, unique).find("devices/interface")
    assert element.get("type") == "direct" and dict(element.find("source").attrib) == {"dev": "eth0", "mode": "bridge"}
    assert element.find("vlan") is None


@pytest.fixture
def bridge(unique: str) -> t.Iterator[str]:
    """A bridge of the host's own."""
    name = "host-" + unique
    subprocess.run(["ip", "link", "add", name, "type", "bridge"], check=True)
    yield name
    subprocess.run(["ip", "link", "delete", name], check=True)


def test_live_interface_options_change_in_the_running_guest(module, virsh, unique, bridge):
    settle(module, "domain", **guest(unique, interfaces=[{"bridge": bridge, "mac": MAC}]))
    options = {"link": "down", "port": {"isolated": True}, "coalesce": {"rx_frames": 0}}
    changed = settle(module, "domain", **guest(unique, interfaces=[{"bridge": bridge, "mac": MAC, **options}]))
    assert verbs(changed) == ["define", "update"] and not changed["pending"]
    device = dumpxml(virsh, unique).find("devices/interface/target").get("dev")
    port = subprocess.run(["bridge", "-d", "link", "show", "dev", device], check=True, capture_output=True, text=True)
    assert "isolated on" in port.stdout
    assert "down" in virsh("domif-getlink", unique, MAC)
    options.update(port={"isolated": False}, link="up")
    changed = settle(module, "domain", **guest(unique, interfaces=[{"bridge": bridge, "mac": MAC, **options}]))
    assert verbs(changed) == ["define", "update"] and not changed["pending"]
    settle(module, "domain", name=unique, state="absent", shutdown_timeout=0, force=True)


def test_a_live_change_does_not_wait_for_a_pending_one(module, virsh, unique):
    module("network", name=unique, forward={"mode": "isolated"})
    settle(module, "domain", **guest(unique, interfaces=[{"network": unique, "mac": MAC}]))
    interface = {"network": unique, "mac": MAC, "link": "down", "model": "e1000e"}
    changed = settle(module, "domain", **guest(unique, interfaces=[interface]))
    assert verbs(changed) == ["define", "update"]
    assert [field["option"] for field in changed["pending"][0]["fields"]] == [f"interfaces[{MAC}].model"]
    assert "down" in virsh("domif-getlink", unique, MAC)


def test_two_interfaces_of_one_network_are_identified_by_their_aliases(module, virsh, unique):
    module("network", name=unique, forward={"mode": "isolated"})
    settle(module, "domain", **guest(unique, interfaces=[{"network": unique}]))
    first = dumpxml(virsh, unique).find("devices/interface/mac").get("address")
    two = [{"network": unique, "alias": "ua-new"}, {"network": unique}]
    changed = settle(module, "domain", **guest(unique, interfaces=two))
    assert set(fields(changed)) == {"interfaces[ua-new]"}, "the one that was there is the one without an alias"
    both = [{"network": unique, "alias": "ua-old"}, {"network": unique, "alias": "ua-new"}]
    changed = settle(module, "domain", **guest(unique, interfaces=both))
    assert fields(changed) == {f"interfaces[{first}].alias": (None, "ua-old")}
    assert not module("domain", **guest(unique, interfaces=both[::-1]))["changed"]
    defined = dumpxml(virsh, unique, live=False)
    named = {one.find("alias").get("name"): one.find("mac").get("address") for one in defined.iter("interface")}
    assert named["ua-old"] == first and len(named) == 2
    changed = settle(module, "domain", **guest(unique, state="stopped", interfaces=both[:1]))
    assert [one.get("name") for one in dumpxml(virsh, unique).iterfind("devices/interface/alias")] == ["ua-old"]


def test_interfaces_in_user_space_and_tap_devices_run(module, virsh, unique):
    interfaces = [{"user": True, "mac": MAC}, {"ethernet": True, "target_dev": "tap-" + unique}]
    settle(module, "domain", **guest(unique, interfaces=interfaces))
    assert [one.get("type") for one in dumpxml(virsh, unique).iter("interface")] == ["user", "ethernet"]
    subprocess.run(["ip", "link", "show", "tap-" + unique], check=True, capture_output=True)


def test_changing_the_portgroup_is_pending(module, virsh, unique):
    groups = "<portgroup name='slow'/><portgroup name='fast' default='yes'/>"
    module("network", name=unique, forward={"mode": "isolated"}, xml=f"<network>{groups}</network>")
    interface = {"network": unique, "mac": MAC, "portgroup": "slow"}
    settle(module, "domain", **guest(unique, interfaces=[interface]))
    changed = settle(module, "domain", **guest(unique, interfaces=[dict(interface, portgroup="fast")]))
    assert verbs(changed) == ["define"] and changed["restart_required"]
    changed = settle(module, "domain", **guest(unique, interfaces=[dict(interface, portgroup="slow")]))
    assert not changed["pending"]
