# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The private host itself: it is a KVM host like any other, quick, and nobody else's."""

from __future__ import annotations

import pathlib
import time

DOMAIN = """
<domain type="qemu">
  <name>{name}</name>
  <memory unit="MiB">64</memory>
  <os><type machine="q35">hvm</type></os>
</domain>
"""

NAT_NETWORK = """
<network>
  <name>{name}</name>
  <forward mode="nat"/>
  <ip address="10.77.0.1" prefix="24"><dhcp><range start="10.77.0.2" end="10.77.0.9"/></dhcp></ip>
</network>
"""


def test_virsh_sees_an_empty_host(virsh):
    assert virsh("list", "--all", "--name").strip() == ""
    assert virsh("net-list", "--all", "--name").strip() == ""
    assert virsh("pool-list", "--all", "--name").strip() == ""


def test_there_is_no_kvm_and_libvirt_knows(virsh):
    assert not pathlib.Path("/dev/kvm").exists()
    assert "<domain type='kvm'" not in virsh("capabilities")
    assert "<domain type='qemu'" in virsh("capabilities")


def test_a_define_takes_milliseconds(conn, unique):
    conn.defineXML(DOMAIN.format(name=f"{unique}first"))  # the first one makes libvirt ask QEMU what it can do
    start = time.monotonic()
    for number in range(10):
        conn.defineXML(DOMAIN.format(name=f"{unique}n{number}"))
    assert (time.monotonic() - start) / 10 < 0.1


def test_nothing_of_the_previous_test_is_left(conn):
    assert conn.listAllDomains() == []


def test_a_guest_runs_and_is_gone_when_destroyed(conn, unique):
    domain = conn.defineXML(DOMAIN.format(name=unique))
    domain.create()
    pid = int(pathlib.Path(f"/run/libvirt/qemu/{unique}.pid").read_text())
    assert pathlib.Path(f"/proc/{pid}").exists()
    domain.destroy()
    assert not pathlib.Path(f"/proc/{pid}").exists()


def test_a_nat_network_has_its_bridge_on_this_host_only(conn, unique):
    network = conn.networkDefineXML(NAT_NETWORK.format(name=unique))
    network.create()
    assert pathlib.Path("/sys/class/net", network.bridgeName()).exists()


def test_processes_of_the_machine_are_not_visible():
    assert pathlib.Path("/proc/1/cmdline").read_bytes().split(b"\0")[1].endswith(b"private_host.sh")
