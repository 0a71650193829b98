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
    host.shell("for user in alice bob mia olga wim; do useradd $user; done; usermod --append --groups users bob")
    yield host
    host.close()


def groups(host: RoleHost, user: str) -> set[str]:
    return set(host.run("id", "-nG", user).split())


def test_users_and_directories_are_added_and_removed(host, tmp_path):
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


def test_polkit_rules_together_with_tls_are_refused(host):
    rules = [{"name": "watchers", "users": ["alice"], "access": "monitor"}]
    play = host.play(["polkit_check"], kvm_host_polkit_rules=rules, kvm_host_tls="present")
    assert "libvirt denies whoever calls with TLS everything" in play.refusal()


def test_directory_with_a_glob_pattern_is_refused(host):
    play = host.play(["storage_directories"], kvm_host_storage_directories=[{"path": "/srv/{a,b}"}])
    assert "/srv/{a,b} is not an absolute path" in play.refusal()


GUEST = (
    "<domain type='qemu'><name>{0}</name><memory unit='MiB'>32</memory><os><type machine='q35'>hvm</type></os></domain>"
)
OVER_POLKIT = {"libvirtd": {"auth_unix_rw": "polkit", "unix_sock_rw_perms": "0777"}}
CONCERNS = ("polkit_check", "config", "polkit")


def virsh(host: RoleHost, user: str, *arguments: str, fails: bool = False) -> str:
    as_user = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"]
    return host.run(*as_user, "env", "LC_ALL=C", "virsh", "-q", "-c", "qemu:///system", *arguments, fails=fails)


def seen(host: RoleHost, user: str, *arguments: str) -> set[str]:
    return set(virsh(host, user, *arguments, "list", "--all", "--name").split())


def test_polkit_rules_limit_what_users_can_do(host):
    host.shell("mkdir -p /run/dbus && dbus-daemon --system --fork --nopidfile")
    host.shell("/usr/lib/polkit-1/polkitd --no-debug >/dev/null 2>&1 &")
    host.shell("until pkcheck --action-id org.libvirt.unix.monitor --process 1; do sleep 0.1; done")
    host.shell("usermod --append --groups libvirt alice; groupadd managers; usermod --append --groups managers mia")
    for name in ("one", "two"):
        host.run("virsh", "define", "/dev/stdin", stdin=GUEST.format(name))
    quoted = 'a"); polkit.log("b'
    rules = [
        {"name": "watchers", "users": ["wim", quoted], "access": "monitor"},
        {"name": "operators", "users": ["olga"], "access": "operate", "domains": ["one"]},
        {"name": "managers", "groups": ["managers"], "access": "manage", "domains": ["two"]},
        {"name": "gone", "users": ["bob"], "access": "manage", "state": "absent"},
    ]
    host.settle(*CONCERNS, kvm_host_polkit_rules=rules, kvm_host_config=OVER_POLKIT)

    virsh(host, "bob", "list", fails=True)
    assert seen(host, "alice") == {"one", "two"}  # of the group libvirt
    virsh(host, "alice", "net-list")

    assert seen(host, "wim", "-r") == {"one", "two"}
    virsh(host, "wim", "list", fails=True)

    assert seen(host, "olga") == {"one"}
    virsh(host, "olga", "start", "one")
    virsh(host, "olga", "destroy", "one")
    virsh(host, "olga", "setmaxmem", "one", "64M", "--config", fails=True)
    virsh(host, "olga", "save", "one", "/tmp/x", fails=True)
    virsh(host, "olga", "start", "two", fails=True)

    assert seen(host, "mia") == {"two"}
    virsh(host, "mia", "setmaxmem", "two", "64M", "--config")
    virsh(host, "mia", "start", "one", fails=True)
    virsh(host, "mia", "pool-define-as", "p", "dir", "--target", "/tmp", fails=True)

    gone = [{**rule, "state": "absent"} for rule in rules]
    host.play(CONCERNS[:2], kvm_host_polkit_rules=gone, kvm_host_config=OVER_POLKIT).changes()
    for user in ("olga", "mia"):
        virsh(host, user, "list", fails=True)
    assert seen(host, "alice") == {"one", "two"}
    assert "access_drivers" not in host.run("cat", "/etc/libvirt/libvirtd.conf")
    assert "kvm-fleet" not in host.run("ls", "/etc/polkit-1/rules.d")
