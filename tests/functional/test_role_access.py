# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role kvm_host: who may manage guests on a host, and where guests may have their disks."""

from __future__ import annotations

import typing as t

import pytest

from .role_host import RoleHost

APPARMOR = "/etc/apparmor.d/local/usr.lib.libvirt.virt-aa-helper"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[RoleHost]:
    host = RoleHost(tmp_path_factory.mktemp("role"))
    host.shell("useradd alice && useradd bob && usermod --append --groups users bob")
    yield host
    host.close()


def groups(host: RoleHost, user: str) -> set[str]:
    return set(host.run("id", "-nG", user).split())


def test_users_and_directories_come_and_go(host, tmp_path):
    host.shell(f"echo '/elsewhere/** r,' >> {APPARMOR}")
    one, other = str(tmp_path / "one"), str(tmp_path / "two.2")
    host.settle(
        "users",
        "storage_directories",
        kvm_host_users=[{"name": "alice"}, {"name": "bob", "state": "present"}],
        kvm_host_storage_directories=[{"path": one, "mode": "0750"}, {"path": other}],
    )
    assert groups(host, "alice") == {"alice", "libvirt", "kvm"}
    assert groups(host, "bob") == {"bob", "users", "libvirt", "kvm"}
    assert (tmp_path / "one").stat().st_mode & 0o7777 == 0o750
    assert f"{one}/{{,**}} r,\n{other}/{{,**}} r,\n" in host.run("cat", APPARMOR)

    host.settle(
        "users",
        "storage_directories",
        kvm_host_users=[{"name": "alice"}, {"name": "bob", "state": "absent"}],
        kvm_host_storage_directories=[{"path": path, "state": "absent"} for path in (one, other)],
    )
    assert groups(host, "alice") == {"alice", "libvirt", "kvm"}
    assert groups(host, "bob") == {"bob", "users"}
    assert host.run("cat", APPARMOR).strip().endswith("/elsewhere/** r,")
    assert one not in host.run("cat", APPARMOR)
    assert (tmp_path / "one").is_dir()


def test_user_without_an_account_is_refused(host):
    play = host.play(["users"], kvm_host_users=[{"name": "nobody-knows-me"}])
    assert "the host has no user nobody-knows-me" in play.refusal()


def test_directory_that_is_a_pattern_is_refused(host):
    play = host.play(["storage_directories"], kvm_host_storage_directories=[{"path": "/srv/{a,b}"}])
    assert "/srv/{a,b} is not an absolute path" in play.refusal()
