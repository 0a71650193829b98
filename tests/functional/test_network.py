# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kvm.fleet.network against a real libvirtd; virsh and the kernel are the witnesses."""

from __future__ import annotations

import typing as t

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs


def nat(name: str, **options: t.Any) -> dict[str, t.Any]:
    """A NAT network with one reservation."""
    ip = {
        "address": "10.77.0.1",
        "prefix": 24,
        "dhcp": {
            "ranges": [{"start": "10.77.0.100", "end": "10.77.0.200"}],
            "hosts": [{"mac": "52:54:00:77:00:05", "ip": "10.77.0.5", "name": "web1"}],
        },
    }
    return {"name": name, "forward": {"mode": "nat"}, "bridge": "br-" + name, "ips": [ip], **options}


def test_network_lifecycle_from_creation_to_removal(module, virsh, unique):
    created = settle(module, "network", **nat(unique, autostart=True))
    assert verbs(created) == ["define", "set_autostart", "start"]
    assert unique in virsh("net-list", "--name", "--autostart")
    xml = etree.fromstring(virsh("net-dumpxml", unique))
    assert xml.find("ip/dhcp/host").get("ip") == "10.77.0.5"
    removed = settle(module, "network", name=unique, state="absent")
    assert verbs(removed) == ["stop", "undefine"]
    assert unique not in virsh("net-list", "--name", "--all")


def test_uuid_mac_and_what_is_not_declared_survive_a_change(module, virsh, unique):
    settle(module, "network", **nat(unique))
    before = etree.fromstring(virsh("net-dumpxml", "--inactive", unique))
    settle(module, "network", name=unique, domain={"name": "example.test"})
    after = etree.fromstring(virsh("net-dumpxml", "--inactive", unique))
    for path in ("uuid", "ip/dhcp/host"):
        assert etree.tostring(before.find(path)) == etree.tostring(after.find(path))
    assert before.find("mac").get("address") == after.find("mac").get("address")


def test_reservations_change_in_the_running_network_without_a_restart(module, virsh, unique):
    settle(module, "network", **nat(unique))
    options = nat(unique)
    options["ips"][0]["dhcp"] = {
        "ranges": [{"start": "10.77.0.50", "end": "10.77.0.99"}],
        "hosts": [
            {"mac": "52:54:00:77:00:06", "ip": "10.77.0.5", "name": "web2"},
            {"mac": "52:54:00:77:00:07", "ip": "10.77.0.7"},
        ],
    }
    options["dns"] = {"hosts": [{"ip": "10.77.0.9", "hostnames": ["db", "db.example.test"]}]}
    changed = settle(module, "network", **options)
    assert verbs(changed) == ["define", "update"]
    assert not changed["restart_required"]
    live = etree.fromstring(virsh("net-dumpxml", unique))
    assert [host.get("mac") for host in live.iterfind("ip/dhcp/host")] == ["52:54:00:77:00:06", "52:54:00:77:00:07"]
    assert [(one.get("start"), one.get("end")) for one in live.iterfind("ip/dhcp/range")] == [
        ("10.77.0.50", "10.77.0.99")
    ]
    options["dns"]["hosts"][0]["hostnames"] = ["db2"]
    options["ips"][0]["dhcp"]["hosts"][1]["ip"] = "10.77.0.8"
    changed = settle(module, "network", **options)
    assert fields(changed)["ips[10.77.0.1].dhcp.hosts[52:54:00:77:00:07].ip"] == ("10.77.0.7", "10.77.0.8")
    live = etree.fromstring(virsh("net-dumpxml", unique))
    assert [name.text for name in live.iterfind("dns/host/hostname")] == ["db2"]
    options["dns"]["hosts"] = []
    options["ips"][0]["dhcp"]["hosts"] = []
    settle(module, "network", **options)
    assert etree.fromstring(virsh("net-dumpxml", unique)).find("ip/dhcp/host") is None


@pytest.mark.parametrize(
    ("command", "repair"),
    [
        (["net-destroy"], "start"),
        (["net-autostart", "--disable"], "set_autostart"),
        (["net-undefine"], "define"),
    ],
)
def test_drift_of_activity_is_found_and_repaired(module, virsh, unique, command, repair):
    options = nat(unique, autostart=True)
    settle(module, "network", **options)
    virsh(command[0], unique, *command[1:])
    repaired = settle(module, "network", **options)
    assert verbs(repaired)[0] == repair
    assert unique in virsh("net-list", "--name", "--autostart", "--persistent")


def test_drift_of_the_definition_is_found_and_repaired(module, virsh, unique):
    settle(module, "network", **nat(unique))
    virsh("net-update", unique, "delete", "ip-dhcp-host", "<host mac='52:54:00:77:00:05'/>", "--live", "--config")
    repaired = settle(module, "network", **nat(unique))
    assert list(fields(repaired)) == ["ips[10.77.0.1].dhcp.hosts[52:54:00:77:00:05]"]
    assert "52:54:00:77:00:05" in virsh("net-dumpxml", unique)


@pytest.mark.parametrize("policy", ["never", "if_unused", "always"])
def test_pending_changes_follow_the_restart_policy(module, virsh, unique, policy):
    settle(module, "network", **nat(unique))
    options = nat(unique, restart=policy)
    options["forward"] = {"mode": "route"}
    changed = settle(module, "network", **options)
    live = etree.fromstring(virsh("net-dumpxml", unique)).find("forward").get("mode")
    kept = etree.fromstring(virsh("net-dumpxml", "--inactive", unique)).find("forward").get("mode")
    assert kept == "route"
    if policy == "never":
        assert (live, changed["restart_required"]) == ("nat", True)
        assert changed["pending"][0]["fields"] == [{"option": "forward.mode", "before": "nat", "after": "route"}]
    else:
        assert (live, changed["restart_required"]) == ("route", False)


@pytest.mark.parametrize("mode", ["nat", "route", "open", "isolated"])
def test_modes_with_ipv4_and_ipv6(module, virsh, unique, mode):
    options = nat(unique, forward={"mode": mode})
    options["ips"].append(
        {
            "address": "FD00:77:0::1",
            "prefix": 64,
            "dhcp": {
                "ranges": [{"start": "fd00:77::100", "end": "fd00:77::1ff"}],
                "hosts": [{"name": "web1", "ip": "fd00:77::5"}],
            },
        }
    )
    settle(module, "network", **options)
    xml = etree.fromstring(virsh("net-dumpxml", unique))
    forward = xml.find("forward")
    assert (forward.get("mode") if forward is not None else "isolated") == mode
    assert xml.findall("ip")[1].get("family") == "ipv6"


def test_forward_mode_changes_to_isolated(module, virsh, unique):
    settle(module, "network", **nat(unique, state="inactive"))
    settle(module, "network", name=unique, state="present", forward={"mode": "isolated"})
    assert etree.fromstring(virsh("net-dumpxml", unique)).find("forward") is None


def test_the_xml_option_sets_what_has_no_option(module, virsh, unique):
    options = nat(unique, xml="<network><dns><txt name='a' value='b'/></dns></network>", restart="always")
    settle(module, "network", **options)
    assert etree.fromstring(virsh("net-dumpxml", unique)).find("dns/txt").get("value") == "b"
    options["xml"] = "<network><dns><txt name='a' value='c'/></dns></network>"
    changed = settle(module, "network", **options)
    assert fields(changed) == {"xml:dns/txt[a]/@value": ("b", "c")}


def test_the_diff_uses_option_names(module, unique):
    settle(module, "network", **nat(unique))
    changed = settle(module, "network", **nat(unique, domain={"name": "example.test"}))
    waits = "domain.name: (none) → example.test  (waits for a restart)"
    assert changed["diff"]["prepared"] == f"network {unique}\n  define\n    {waits}\n"


def test_the_info_module_and_converge_see_the_same_network(module, unique):
    options = nat(unique)
    result = module("converge", networks=[options])
    assert result["changed"]
    assert not module("converge", networks=[options])["changed"]
    (shown,) = module("network_info", name=unique)["networks"]
    assert shown.pop("leases") == []
    assert shown == module("network", **options)["network"]
    assert result["networks"][0].items() <= shown.items()
    assert shown["ips"][0]["dhcp"]["hosts"] == options["ips"][0]["dhcp"]["hosts"]
    assert module("network_info", name="none")["networks"] == []


def test_an_unknown_option_in_a_document_is_named_with_its_object(module, virsh, unique):
    failed = module("converge", networks=[nat(unique, forwards={})], fails=True)
    assert f"networks[{unique}]" in failed["msg"] and "forwards" in failed["msg"]
    assert unique not in virsh("net-list", "--all", "--name")


def test_a_network_without_a_bridge_is_shown_too(module, virsh, unique, tmp_path):
    (tmp_path / "net.xml").write_text(f"<network><name>{unique}</name><forward mode='passthrough'/></network>")
    virsh("net-define", tmp_path / "net.xml")
    (shown,) = module("network_info", name=unique)["networks"]
    assert "bridge" not in shown
