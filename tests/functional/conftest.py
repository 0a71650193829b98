# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for tests of real modules against the real libvirtd of a private host (tests/private_host.sh)."""

from __future__ import annotations

import itertools
import os
import pathlib
import socket
import subprocess
import sys
import typing as t

import libvirt
import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain import target

from . import module_runner
from .agent import Agent

_numbers = itertools.count(1)

#: What ssh and nc are for a remote host.
TUNNEL = """\
#!{python}
import os, select, socket
daemon = socket.socket(socket.AF_UNIX)
daemon.connect("/run/libvirt/libvirt-sock")
while True:
    for ready in select.select([0, daemon], [], [])[0]:
        data = os.read(0 if ready == 0 else daemon.fileno(), 65536)
        if not data:
            raise SystemExit
        if ready == 0:
            daemon.sendall(data)
        else:
            os.write(1, data)
"""


def pytest_configure() -> None:
    if socket.gethostname() != "private-host":
        pytest.exit("Functional tests change a host's guests: run them on a private one with `make functional`", 2)
    libvirt.registerErrorHandler(lambda _context, _error: None, None)  # errors are exceptions, not lines on stderr


@pytest.fixture(scope="session")
def conn() -> t.Iterator[libvirt.virConnect]:
    """A read-write connection to the private host."""
    connection = libvirt.open("qemu:///system")
    yield connection
    connection.close()


@pytest.fixture
def uri(tmp_path: pathlib.Path) -> str:
    """libvirt's way through a program of one's own."""
    tunnel = tmp_path / "tunnel"
    tunnel.write_text(TUNNEL.format(python=sys.executable))
    tunnel.chmod(0o755)
    return f"qemu+ext:///system?command={tunnel}"


@pytest.fixture(scope="session")
def virsh() -> t.Callable[..., str]:
    """``virsh("dumpxml", "web1")``: what libvirt's own client says. Raises ``AssertionError`` when it fails."""

    def run(*arguments: str) -> str:
        command = ["virsh", "--quiet", "--connect", "qemu:///system", *map(str, arguments)]
        done = subprocess.run(
            command,
            text=True,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Agent]:
    """Runs playbooks on the private host."""
    agent = Agent(tmp_path_factory.mktemp("agent"))
    yield agent
    agent.close()


@pytest.fixture
def module(tmp_path_factory: pytest.TempPathFactory) -> module_runner.ModuleRunner:
    """``module("pool", name="data", …)`` runs a module of the collection: see :class:`ModuleRunner`."""
    return module_runner.ModuleRunner(tmp_path_factory.mktemp("ansible-tmp"))


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guest without an operating system will not let go of a device in twenty seconds either."""
    monkeypatch.setattr(target, "GUEST_TIMEOUT", 2)


@pytest.fixture
def unique() -> str:
    """A name that no other test uses, short enough for a network interface."""
    return f"t{next(_numbers)}"


@pytest.fixture
def pool(virsh: t.Callable[..., str], unique: str, tmp_path: pathlib.Path) -> str:
    """An active directory pool that virsh made."""
    virsh("pool-define-as", unique, "dir", "--target", str(tmp_path / "pool"))
    virsh("pool-build", unique)
    virsh("pool-start", unique)
    return unique


@pytest.fixture
def folder(pool: str, tmp_path: pathlib.Path) -> pathlib.Path:
    """The directory of the pool."""
    return tmp_path / "pool"


@pytest.fixture
def brought_filters(conn: libvirt.virConnect) -> None:
    """The network filters that libvirt's package brings, which a private host begins without."""
    for path in pathlib.Path("/usr/share/libvirt/nwfilter").iterdir():
        conn.nwfilterDefineXML(path.read_text())


@pytest.fixture(autouse=True)
def leave_nothing_behind(conn: libvirt.virConnect) -> t.Iterator[None]:
    """Remove from libvirt what a test made, so that no test sees another's objects."""
    before = {one.UUIDString() for one, _remove in _objects(conn)}
    yield
    for one, remove in _objects(conn):
        if one.UUIDString() not in before:
            remove(one)


def _objects(conn: libvirt.virConnect) -> list[tuple[t.Any, t.Callable[[t.Any], None]]]:
    """Everything that libvirt manages with the way to remove it, users before what they use."""
    kinds = (
        (conn.listAllDomains, _remove_domain),
        (conn.listAllNetworks, _remove),
        (conn.listAllStoragePools, _remove),
        (conn.listAllSecrets, lambda secret: secret.undefine()),
        (conn.listAllNWFilters, lambda nwfilter: nwfilter.undefine()),
    )
    return [(one, remove) for list_all, remove in kinds for one in list_all()]


def _remove(one: t.Any) -> None:
    persistent = one.isPersistent()
    if one.isActive():
        one.destroy()
    if persistent:
        one.undefine()


def _remove_domain(domain: libvirt.virDomain) -> None:
    persistent = domain.isPersistent()
    if domain.isActive():
        domain.destroy()
    if persistent:
        domain.undefineFlags(
            libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
            | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
            | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
            | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
        )
