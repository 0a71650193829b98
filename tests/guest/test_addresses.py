# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses of a guest: reserved, leased, seen by the host, said by the guest itself. About 10 s."""

from __future__ import annotations

MAC = "52:54:00:77:00:05"
#: What a DHCP client does with a lease, and then the client.
DHCP = """
printf '#!/bin/sh\\n[ "$1" = bound ] && ip address add $ip/$mask dev $interface\\nexit 0\\n' >/run/dhcp
chmod +x /run/dhcp
ip link set eth0 up
udhcpc -i eth0 -n -q -t 20 -T 1 -s /run/dhcp
ping -c 1 192.0.2.1"""


def addresses(module, name, **options):
    (found,) = module("domain_info", name=name, **options)["domains"]
    return found["addresses"]


def test_addresses_name_their_source(module, virsh, booted):
    dhcp = {"ranges": [{"start": "192.0.2.100", "end": "192.0.2.110"}], "hosts": [{"mac": MAC, "ip": "192.0.2.5"}]}
    module("network", name="lan", ips=[{"address": "192.0.2.1", "prefix": 24, "dhcp": dhcp}])
    assert module("network_info", name="lan")["networks"][0]["leases"] == []
    assert addresses(module, booted.name) == []

    module("domain", name=booted.name, interfaces=[{"network": "lan", "mac": MAC}])
    one = {"address": "192.0.2.5", "prefix": 24, "mac": MAC, "network": "lan"}
    assert addresses(module, booted.name) == [{**one, "sources": ["reservation"]}]

    booted.run(DHCP)
    assert addresses(module, booted.name) == [{**one, "sources": ["reservation", "lease", "arp"]}]
    assert addresses(module, booted.name, agent=True) == [{**one, "sources": ["reservation", "lease", "agent", "arp"]}]
    (lease,) = module("network_info", name="lan")["networks"][0]["leases"]
    assert (lease["mac"], lease["address"], lease["prefix"]) == (MAC, "192.0.2.5", 24)
    assert "192.0.2.5/24" in virsh("net-dhcp-leases", "lan")

    waited = module("domain", name=booted.name, wait={"for": ["ip"], "timeout": 60})
    assert not waited["changed"] and waited["domain"]["addresses"][0]["address"] == "192.0.2.5"
    (brief,) = module("converge", domains=[{"name": booted.name, "wait": {"for": ["ip"]}}])["domains"]
    assert "lease" in brief["addresses"][0]["sources"]


def test_an_interface_without_a_mac_moves_and_stays_the_same_card(module, virsh, booted):
    before = booted.run("cat /sys/class/net/eth0/address /sys/class/net/eth0/ifindex")
    module("network", name="other")
    moved = module("domain", name=booted.name, interfaces=[{"network": "other"}])
    assert [action["verb"] for action in moved["actions"]] == ["define", "update"]
    assert virsh("domiflist", booted.name).split()[1:] == ["network", "other", "virtio", MAC]
    assert booted.run("cat /sys/class/net/eth0/address /sys/class/net/eth0/ifindex") == before
    failed = module("domain", fails=True, name=booted.name, interfaces=[{"network": "lan"}, {"network": "third"}])
    assert "third" in failed["msg"]
    module("network", name="third")
    failed = module("domain", fails=True, name=booted.name, interfaces=[{"network": "lan"}, {"network": "third"}])
    assert f"nobody can say whether this is a new interface or one of those that are there ({MAC})" in failed["msg"]
