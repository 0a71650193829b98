# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges on a host that a real systemd-networkd configures; iproute2 is the witness."""

from __future__ import annotations

import concurrent.futures
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.bridges import rollback

from .network_host import TIMEOUT, NetworkHost

LAN = {"name": "br0", "ports": ["lan0"], "dhcp4": True}
GUESTS = {"name": "br1", "ports": ["lan1"], "mtu": 1400}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[t.Callable[[], NetworkHost]]:
    """``hosts()``: a host that is as new, the last one if that is. The first playbook on a host takes longer."""
    made: list[NetworkHost] = []
    new: list[t.Any] = []

    def state(host: NetworkHost) -> t.Any:
        return host.files(), sorted(host.links()), host.addresses("lan0")

    def as_new() -> NetworkHost:
        if not made or state(made[-1]) != new[-1]:
            made.append(NetworkHost(tmp_path_factory.mktemp("host")))
            made[-1].wait(lambda: made[-1].addresses("lan0"))
            new.append(state(made[-1]))
        return made[-1]

    yield as_new
    for host in made:
        host.close()


@pytest.fixture
def host(hosts: t.Callable[[], NetworkHost]) -> NetworkHost:
    return hosts()


def test_bridges_are_added_and_removed_and_the_host_keeps_its_address(host):
    addresses, mac, files = host.addresses("lan0"), host.links()["lan0"]["address"], host.files()

    def leases() -> list[str]:
        """Addresses and the identifiers of their clients."""
        return [" ".join(line.split()[2:]) for line in host.run("cat", "/run/leases").splitlines()]

    leased = leases()
    predicted = host.task("--check", "--diff", bridges=[LAN, GUESTS])
    assert predicted["changed"] and host.files() == files
    done = host.task("--diff", bridges=[LAN, GUESTS])
    assert done["rollback"] == {"state": "confirmed"}
    assert (done["changed"], done["stack"]) == (True, "networkd")
    assert (done["files"], done["diff"]) == (predicted["files"], predicted["diff"])
    assert host.addresses("br0") == addresses and leases() == leased, "the DHCP server knew the host again"
    links = host.links()
    assert links["br0"]["linkinfo"]["info_kind"] == "bridge" and links["br0"]["address"] == mac
    assert (links["lan0"]["master"], links["lan1"]["master"]) == ("br0", "br1")
    assert links["br1"]["mtu"] == links["lan1"]["mtu"] == 1400
    assert host.addresses("lan0") == host.addresses("br1") == []

    again = host.module(bridges=[LAN, GUESTS])
    assert (again["changed"], again["files"], again["rollback"]) == (False, [], {"state": "none"})

    host.run("ip", "link", "delete", "dev", "br1")
    mended = host.task(bridges=[LAN, GUESTS])
    assert (mended["changed"], mended["files"], mended["rollback"]) == (True, [], {"state": "confirmed"})
    assert host.links()["lan1"]["master"] == "br1"

    gone = host.task(bridges=[{"name": "br1", "state": "absent"}])
    assert gone["changed"] and "br1" not in host.links() and "master" not in host.links()["lan1"]
    assert host.addresses("br0") == addresses
    gone = host.task(bridges=[{"name": "br0", "state": "absent"}])
    assert gone["rollback"] == {"state": "confirmed"}
    assert "br0" not in host.links() and host.files() == files
    assert host.wait(lambda: host.addresses("lan0")) == addresses
    assert not host.module(bridges=[{"name": "br0", "state": "absent"}])["changed"]


def test_an_unconfirmed_change_is_rolled_back(host):
    addresses, files = host.addresses("lan0"), host.files()
    wrong = {"name": "br0", "ports": ["lan0"], "addresses": ["192.0.2.9/24"]}
    begun = host.module(bridges=[wrong])
    assert begun["rollback"]["state"] == "applying"
    assert host.wait(lambda: "br0" in host.links() and host.addresses("br0")) == ["192.0.2.9/24"]
    refused = host.module(bridges=[LAN])
    assert "waits to be confirmed" in refused["msg"]
    state = host.root / rollback.DIRECTORY.lstrip("/") / "state"
    host.wait(lambda: state.exists() and state.read_text().startswith("applied"))

    assert host.elapse(rollback.UNDO) == TIMEOUT + rollback.HEAD_START
    host.wait(lambda: host.addresses("lan0") == addresses)
    token = begun["rollback"]["token"]
    outcome = host.wait(lambda: (told := host.module(confirm=token)["rollback"])["state"] == "undone" and told)
    assert (outcome["reason"], outcome["missing"]) == ("timeout", "")
    assert "br0" not in host.links() and host.files() == files


def test_a_change_without_effect_is_rolled_back_and_says_what_is_missing(host):
    addresses, files = host.addresses("lan0"), host.files()
    nobody = {"name": "br1", "ports": ["lan1"], "dhcp4": True}

    def run_out() -> None:
        missing = host.root / rollback.DIRECTORY.lstrip("/") / "missing"
        host.wait(lambda: missing.exists() and "no DHCP server" in missing.read_text())
        host.elapse(rollback.UNDO)

    with concurrent.futures.ThreadPoolExecutor() as beside:
        time_is_up = beside.submit(run_out)
        failed = host.task(bridges=[nobody])
        time_is_up.result()
    assert failed["failed"] and not failed["changed"]
    assert "no DHCP server has given br1 an address. The former configuration is back" in failed["msg"]
    assert "br1" not in host.links() and host.files() == files and host.addresses("lan0") == addresses


def test_a_bridge_with_guests_is_not_recreated(host):
    bridge = {"name": "br1", "ports": ["lan1"]}
    host.task(bridges=[bridge])
    host.run("ip", "tuntap", "add", "vnet0", "mode", "tap")
    host.run("ip", "link", "set", "dev", "vnet0", "master", "br1", "up")
    refused = host.module(bridges=[{"name": "br1", "state": "absent"}])
    assert "carries vnet0 besides its ports" in refused["msg"]
    index = host.links()["br1"]["ifindex"]
    changed = host.task(
        bridges=[{**bridge, "stp": True, "mac": "52:54:00:79:00:01", "mtu": 1400, "addresses": ["192.0.2.1/24"]}],
    )
    assert changed["rollback"] == {"state": "confirmed"}
    link = host.links()["br1"]
    assert (link["ifindex"], link["address"], link["mtu"]) == (index, "52:54:00:79:00:01", 1400)
    assert link["linkinfo"]["info_data"]["stp_state"] == 1
    assert host.addresses("br1") == ["192.0.2.1/24"]
    assert host.links()["vnet0"]["master"] == "br1"
