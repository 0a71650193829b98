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


def _mac(number: int) -> str:
    return f"52:54:00:77:00:{number:02x}"


def _hosts(*hosts: tuple[int, int, str]) -> dict[str, t.Any]:
    """Reservations of a NAT network: the end of the MAC address, the end of the IP address, the name."""
    items = [{"mac": _mac(mac), "ip": f"10.77.0.{ip}", **({"name": name} if name else {})} for mac, ip, name in hosts]
    return {"ips": [{"address": "10.77.0.1", "prefix": 24, "dhcp": {"hosts": items}}]}


def _by_id(*ends: tuple[str, str]) -> dict[str, t.Any]:
    """Reservations of IPv6, which nothing but their ``id`` tells apart."""
    hosts = [{"id": f"0:3:0:1:52:54:0:77:0:{one}", "ip": f"fd00:77::{ip}"} for one, ip in ends]
    return {"ips": [{"address": "fd00:77::1", "prefix": 64, "dhcp": {"hosts": hosts}}]}


def _ldap(**options: t.Any) -> dict[str, t.Any]:
    return {"service": "ldap", "protocol": "tcp", "target": "a.test", **options}


def _srv(*records: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"ips": [{"address": "10.77.0.1", "prefix": 24}], "dns": {"srv": list(records)}}


def _names(*hosts: tuple[int, list[str]]) -> dict[str, t.Any]:
    records = [{"ip": f"10.77.0.{ip}", "hostnames": names} for ip, names in hosts]
    return {"ips": [{"address": "10.77.0.1", "prefix": 24}], "dns": {"hosts": records}}


def _dhcp_at(first: dict[str, t.Any], second: dict[str, t.Any]) -> dict[str, t.Any]:
    ips = [{"address": f"10.{net}.0.1", "prefix": 24, "dhcp": dhcp} for net, dhcp in ((77, first), (78, second))]
    return {"ips": ips}


_EMPTY: dict[str, t.Any] = {"ranges": [], "hosts": []}

#: By what happens: the network before and after, and whether libvirt can do it while it runs.
LIVE = {
    "addresses exchanged": (_hosts((6, 6, ""), (5, 5, "")), _hosts((5, 6, ""), (6, 7, "")), True),
    "addresses and names in a ring": (
        _hosts((5, 5, "a"), (6, 6, "b"), (7, 7, "c"), (8, 8, "d")),
        _hosts((5, 6, "b"), (6, 7, "c"), (7, 8, "d"), (8, 5, "a")),
        True,
    ),
    "a ring the other way": (
        _hosts((5, 5, "a"), (6, 6, "b"), (7, 7, "c"), (8, 8, "d")),
        _hosts((5, 8, "d"), (6, 5, "a"), (7, 6, "b"), (8, 7, "c")),
        True,
    ),
    "an address taken over from one that goes": (_hosts((5, 5, "a"), (6, 6, "b")), _hosts((6, 5, "a")), True),
    "one name for two": (_hosts((5, 5, "a")), _hosts((5, 5, "a"), (6, 6, "a"), (7, 7, "c")), False),
    "one of two with one name": (_hosts((5, 5, "a"), (6, 6, "a")), _hosts((5, 5, "a"), (6, 7, "a")), False),
    "one of two with one name goes": (_hosts((5, 5, "a"), (6, 6, "a")), _hosts((6, 6, "a")), True),
    "ids with new addresses": (_by_id(("5", "5"), ("6", "6")), _by_id(("5", "6"), ("6", "7")), True),
    "a service at a second port": (_srv(_ldap(port=389)), _srv(_ldap(port=389), _ldap(port=636)), False),
    "a service at one of two ports": (_srv(_ldap(port=389), _ldap(port=636)), _srv(_ldap(port=389)), False),
    "a service at another port": (_srv(_ldap(port=389)), _srv(_ldap(port=636)), True),
    "a service for all and for a domain": (_srv(), _srv(_ldap(domain="x.test"), _ldap()), True),
    "no service for all nor for a domain": (_srv(_ldap(), _ldap(domain="x.test")), _srv(), True),
    "a service for all beside that for a domain": (
        _srv(_ldap(domain="x.test")),
        _srv(_ldap(domain="x.test"), _ldap()),
        False,
    ),
    "names exchanged": (_names((5, ["a", "b"]), (6, ["c"])), _names((5, ["c"]), (6, ["a", "b"])), True),
    "a record loses a name to another": (_names((5, ["a", "b"])), _names((5, ["a"]), (6, ["b"])), True),
    "DHCP moves to another address": (
        _dhcp_at({"ranges": [{"start": "10.77.0.100", "end": "10.77.0.200"}]}, _EMPTY),
        _dhcp_at(_EMPTY, {"ranges": [{"start": "10.78.0.100", "end": "10.78.0.200"}]}),
        True,
    ),
}


def _items(xml: str) -> list[str]:
    """All items of the lists that libvirt changes in a running network, in no order."""
    places = "ip/dhcp/host|ip/dhcp/range|dns/srv|dns/host"
    return sorted(etree.tostring(one, with_tail=False).decode() for one in etree.fromstring(xml).xpath(places))


@pytest.mark.parametrize("case", LIVE)
def test_a_running_network_is_as_declared_after_one_run_or_waits(module, virsh, unique, case):
    """Whatever libvirt finds items by: they may have that in common, or one of them what another has given up."""
    before, after, live = LIVE[case]
    start = {"name": unique, "forward": {"mode": "nat"}, "bridge": "br-" + unique}
    settle(module, "network", **start, **before)
    changed = settle(module, "network", **start, **after)
    runs, defined = _items(virsh("net-dumpxml", unique)), _items(virsh("net-dumpxml", unique, "--inactive"))
    assert changed["restart_required"] == (not live)
    assert (runs == defined) == live
    restarted = settle(module, "network", **start, **after, restart="always")
    assert restarted["changed"] == (not live)
    assert _items(virsh("net-dumpxml", unique)) == defined


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
