# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks of every source and their options, against a real libvirtd and QEMU; virsh is the witness."""

from __future__ import annotations

import subprocess
import time
import typing as t

import pytest

from .lifecycle import fields, settle, verbs
from .test_domain import dumpxml, guest

UUID = "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d777"
SECRET = {"username": "libvirt", "secret": {"uuid": UUID}}
SERVER = [{"name": "storage.example.test", "port": 3260}]

#: Disks that this machine cannot run, and what libvirt has to say of them: places below the disk.
DEFINED: dict[str, tuple[dict[str, t.Any], dict[str, str]]] = {
    "rbd": (
        {
            "network": {
                "protocol": "rbd",
                "name": "data/web1",
                "snapshot": "before",
                "config": "/etc/ceph/ceph.conf",
                "hosts": [{"name": "mon1.example.test", "port": 6789}, {"name": "mon2.example.test"}],
            },
            "auth": SECRET,
            "encryption": {"format": "luks", "engine": "librbd", "secret": {"usage": "/disks/web1"}},
        },
        {
            "source/@protocol": "rbd",
            "source/@name": "data/web1",
            "source/host[2]/@name": "mon2.example.test",
            "source/snapshot/@name": "before",
            "source/config/@file": "/etc/ceph/ceph.conf",
            "source/auth/@username": "libvirt",
            "source/auth/secret/@uuid": UUID,
            "source/auth/secret/@type": "ceph",
            "source/encryption/secret/@usage": "/disks/web1",
            "source/encryption/@engine": "librbd",
        },
    ),
    "iscsi": (
        {
            "network": {
                "protocol": "iscsi",
                "name": "iqn.2026-11.test.example:disks/1",
                "hosts": SERVER,
                "initiator": "iqn.2026-11.test.example:host1",
            },
            "auth": {"username": "libvirt", "secret": {"usage": "chap"}},
        },
        {
            "source/host/@port": "3260",
            "source/initiator/iqn/@name": "iqn.2026-11.test.example:host1",
            "source/auth/secret/@usage": "chap",
            "source/auth/secret/@type": "iscsi",
        },
    ),
    "geometry": (
        {"file": "/nowhere/a.img", "bus": "sata", "geometry": {"cyls": 16383, "heads": 16, "secs": 63}},
        {"geometry/@cyls": "16383", "geometry/@heads": "16", "geometry/@secs": "63"},
    ),
    "transient": (
        {"file": "/nowhere/a.qcow2", "format": "qcow2", "transient": True, "transient_share_backing": True},
        {"transient/@shareBacking": "yes"},
    ),
    "nbd": (
        {"network": {"protocol": "nbd", "name": "x", "hosts": SERVER, "tls": True, "tls_hostname": "other.test"}},
        {"source/@tls": "yes", "source/@tlsHostname": "other.test"},
    ),
    "nbd at a socket": (
        {"network": {"protocol": "nbd", "hosts": [{"transport": "unix", "socket": "/run/nbd.sock"}]}, "target": "vdc"},
        {"source/host/@socket": "/run/nbd.sock"},
    ),
    "https": (
        {
            "device": "cdrom",
            "network": {
                "protocol": "https",
                "name": "iso/debian.iso",
                "query": "token=1",
                "hosts": SERVER,
                "ssl_verify": False,
                "readahead": 65536,
                "timeout": 9,
            },
        },
        {
            "source/@query": "token=1",
            "source/ssl/@verify": "no",
            "source/readahead/@size": "65536",
            "source/timeout/@seconds": "9",
        },
    ),
    "nfs": (
        {
            "network": {
                "protocol": "nfs",
                "name": "/srv/web1.img",
                "hosts": [{"name": "nas"}],
                "user": "+77",
                "group": "kvm",
            }
        },
        {"source/identity/@user": "+77", "source/identity/@group": "kvm"},
    ),
    "nvme": (
        {"nvme": {"address": "01:00.0", "namespace": 2, "managed": True}},
        {"source/@namespace": "2", "source/address/@bus": "0x01", "source/@managed": "yes"},
    ),
    "everything of a virtio disk": (
        {
            "file": "/nowhere/a.qcow2",
            "format": "qcow2",
            "cache": "none",
            "io": "native",
            "discard": "unmap",
            "detect_zeroes": "unmap",
            "error_policy": "enospace",
            "rerror_policy": "report",
            "iothread": 1,
            "ioeventfd": True,
            "event_idx": True,
            "queues": 2,
            "queue_size": 256,
            "iommu": True,
            "ats": True,
            "packed": True,
            "page_per_vq": True,
            "metadata_cache_size": "4MiB",
            "model": "virtio-non-transitional",
            "serial": "data",
            "logical_block_size": 512,
            "physical_block_size": 4096,
            "startup_policy": "mandatory",
            "snapshot": "external",
            "boot_order": 1,
            "alias": "ua-data",
        },
        {
            "driver/@cache": "none",
            "driver/@io": "native",
            "driver/@discard": "unmap",
            "driver/@detect_zeroes": "unmap",
            "driver/@error_policy": "enospace",
            "driver/@rerror_policy": "report",
            "driver/@iothread": "1",
            "driver/@queues": "2",
            "driver/@queue_size": "256",
            "driver/@packed": "on",
            "driver/metadata_cache/max_size": "4194304",
            "@model": "virtio-non-transitional",
            "serial": "data",
            "blockio/@physical_block_size": "4096",
            "@snapshot": "external",
            "boot/@order": "1",
            "alias/@name": "ua-data",
        },
    ),
    "everything of a SCSI disk": (
        {
            "file": "/nowhere/a.img",
            "bus": "scsi",
            "wwn": "5000C500A1B2C3D4",
            "vendor": "EXAMPLE",
            "product": "disk",
            "rotation_rate": 1,
            "shareable": True,
        },
        {
            "wwn": "5000c500a1b2c3d4",
            "vendor": "EXAMPLE",
            "product": "disk",
            "target/@rotation_rate": "1",
            "driver/@type": "raw",
        },
    ),
    "a LUN": (
        {"block": "/dev/sdx", "device": "lun", "rawio": True},
        {"@device": "lun", "@rawio": "yes", "target/@bus": "scsi"},
    ),
    "a USB stick": (
        {"file": "/nowhere/a.img", "bus": "usb", "removable": True, "copy_on_read": True},
        {"target/@removable": "on", "driver/@copy_on_read": "on"},
    ),
}
IOTHREADS = "<domain><iothreads>1</iothreads></domain>"


@pytest.fixture
def image(tmp_path) -> t.Callable[..., str]:
    def make(name: str, kind: str = "qcow2", *options: str) -> str:
        path = str(tmp_path / name)
        command = ["qemu-img", "create", "-q", "-f", kind, *options, path, "16M"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        while "Unable to get accurate CPU usage" in done.stderr:  # for LUKS, by chance (resources/volume/encrypted.py)
            done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return path

    return make


@pytest.fixture
def secrets(module) -> None:
    """Those that disks name by their usage."""
    module("converge", secrets=[{"usage": "volume", "name": "/disks/web1"}, {"usage": "iscsi", "name": "chap"}])


@pytest.mark.parametrize("case", DEFINED)
def test_a_disk_is_defined_as_declared(module, virsh, unique, secrets, case):
    disk, expected = DEFINED[case]
    settle(module, "domain", **guest(unique, state="stopped", disks=[disk], xml=IOTHREADS))
    (element,) = dumpxml(virsh, unique).findall("devices/disk")
    told = {place: "".join(str(getattr(one, "text", one)) for one in element.xpath(place)) for place in expected}
    assert told == expected


def test_changing_the_kind_of_source_removes_the_old_source(module, virsh, unique, secrets):
    for disk in (DEFINED["rbd"][0], DEFINED["nvme"][0], {"file": "/nowhere/a.img"}, {"block": "/dev/sdx"}):
        settle(module, "domain", **guest(unique, state="stopped", disks=[{"target": "vda", **disk}]))
    source = dumpxml(virsh, unique).find("devices/disk/source")
    assert dict(source.attrib) == {"dev": "/dev/sdx"} and len(source) == 0


def test_disk_iotune_limits_change_live(module, virsh, unique, image):
    disk = {"file": image("root"), "format": "qcow2", "target": "vda"}
    settle(module, "domain", **guest(unique, disks=[disk]))

    def limits() -> dict[str, str]:
        lines = (line.split(":", 1) for line in virsh("blkdeviotune", unique, "vda").splitlines() if ":" in line)
        return {name.strip(): value.strip() for name, value in lines if value.strip() not in ("0", "")}

    first = {"total_bytes_sec": 1000000, "total_bytes_sec_max": 2000000, "total_bytes_sec_max_length": 5}
    changed = settle(module, "domain", **guest(unique, disks=[dict(disk, iotune=first)]))
    assert verbs(changed) == ["define", "set_iotune"] and not changed["pending"]
    assert limits().items() >= {name: str(value) for name, value in first.items()}.items()
    second = {
        **dict.fromkeys(first, 0),
        "read_iops_sec": 100,
        "write_iops_sec": 50,
        "read_iops_sec_max": 200,
        "size_iops_sec": 4096,
        "group_name": "slow",
    }
    changed = settle(module, "domain", **guest(unique, disks=[dict(disk, iotune=second)]))
    assert "set_iotune" in verbs(changed) and not changed["pending"]
    assert limits().items() >= {"read_iops_sec": "100", "write_iops_sec": "50", "size_iops_sec": "4096"}.items()
    assert "total_bytes_sec" not in limits()
    assert dumpxml(virsh, unique, live=False).findtext("devices/disk/iotune/read_iops_sec") == "100"


def test_a_cdrom_medium_is_inserted_changed_and_ejected(module, virsh, unique, image):
    drive = {"device": "cdrom", "target": "sda"}

    def medium() -> str:
        return virsh("domblklist", unique).split()[1]

    settle(module, "domain", **guest(unique, disks=[dict(drive, empty=True)]))
    assert medium() == "-"
    for name in ("one.iso", "two.iso"):
        changed = settle(module, "domain", **guest(unique, disks=[dict(drive, file=image(name, "raw"))]))
        assert verbs(changed) == ["define", "update"] and not changed["pending"]
        assert medium().endswith(name)
    changed = settle(module, "domain", **guest(unique, disks=[dict(drive, empty=True)]))
    assert fields(changed) == {"disks[sda].empty": (None, True)} and not changed["pending"]
    assert medium() == "-"
    assert not module("domain", **guest(unique, disks=[drive]))["changed"], "what is not said stays"


def test_a_disk_on_a_bus_without_hotplug_is_pending(module, virsh, unique, image):
    settle(module, "domain", **guest(unique, disks=[]))
    changed = settle(module, "domain", **guest(unique, disks=[{"file": image("a", "raw"), "bus": "sata"}]))
    assert verbs(changed) == ["define"] and changed["restart_required"]
    assert dumpxml(virsh, unique).find("devices/disk") is None


def test_a_scsi_disk_is_plugged_in(module, virsh, unique, image):
    xml = "<domain><devices><controller type='scsi' index='0' model='virtio-scsi'/></devices></domain>"
    settle(module, "domain", **guest(unique, disks=[], xml=xml))
    disk = {"file": image("a", "raw"), "bus": "scsi", "serial": "one", "rotation_rate": 1}
    changed = settle(module, "domain", **guest(unique, disks=[disk], xml=xml))
    assert verbs(changed) == ["define", "attach"] and not changed["pending"]
    assert dumpxml(virsh, unique).find("devices/disk/target").get("rotation_rate") == "1"


def test_a_disk_of_an_nbd_server_is_plugged_in(module, virsh, unique, image, tmp_path):
    socket = tmp_path / "nbd.sock"
    server = subprocess.Popen(["qemu-nbd", "-f", "raw", "-t", "-x", "data", "-k", str(socket), image("a", "raw")])
    try:
        for _attempt in range(100):
            if socket.exists():
                break
            time.sleep(0.05)
        tmp_path.chmod(0o755)
        socket.chmod(0o777)
        settle(module, "domain", **guest(unique, disks=[]))
        hosts = [{"transport": "unix", "socket": str(socket)}]
        disk = {"network": {"protocol": "nbd", "name": "data", "hosts": hosts}, "target": "vda"}
        changed = settle(module, "domain", **guest(unique, disks=[disk]))
        assert verbs(changed) == ["define", "attach"]
        assert virsh("domblkinfo", unique, "vda").split()[1] == str(16 * 2**20)
        settle(module, "domain", name=unique, state="absent", shutdown_timeout=0, force=True)
    finally:
        server.kill()
        server.wait()


def test_an_encrypted_disk_opens_with_its_secret(module, virsh, unique, image, tmp_path):
    (tmp_path / "key").write_text("s3cr3t-!")
    (tmp_path / "secret.xml").write_text(
        f"<secret ephemeral='no' private='yes'><uuid>{UUID}</uuid><usage type='volume'><volume>{unique}</volume>"
        "</usage></secret>"
    )
    virsh("secret-define", tmp_path / "secret.xml")
    virsh("secret-set-value", UUID, "--file", tmp_path / "key", "--plain")
    secret = ("--object", f"secret,id=key,file={tmp_path / 'key'}", "-o", "key-secret=key,iter-time=10")
    disk = {
        "file": image("a", "luks", *secret),
        "target": "vda",
        "encryption": {"format": "luks", "secret": {"uuid": UUID}},
    }
    settle(module, "domain", **guest(unique, disks=[]))
    changed = settle(module, "domain", **guest(unique, disks=[disk]))
    assert verbs(changed) == ["define", "attach"] and "s3cr3t-!" not in str(changed)
    assert int(virsh("domblkinfo", unique, "vda").split()[1]) == 16 * 2**20, "what is in the LUKS volume"


def test_equal_disks_are_identified_by_their_aliases(module, virsh, unique, image):
    shared = {"format": "raw", "shareable": True}
    disks = [{**shared, "file": image(name, "raw"), "alias": f"ua-{name}"} for name in ("one", "two")]
    settle(module, "domain", **guest(unique, disks=disks))
    before = virsh("domblklist", unique)
    assert not module("domain", **guest(unique, disks=disks[::-1]))["changed"]
    # Not even when what is behind them is swapped: the alias is the disk.
    swapped = [dict(disks[0], file=disks[1]["file"]), dict(disks[1], file=disks[0]["file"])]
    changed = module("domain", check_mode=True, **guest(unique, state="present", disks=swapped))
    assert set(fields(changed)) == {"disks[vda].file", "disks[vdb].file"}
    assert virsh("domblklist", unique) == before
