# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared settings: names and types that libvirt knows on the host, secrets unseen, daemons that have to restart."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.host.settings import plan_settings, read_settings
from ansible_collections.kvm.fleet.plugins.module_utils.host_loop import HostPlan
from ansible_collections.kvm.fleet.plugins.modules.libvirt_config import MODULE

QEMU_CONF = '#vnc_tls = 1\n#vnc_listen = "0.0.0.0"\n#namespaces = [ "mount" ]\n#max_files = 32768\nmine = "x"\n'
LENS = """
   let str_entry       (kw:string) = [ key kw . value_sep . str_val ]
   let vnc_entry = str_entry "vnc_listen"
                 | bool_entry "vnc_tls"
                 | str_entry  "vnc_password"
                 | str_entry "security_driver"
                 | str_array_entry "security_driver"
                 | int_entry "max_files" | limits_entry "max_core"
                 | novel_entry "novelty"
"""
BOOTED, TICK = 1_700_000_000, os.sysconf("SC_CLK_TCK")


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    """A host with a qemu.conf whose libvirtd was started 100 s after boot, and nobody else."""
    _write(tmp_path / "etc/libvirt/qemu.conf", QEMU_CONF)
    os.utime(tmp_path / "etc/libvirt/qemu.conf", (BOOTED, BOOTED))
    _write(tmp_path / "proc/stat", f"cpu 1 2 3\nbtime {BOOTED}\nprocesses 9\n")
    _write(tmp_path / "run/libvirtd.pid", "7")
    _write(tmp_path / "proc/7/cmdline", "/usr/sbin/libvirtd\0--timeout\0")
    _write(tmp_path / "proc/7/stat", f"7 (lib virt) d) S {' '.join('0' * 18)} {100 * TICK} 0\n")
    return tmp_path


def _write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def plan(root: pathlib.Path, file: str = "qemu", **settings: object) -> HostPlan:
    params = {"file": file, "settings": settings, "directory": str(root / "etc/libvirt")}
    return plan_settings(read_settings(None, params, str(root)), params)


def predicted(root: pathlib.Path, file: str = "qemu", **settings: object) -> dict[str, t.Any]:
    """What the module returns in check mode."""
    module = dataclasses.replace(MODULE, read=lambda host, params: read_settings(host, params, str(root)))
    params = {"file": file, "settings": settings, "directory": str(root / "etc/libvirt")}
    return module.run(None, params, check=True)


def text(plan: HostPlan) -> str:
    """What is to be in the file."""
    (action,) = plan.actions
    return action.new


def describe(root: pathlib.Path) -> None:
    _write(root / "usr/share/augeas/lenses/libvirtd_qemu.aug", LENS)


@pytest.mark.parametrize("described", [False, True])
def test_a_misspelt_name_is_refused_with_the_nearest(root, described):
    if described:
        describe(root)
    with pytest.raises(InvalidOption) as caught:
        plan(root, vnc_lisen="::")
    assert str(caught.value) == "settings.vnc_lisen: qemu.conf has no such setting here. The nearest is vnc_listen."
    with pytest.raises(InvalidOption, match="settings.vnc_lisen"):
        plan(root, vnc_lisen=None)  # nor can it be taken out


@pytest.mark.parametrize("name", ["vnc_password", "max_core", "novelty", "mine"])
def test_a_name_from_the_description_or_the_file_is_known(root, name):
    describe(root)
    plan(root, **{name: "x" if name != "max_core" else "unlimited"})


def test_a_file_without_samples_or_description_takes_any_name(root):
    _write(root / "etc/libvirt/qemu.conf", 'user = "root"\n')
    assert text(plan(root, anything=1)) == 'user = "root"\nanything = 1\n'


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"vnc_tls": True}, "vnc_tls = 1\n"),
        ({"vnc_tls": 0}, "vnc_tls = 0\n"),
        ({"vnc_tls": "1"}, "vnc_tls = 1\n"),  # out of a template
        ({"max_files": "4096"}, "max_files = 4096\n"),
        ({"vnc_listen": "4096"}, 'vnc_listen = "4096"\n'),
        ({"max_core": "unlimited"}, 'max_core = "unlimited"\n'),
        ({"max_core": 7}, "max_core = 7\n"),
        ({"security_driver": "none"}, 'security_driver = "none"\n'),
        ({"security_driver": ["apparmor"]}, 'security_driver = [ "apparmor" ]\n'),
        ({"namespaces": []}, "namespaces = []\n"),
    ],
)
def test_values_have_libvirts_types(root, settings, line):
    describe(root)
    assert line in text(plan(root, **settings)).splitlines(keepends=True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vnc_tls": 2}, "settings.vnc_tls: the value has to be true or false (1 or 0)."),
        ({"vnc_tls": "yes"}, "settings.vnc_tls: the value has to be true or false (1 or 0)."),
        ({"vnc_listen": 504}, "settings.vnc_listen: the value has to be a string (in quotes, if it looks like a"),
        ({"vnc_listen": ["a"]}, "settings.vnc_listen: the value has to be a string"),
        ({"max_files": "many"}, "settings.max_files: the value has to be a number."),
        ({"namespaces": "mount"}, "settings.namespaces: the value has to be a list of strings."),
        ({"namespaces": [1]}, "settings.namespaces: the value has to be a list of strings."),
        ({"security_driver": {"a": 1}}, "settings.security_driver: the value has to be a list of strings or a string"),
        ({"mine": 1.5}, "settings.mine: the value has to be a string"),
        ({"vnc_listen": '\'"""'}, "settings.vnc_listen: this text cannot be quoted in a file of libvirt."),
    ],
)
def test_a_value_of_another_type_is_refused(root, settings, message):
    describe(root)
    with pytest.raises(InvalidOption) as caught:
        plan(root, **settings)
    assert str(caught.value).startswith(message)


def test_the_result_says_what_changes_and_hides_passwords(root):
    describe(root)
    _write(root / "etc/libvirt/qemu.conf", QEMU_CONF + 'vnc_password = "old-secret"\n')
    public = predicted(root, vnc_password="new-secret", vnc_tls=True, mine=None, vnc_listen=None)
    assert public["actions"][0]["fields"] == [
        {"option": "mine", "before": "x", "after": None},
        {"option": "vnc_password", "before": "(hidden)", "after": "(hidden)"},
        {"option": "vnc_tls", "before": None, "after": 1},
    ]
    assert "secret" not in str(public)


def test_a_setting_that_is_already_there_is_no_change(root):
    public = predicted(root, mine="x", vnc_tls=None)
    assert (public["changed"], public["diff"]["prepared"], public["restart"]) == (False, "", [])


def test_a_change_concerns_the_daemons_that_run_and_read_the_file(root):
    assert plan(root, vnc_tls=True).values["restart"] == ["libvirtd"]
    _write(root / "run/virtqemud.pid", "7")
    assert plan(root, vnc_tls=True).values["restart"] == ["libvirtd"]  # a stale pid file names another process
    _write(root / "run/virtqemud.pid", "8")
    _write(root / "proc/8/cmdline", "/usr/sbin/virtqemud\0")
    _write(root / "proc/8/stat", (root / "proc/7/stat").read_text())
    assert plan(root, vnc_tls=True).values["restart"] == ["libvirtd", "virtqemud"]
    _write(root / "etc/libvirt/virtlogd.conf", "#max_size = 1\n")
    assert plan(root, "virtlogd", max_size=1).values["restart"] == []  # not running: it reads the file when it is
    _write(root / "etc/libvirt/libvirt.conf", '#uri_default = "x"\n')
    assert plan(root, "libvirt", uri_default="qemu:///system").values["restart"] == []  # clients read that one


@pytest.mark.parametrize(("age", "restart"), [(99, []), (101, []), (103, ["libvirtd"])])
def test_a_daemon_that_is_older_than_the_file_has_not_read_it(root, age, restart):
    os.utime(root / "etc/libvirt/qemu.conf", (BOOTED + age, BOOTED + age))
    assert plan(root, mine="x").values["restart"] == restart


def test_a_file_that_libvirt_does_not_have_is_refused(root):
    with pytest.raises(
        InvalidOption, match=r"file: libvirt has no file .*/network.conf on this host. There are: qemu."
    ):
        plan(root, "network", firewall_backend="nftables")
    with pytest.raises(InvalidOption, match="'../passwd' is not the name of a file"):
        predicted(root, "../passwd")


def test_a_missing_file_with_an_augeas_description_is_created(root):
    _write(root / "usr/share/augeas/lenses/libvirtd_network.aug", 'str_entry "firewall_backend"')
    assert text(plan(root, "network", firewall_backend="nftables")) == 'firewall_backend = "nftables"\n'


def test_hidden_keeps_the_password(root):
    describe(root)
    with pytest.raises(InvalidOption, match=r"^settings.vnc_password: .hidden. stands for the value that is there"):
        plan(root, vnc_password="(hidden)")
    _write(root / "etc/libvirt/qemu.conf", QEMU_CONF + 'vnc_password = "old-secret"\n')
    assert not plan(root, vnc_password="(hidden)").actions
    assert plan(root, vnc_listen="(hidden)").actions, "which is no secret"


def test_all_settings_that_cannot_be_are_told_at_once(root):
    with pytest.raises(InvalidOption) as caught:
        plan(root, vnc_lisen="::", max_files="many")
    assert str(caught.value) == (
        "settings.vnc_lisen: qemu.conf has no such setting here. The nearest is vnc_listen. "
        "Also: settings.max_files: the value has to be a number."
    )
