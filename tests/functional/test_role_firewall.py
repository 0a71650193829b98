# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role kvm_host: ports are opened to whom they are meant for, in the firewall of a host that drops the rest."""

from __future__ import annotations

import typing as t

import pytest

from .role_host import RoleHost

#: A host's own rules: nothing comes in, not even through the loopback. A policy of the chain that accepts is no test.
RULES = """flush ruleset
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established accept
    }
}
"""
#: Somebody else's, which have to be there still afterwards.
OTHERS = "add table inet libvirt_like\n"
CONF, FILE = "/etc/nftables.conf", "/etc/nftables.d/kvm-fleet.nft"


@pytest.fixture
def host(tmp_path: t.Any) -> t.Iterator[RoleHost]:
    host = RoleHost(tmp_path)
    host.run("tee", CONF, stdin=RULES)
    yield host
    host.close()


#: Says ConnectionRefusedError, for nobody listens, or TimeoutError when it is dropped before.
CALL = "import socket; s = socket.socket(); s.settimeout(0.4); s.bind(({!r}, 0)); s.connect(('127.0.0.1', {}))"


def reaches(host: RoleHost, source: str, port: int) -> bool:
    """Whether a connection from one of the host's own addresses gets through."""
    return "ConnectionRefusedError" in host.run("python3", "-c", CALL.format(source, port), fails=True)


def test_ports_are_open_to_their_sources_alone_also_after_a_reboot(host):
    host.run("nft", "-f", CONF)
    host.run("nft", "-f", "/dev/stdin", stdin=OTHERS)
    openings = [
        {"what": "migration", "sources": ["127.0.1.0/24", "fd00::/64"]},
        {"what": "vnc", "sources": ["127.0.2.2"], "ports": "5900-5910"},
        {"what": "tls", "sources": ["127.0.0.0/8"], "state": "absent"},
    ]
    assert not reaches(host, "127.0.1.1", 49152)
    host.settle("firewall", kvm_host_firewall=openings)

    def look() -> None:
        assert reaches(host, "127.0.1.1", 49152) and reaches(host, "127.0.1.9", 49215)
        assert not reaches(host, "127.0.2.2", 49152) and not reaches(host, "127.0.1.1", 49216)
        assert reaches(host, "127.0.2.2", 5910)
        assert not reaches(host, "127.0.2.3", 5910) and not reaches(host, "127.0.2.2", 5911)
        assert not reaches(host, "127.0.2.2", 16514)

    look()
    assert "libvirt_like" in host.run("nft", "list", "tables")
    host.run("nft", "-f", CONF)  # what happens at boot
    look()

    host.run("nft", "flush", "chain", "inet", "filter", "kvm_fleet")
    host.play(["firewall"], kvm_host_firewall=openings[:1]).changes()
    assert reaches(host, "127.0.1.1", 49152) and not reaches(host, "127.0.2.2", 5910)
    assert host.run("nft", "list", "ruleset").count("jump kvm_fleet") == 1

    host.play(["firewall"], kvm_host_firewall=[{**openings[0], "state": "absent"}]).changes()
    assert "kvm_fleet" not in host.run("nft", "list", "ruleset") + host.run("cat", CONF)
    assert not reaches(host, "127.0.1.1", 49152)
    assert host.run("cat", CONF) == RULES
    host.run("test", "!", "-e", FILE)


def test_host_with_another_firewall_is_refused(host):
    play = host.play(["firewall"], kvm_host_firewall=[{"what": "vnc", "sources": ["10.0.0.0/8"]}])
    assert "neither is firewalld at work here, nor has nftables the chain inet filter input" in play.refusal()
    play = host.play(["firewall"], kvm_host_firewall=[{"what": "vnc", "sources": ["10.0.0.0/8 accept; #"]}])
    assert "have to be addresses or networks" in play.refusal()
    assert host.run("nft", "list", "ruleset") == ""
