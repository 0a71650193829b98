# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the daemons: predicted, written in place, never shown when secret, and read by a real libvirtd."""

from __future__ import annotations

import os
import pathlib
import stat
import typing as t

import pytest

CONF = pathlib.Path("/etc/libvirt/qemu.conf")
PREDICTED = ("changed", "actions", "diff", "path", "restart")


@pytest.fixture(autouse=True)
def as_before() -> t.Iterator[None]:
    """The private host's own file, with nothing beside it, whatever a test did."""
    before, times = CONF.read_bytes(), (CONF.stat().st_atime, CONF.stat().st_mtime)
    CONF.chmod(0o600)
    yield
    CONF.write_bytes(before)
    os.utime(CONF, times)  # a younger file would be one that libvirtd has not read
    for path in CONF.parent.glob("*.conf.*~"):
        path.unlink()


def settle(module, **options: t.Any) -> dict[str, t.Any]:
    """Check, real run, second run: check mode touches nothing and predicts all, and once is enough."""
    before, backups = CONF.stat(), list(CONF.parent.glob("*.conf.*~"))
    predicted = module("libvirt_config", check_mode=True, **options)
    assert (CONF.stat().st_mtime_ns, CONF.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert list(CONF.parent.glob("*.conf.*~")) == backups
    real = module("libvirt_config", **options)
    assert {key: predicted[key] for key in PREDICTED} == {key: real[key] for key in PREDICTED}
    assert not module("libvirt_config", **options)["changed"]
    return real


def test_settings_are_written_in_place_with_a_backup(module):
    before = CONF.read_text()
    result = settle(module, file="qemu", settings={"dump_guest_core": True, "max_core": "unlimited", "user": "root"})
    assert CONF.read_text() == before.replace("max_core = 0", 'max_core = "unlimited"') + "dump_guest_core = 1\n"
    assert stat.S_IMODE(CONF.stat().st_mode) == 0o600
    backup = pathlib.Path(result["backup_file"])
    assert (backup.parent, backup.read_text()) == (CONF.parent, before)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert result["restart"] == ["libvirtd"]
    assert "max_core: 0 → unlimited" in result["diff"]["prepared"]


def test_null_removes_a_setting(module):
    settle(module, file="qemu", settings={"max_core": None, "vnc_listen": None})
    assert "max_core" not in CONF.read_text()
    assert 'user = "root"' in CONF.read_text()


@pytest.mark.parametrize("where", ["qemu", "libvirtd"])
def test_a_misspelt_setting_is_refused_by_the_augeas_description(module, where):
    wrong, right = {"qemu": ("dump_guest_cores", "dump_guest_core"), "libvirtd": ("max_cliens", "max_clients")}[where]
    before = CONF.read_bytes()
    failed = module("libvirt_config", file=where, settings={"log_level": 2, wrong: 1}, fails=True)
    if where == "qemu":  # log_level is libvirtd.conf's
        assert failed["msg"].startswith("settings.log_level: qemu.conf has no such setting here")
        failed = module("libvirt_config", file=where, settings={wrong: 1}, fails=True)
    assert failed["msg"] == f"settings.{wrong}: {where}.conf has no such setting here. The nearest is {right}."
    assert CONF.read_bytes() == before


def test_a_password_is_never_shown(module):
    settings = {"vnc_password": "0ld-hush!", "vnc_listen": "127.0.0.1"}
    results = [module("libvirt_config", file="qemu", settings=settings, check_mode=True)]
    results.append(settle(module, file="qemu", settings=settings))
    results.append(settle(module, file="qemu", settings={**settings, "vnc_password": "n3w-hush!"}))
    results.append(module("libvirt_config", file="qemu", settings={**settings, "nonsense": 1}, fails=True))
    assert 'vnc_password = "n3w-hush!"' in CONF.read_text()
    assert "hush" not in str(results)
    assert results[2]["actions"][0]["fields"] == [{"option": "vnc_password", "before": "(hidden)", "after": "(hidden)"}]


def test_a_file_that_libvirt_cannot_read_is_named_with_the_line(module):
    CONF.write_text("user = root\n")
    failed = module("libvirt_config", file="qemu", settings={"group": "root"}, fails=True)
    assert failed["msg"].startswith("/etc/libvirt/qemu.conf:1: libvirt cannot read this file")
    assert CONF.read_text() == "user = root\n"


def test_a_missing_file_is_created_for_root_only(module, tmp_path):
    module("libvirt_config", file="virtlogd", settings={"max_backups": 5}, directory=str(tmp_path))
    made = tmp_path / "virtlogd.conf"
    assert (made.read_text(), stat.S_IMODE(made.stat().st_mode)) == ("max_backups = 5\n", 0o600)


def test_an_unprivileged_user_gets_an_error_with_the_owner_of_the_file(module):
    failed = module.start("libvirt_config", as_user="nobody", file="qemu", settings={"user": "x"}).result(fails=True)
    assert failed["msg"].startswith("/etc/libvirt/qemu.conf: this user may not read the file. Run the module as root")
