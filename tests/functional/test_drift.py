# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both definitions of a running guest compared: nothing that libvirt filled in, and all that somebody changed."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from .test_domain import guest

RECORDED = pathlib.Path(__file__).parents[1] / "unit/xml/recorded"


@pytest.fixture
def images(tmp_path) -> tuple[str, str]:
    for name in ("a", "b"):
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / name, "1M"], check=True)
    return str(tmp_path / "a"), str(tmp_path / "b")


def drift(module, name: str) -> dict[str, tuple[object, object]]:
    (found,) = module("domain_info", name=name)["domains"]
    return {one["option"]: (one["defined"], one["live"]) for one in found["drift"]}


CPUS = {
    "the most that emulation can": {"mode": "maximum"},
    "a model with features that emulation has not": {"mode": "custom", "model": "Skylake-Client"},
    "a small one": {"mode": "custom", "model": "qemu64"},
}


@pytest.mark.parametrize("cpu", CPUS)
def test_a_guest_that_has_just_started_has_no_drift(module, virsh, unique, images, cpu):
    module("network", name=unique, forward={"mode": "isolated"})
    module(
        "domain",
        **guest(
            unique,
            memory="32MiB",
            memory_max="64MiB",
            vcpus=1,
            vcpus_max=2,
            cpu=CPUS[cpu],
            disks=[{"file": images[0], "format": "qcow2"}, {"device": "cdrom"}],
            interfaces=[{"network": unique}],
            graphics=[{"type": "vnc", "password": "s3cret!"}],
            serials=[{"type": "pty"}, {"type": "file", "path": f"{images[0]}.log"}],
        ),
    )
    assert drift(module, unique) == {}
    virsh("destroy", unique)
    assert drift(module, unique) == {}


def test_a_guest_made_by_hand_has_no_drift_when_it_starts(module, virsh, by_hand_name, images):
    virsh("start", by_hand_name)
    assert drift(module, by_hand_name) == {}


@pytest.fixture
def by_hand_name(virsh, unique, tmp_path) -> str:
    (tmp_path / "guest.xml").write_text(
        f"""<domain type='qemu'><name>{unique}</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>
        <iothreads>1</iothreads><os><type machine='pc'>hvm</type></os><features><acpi/></features>
        <cpu mode='custom' match='exact' check='none'><model fallback='allow'>Haswell</model></cpu>
        <devices><disk type='file'><driver name='qemu' type='qcow2'/><source file='{tmp_path}/a'/>
        <target dev='hda' bus='ide'/></disk><interface type='user'/><graphics type='vnc'/><sound model='ich6'/>
        <input type='tablet' bus='usb'/><console type='pty'/></devices></domain>"""
    )
    virsh("define", tmp_path / "guest.xml")
    return unique


def test_a_disk_attached_live_only_is_drift(module, virsh, unique, images):
    module("domain", **guest(unique, disks=[{"file": images[0], "format": "qcow2"}]))
    virsh("attach-disk", unique, images[1], "vdb", "--subdriver", "qcow2", "--live")
    found = drift(module, unique)
    assert list(found) == ["disks[vdb]"]
    defined, live = found["disks[vdb]"]
    assert defined is None and live["file"] == images[1]


def test_a_change_of_the_definition_only_is_drift(module, virsh, unique, images):
    module("domain", **guest(unique, title="old", disks=[{"file": images[0], "format": "qcow2"}]))
    virsh("desc", unique, "--title", "new", "--config")
    virsh("setmaxmem", unique, "128M", "--config")
    found = drift(module, unique)
    assert found == {"title": ("new", "old"), "memory_max": ("128MiB", "64MiB")}


def test_drift_of_devices_and_elements_without_an_option(module, virsh, unique, tmp_path):
    module("domain", **guest(unique))
    (tmp_path / "more.xml").write_text("<input type='keyboard' bus='virtio'/>")
    virsh("attach-device", unique, tmp_path / "more.xml", "--live")
    assert len(drift(module, unique)) == 1


def test_nothing_is_pending_after_a_restart(module, virsh, unique):
    module("domain", **guest(unique))
    module("domain", **guest(unique, cpu={"mode": "custom", "model": "qemu64"}))
    assert {"cpu.mode", "cpu.model"} <= set(drift(module, unique))
    options = guest(unique, cpu={"mode": "custom", "model": "qemu64"}, restart="if_required")
    assert not module("domain", **options)["pending"]
    assert drift(module, unique) == {}
