# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role kvm_host: calling a host over TLS, with certificates that the controller issues and with passwords."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from .role_host import RoleHost

URI = "qemu+tls://127.0.0.1/system"
CONCERNS = ("sasl", "tls", "config", "tls_listener")
CLIENT = "/etc/pki/libvirt/clientcert.pem"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[RoleHost]:
    host = RoleHost(tmp_path_factory.mktemp("role"))
    yield host
    host.close()


def virsh(host: RoleHost, *arguments: str, uri: str = URI, fails: bool = False, auth: str | None = None) -> str:
    environment = ["LC_ALL=C", *([f"LIBVIRT_AUTH_FILE={auth}"] if auth else [])]
    return host.run("env", *environment, "virsh", "-q", "-c", uri, *arguments, fails=fails)


def served_certificate(host: RoleHost) -> str:
    return host.shell("openssl s_client -connect 127.0.0.1:16514 </dev/null 2>&1 | openssl x509 -noout -serial -text")


def password_file(folder: pathlib.Path, name: str, password: str) -> str:
    path = folder / f"{name}-{password}.conf"
    path.write_text(
        f"[credentials-x]\nauthname={name}\npassword={password}\n\n[auth-libvirt-127.0.0.1]\ncredentials=x\n"
    )
    return str(path)


def test_tls_from_nothing_to_passwords_and_back(host, tmp_path):
    declared: dict[str, t.Any] = {
        "kvm_host_tls": "present",
        "kvm_host_tls_authority": str(tmp_path / "authority"),
        "kvm_host_tls_names": ["127.0.0.1", "private-host"],
        "kvm_host_sasl_users": [{"name": "alice", "password": "first one"}, {"name": "bob", "password": "b"}],
    }
    assert "16514" not in host.run("ss", "-Hltn")
    host.settle(*CONCERNS, **declared)

    # Whoever has a certificate of the authority and a password can call, and nobody else.
    alice, bob = password_file(tmp_path, "alice", "first one"), password_file(tmp_path, "bob", "b")
    assert "private-host" in virsh(host, "hostname", auth=alice)
    assert "private-host" in virsh(host, "hostname", auth=bob)
    virsh(host, "hostname", auth=password_file(tmp_path, "alice", "wrong"), fails=True)
    host.run("mv", CLIENT, f"{CLIENT}.away")
    virsh(host, "hostname", auth=alice, fails=True)
    host.run("mv", f"{CLIENT}.away", CLIENT)

    # Another name, another password: the daemon that is running goes by them.
    old, daemon = served_certificate(host), host.run("cat", "/run/libvirtd.pid")
    declared["kvm_host_tls_names"] = ["127.0.0.1", "127.0.0.2"]
    declared["kvm_host_sasl_users"] = [{"name": "alice", "password": "second"}, {"name": "bob", "state": "absent"}]
    play = host.play(CONCERNS, "-vvv", "--diff", **declared)
    assert len(play.changes()[0]) == 3, play.text
    assert "second" not in play.text and "first one" not in play.text
    assert host.run("cat", "/run/libvirtd.pid") == daemon
    assert served_certificate(host) != old
    virsh(host, "hostname", auth=alice, fails=True)
    virsh(host, "hostname", auth=bob, fails=True)
    assert "private-host" in virsh(host, "hostname", auth=password_file(tmp_path, "alice", "second"))

    host.play(CONCERNS, kvm_host_tls="absent").changes()
    assert "16514" not in host.run("ss", "-Hltn")
    assert "key.pem" not in host.run("find", "/etc/pki", "-name", "*key.pem")
    assert "_tls" not in host.run("cat", "/etc/libvirt/libvirtd.conf")
    assert "private-host" in virsh(host, "hostname", uri="qemu:///system")


def test_host_with_an_unauthenticated_listener_is_refused(host):
    play = host.play(["exposed"], kvm_host_config={"libvirtd": {"auth_tcp": "none"}})
    assert "kvm_host_config.libvirtd.auth_tcp" in play.refusal()
    host.run("tee", "-a", "/etc/libvirt/libvirtd.conf", stdin='listen_tcp = 1\nauth_tcp = "none"\n')
    play = host.play(["exposed"])
    assert "/etc/libvirt/libvirtd.conf: libvirtd needs no authentication at tcp port 16509" in play.refusal()
    assert "[WARNING]: /etc/libvirt/libvirtd.conf: libvirtd needs no authentication" in play.text
    host.play(["exposed"], kvm_host_config={"libvirtd": {"auth_tcp": "sasl"}}).changes()  # which mends it
