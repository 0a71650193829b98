# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain gets another name, and what is called after it comes along. About 6 s."""

from __future__ import annotations

import os
import pathlib
import signal

from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain import apply, operations

from .lifecycle import settle, verbs
from .test_domain import guest

NVRAM = pathlib.Path("/var/lib/libvirt/qemu/nvram")


def test_a_domain_is_renamed_with_all_that_is_called_after_it(module, virsh, pool, folder, unique):
    module("volume", pool=pool, name="root.qcow2", capacity="1MiB")
    options = {
        "disks": [{"pool": pool, "volume": "root.qcow2"}],
        "cloud_init": {"meta_data": {"instance-id": "i-1"}},
        "firmware": "efi",
        "autostart": True,
        "shutdown_timeout": 0,
        "force": True,
    }
    module("domain", **guest(unique, state="running", **options))
    uuid = virsh("domuuid", unique).strip()
    variables = (NVRAM / f"{unique}_VARS.fd").stat().st_ino
    new = {**options, "renamed_from": unique}
    refused = module("domain", fails=True, **guest("renamed", state="running", **new))
    assert f"renamed_from: domain '{unique}' runs, and libvirt renames it only when it is off" in refused["msg"]

    module("domain", name=unique, state="stopped", shutdown_timeout=0, force=True)
    (NVRAM / "renamed_VARS.fd").write_text("somebody else's")
    refused = module("domain", fails=True, **guest("renamed", state="running", **new))
    assert f"'{NVRAM}/renamed_VARS.fd' is there already" in refused["msg"]
    assert (NVRAM / f"{unique}_VARS.fd").stat().st_ino == variables
    (NVRAM / "renamed_VARS.fd").unlink()
    done = settle(module, "domain", **guest("renamed", state="running", **new))
    assert verbs(done)[:2] == ["create", "rename"] and verbs(done)[-1] == "remove_seed" and "start" in verbs(done)
    assert virsh("list", "--all", "--name").split() == ["renamed"] and virsh("domuuid", "renamed").strip() == uuid
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["renamed-seed.iso", "root.qcow2"]
    assert [(path.name, path.stat().st_ino) for path in NVRAM.iterdir()] == [("renamed_VARS.fd", variables)]
    assert str(NVRAM / "renamed_VARS.fd") in virsh("dumpxml", "renamed")
    assert "Autostart:      enable" in virsh("dominfo", "renamed")
    assert [path.name for path in pathlib.Path("/etc/libvirt/qemu/autostart").iterdir()] == ["renamed.xml"]
    records = pathlib.Path("/var/lib/libvirt/kvm-fleet/unfinished").glob("*.json")
    assert [record for record in records if "renamed" in record.read_text()] == []


def test_the_old_seed_of_a_rename_that_was_killed_is_removed(module, monkeypatch, pool, folder, unique):
    module("volume", pool=pool, name="root.qcow2", capacity="1MiB")
    options = {"disks": [{"pool": pool, "volume": "root.qcow2"}], "cloud_init": {"user_data": {}}, "state": "stopped"}
    module("domain", **guest(unique, **options))
    with monkeypatch.context() as patch:
        patch.setitem(apply.EXECUTORS.by_class, operations.RemoveSeed, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        os.waitpid(module.start("domain", **guest("renamed", renamed_from=unique, **options)).pid, 0)
    assert (folder / f"{unique}-seed.iso").exists()
    done = settle(module, "domain", **guest("renamed", renamed_from=unique, **options))
    assert verbs(done) == ["refresh", "remove_seed"] and not (folder / f"{unique}-seed.iso").exists()
