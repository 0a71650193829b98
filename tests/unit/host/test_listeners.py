# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where libvirt can be called from other machines: what counts as open to anybody."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.host.listeners import Listener, find_listeners

TCP_PORT_OPEN = "  sl  local_address rem_address   st\n   0: 00000000:407D 00000000:0000 0A 00000000:00000000\n"


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    for folder in ("usr/sbin", "etc/libvirt", "proc/net", "etc/systemd/system/sockets.target.wants"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "usr/sbin/libvirtd").touch()
    return tmp_path


def look(root: pathlib.Path, transport: str, settings: str = "") -> Listener:
    (root / "etc/libvirt/libvirtd.conf").write_text(settings)
    (listener,) = [listener for listener in find_listeners(str(root)) if listener.transport == transport]
    return listener


def test_host_without_libvirt_has_no_listeners(tmp_path):
    assert find_listeners(str(tmp_path)) == []


def test_no_listener_is_exposed_by_default(root):
    tcp, tls = find_listeners(str(root))
    assert (tcp.port, tcp.authentication, tcp.enabled, tcp.listening, tcp.exposed) == (16509, "sasl", *[False] * 3)
    assert (tls.port, tls.authentication, tls.enabled, tls.listening, tls.exposed) == (
        16514,
        "certificate",
        *[False] * 3,
    )


@pytest.mark.parametrize(
    "transport, settings, authentication, exposed",
    [
        ("tcp", 'listen_tcp = 1\nauth_tcp = "none"', "none", True),
        ("tcp", 'auth_tcp = "none"', "none", False),
        ("tcp", "listen_tcp = 1", "sasl", False),
        ("tcp", 'listen_tcp = 1\nauth_tcp = "sasl"\nauth_tcp = "none"', "sasl", False),
        ("tls", 'listen_tls = 1\nauth_tls = "sasl"', "certificate+sasl", False),
        ("tls", "listen_tls = 1\ntls_no_verify_certificate = 1", "none", True),
        ("tls", 'listen_tls = 1\ntls_no_verify_certificate = 1\nauth_tls = "sasl"', "sasl", False),
        ("tls", "listen_tls = ", "certificate", False),
    ],
)
def test_listener_without_authentication_is_exposed(root, transport, settings, authentication, exposed):
    listener = look(root, transport, settings)
    assert (listener.authentication, listener.exposed) == (authentication, exposed)


def test_systemds_socket_and_an_open_port_count_too(root):
    (root / "proc/net/tcp6").write_text(TCP_PORT_OPEN)
    found = look(root, "tcp", 'auth_tcp = "none"')
    assert (found.listening, found.enabled, found.exposed) == (True, False, True)
    assert not look(root, "tcp", 'tcp_port = "16000"\nauth_tcp = "none"').exposed
    (root / "etc/systemd/system/sockets.target.wants/libvirtd-tcp.socket").symlink_to("/nowhere")
    found = look(root, "tcp", 'tcp_port = "16000"\nauth_tcp = "none"')
    assert (found.listening, found.enabled, found.exposed) == (False, True, True)
