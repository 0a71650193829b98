# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kvm.fleet.volume: making, growing, cloning and removing; virsh and qemu-img are the witnesses."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs

GUEST = """
<domain type="qemu">
  <name>{name}</name>
  <memory unit="MiB">64</memory>
  <os><type machine="q35">hvm</type></os>
  <devices>
    <disk type="file">
      <driver name="qemu" type="{format}"/><source file="{path}"/><target dev="vda" bus="virtio"/>
    </disk>
  </devices>
</domain>
"""


def image(path: pathlib.Path) -> dict[str, t.Any]:
    """What qemu-img says of an image."""
    done = subprocess.run(["qemu-img", "info", "-U", "--output=json", path], check=True, capture_output=True)
    return json.loads(done.stdout)


def capacity(virsh: t.Callable[..., str], pool: str, name: str) -> int:
    """What libvirt says of it now, in bytes."""
    return int(etree.fromstring(virsh("vol-dumpxml", name, "--pool", pool)).findtext("capacity"))


@pytest.mark.parametrize("image_format", ["raw", "qcow2"])
def test_volume_lifecycle_from_creation_to_removal(module, virsh, pool, folder, image_format):
    options = {"pool": pool, "name": "disk", "capacity": "64MiB", "format": image_format}
    assert verbs(settle(module, "volume", **options)) == ["create"]
    assert (image(folder / "disk")["format"], image(folder / "disk")["virtual-size"]) == (image_format, 64 * 1024**2)
    assert verbs(settle(module, "volume", pool=pool, name="disk", state="absent")) == ["delete"]
    assert list(folder.iterdir()) == []
    assert "disk" not in virsh("vol-list", pool)


def test_a_new_volume_is_a_sparse_qcow2(module, pool, folder):
    settle(module, "volume", pool=pool, name="a", capacity="1TiB")
    settle(module, "volume", pool=pool, name="b", capacity="1TiB", format="raw")
    assert image(folder / "a")["format"] == "qcow2"
    assert image(folder / "b")["actual-size"] < 1024**2


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("2MiB", 2 * 1024**2),
        ("2MB", 2000896),  # the next multiple of 512
        ("2M", 2 * 1024**2),
        ("1.5GiB", 1536 * 1024**2),
        ("1048576", 1024**2),
        ("1048576 bytes", 1024**2),
        ("1t", 1024**4),
    ],
)
def test_capacity_has_every_unit_of_libvirt(module, virsh, pool, size, expected):
    settle(module, "volume", pool=pool, name="disk", capacity=size)
    assert capacity(virsh, pool, "disk") == expected


def test_a_volume_grows_and_keeps_its_content(module, virsh, pool, folder):
    settle(module, "volume", pool=pool, name="disk", capacity="1MiB", format="raw")
    (folder / "disk").write_bytes(b"data" + bytes(1024**2 - 4))
    grown = settle(module, "volume", pool=pool, name="disk", capacity="3MiB")
    assert verbs(grown) == ["resize"]
    assert fields(grown) == {"capacity": ("1MiB", "3MiB")}
    assert capacity(virsh, pool, "disk") == 3 * 1024**2
    assert (folder / "disk").read_bytes()[:4] == b"data"


@pytest.mark.parametrize("image_format", ["raw", "qcow2"])
def test_a_volume_in_use_grows_online(module, virsh, conn, pool, folder, image_format):
    options = {"pool": pool, "name": "disk", "format": image_format}
    settle(module, "volume", **options, capacity="64MiB")
    domain = conn.createXML(GUEST.format(name=pool, path=folder / "disk", format=image_format), 0)
    assert verbs(settle(module, "volume", **options, capacity="128MiB")) == ["resize"]
    assert domain.blockInfo("vda")[0] == 128 * 1024**2  # what QEMU shows to the guest
    assert image(folder / "disk")["virtual-size"] == 128 * 1024**2


def test_a_volume_is_never_made_smaller(module, virsh, pool):
    settle(module, "volume", pool=pool, name="disk", capacity="2GiB")
    for check_mode in (True, False):
        failed = module("volume", pool=pool, name="disk", capacity="1GiB", check_mode=check_mode, fails=True)
        assert failed["msg"].startswith("capacity: 1GiB is below the current 2GiB")
    assert capacity(virsh, pool, "disk") == 2 * 1024**3


def test_a_linked_clone_is_as_large_as_its_backing_volume(module, virsh, pool, folder):
    document = {
        "volumes": [  # in the wrong order
            {"pool": pool, "name": "clone", "backing": "base"},
            {"pool": pool, "name": "base", "capacity": "64MiB"},
            {"pool": pool, "name": "large", "backing": "base", "capacity": "128MiB"},
        ]
    }
    predicted = module("converge", check_mode=True, **document)
    real = module("converge", **document)
    assert predicted["actions"] == real["actions"]
    assert not module("converge", **document)["changed"]
    clone = image(folder / "clone")
    assert (clone["full-backing-filename"], clone["backing-filename-format"]) == (str(folder / "base"), "qcow2")
    assert (clone["virtual-size"], image(folder / "large")["virtual-size"]) == (64 * 1024**2, 128 * 1024**2)


def test_a_clone_of_a_volume_in_another_pool(module, virsh, pool, folder, tmp_path):
    other = {"name": pool + "b", "type": "dir", "target": str(tmp_path / "b")}
    base = {"pool": pool + "b", "name": "base", "capacity": "1MiB", "format": "raw"}
    clone = {"pool": pool, "name": "clone", "backing": "base", "backing_pool": pool + "b"}
    document = {"pools": [other], "volumes": [clone, base]}
    predicted = module("converge", check_mode=True, **document)
    assert module("converge", **document)["actions"] == predicted["actions"]
    assert not module("converge", **document)["changed"]
    assert image(folder / "clone")["full-backing-filename"] == str(tmp_path / "b" / "base")
    assert image(folder / "clone")["backing-filename-format"] == "raw"


def test_volumes_in_a_circle_are_refused(module, pool, folder):
    volumes = [{"pool": pool, "name": "a", "backing": "b"}, {"pool": pool, "name": "b", "backing": "a"}]
    failed = module("converge", volumes=volumes, fails=True)
    assert "circle" in failed["msg"]
    assert list(folder.iterdir()) == []


def test_removing_a_volume_in_use_is_refused(module, virsh, conn, pool, folder):
    settle(module, "volume", pool=pool, name="base", capacity="1MiB")
    settle(module, "volume", pool=pool, name="clone", backing="base")
    conn.defineXML(GUEST.format(name=pool, path=folder / "clone", format="qcow2"))
    for name, users in (("base", f"volume {pool}/clone"), ("clone", f"domain {pool}")):
        failed = module("volume", pool=pool, name=name, state="absent", fails=True)
        assert users in failed["msg"]
    assert {"base", "clone"} == {path.name for path in folder.iterdir()}
    document = {
        "domains": [{"name": pool, "state": "absent"}],
        "volumes": [{"pool": pool, "name": name, "state": "absent"} for name in ("base", "clone")],
    }
    predicted = module("converge", check_mode=True, **document)
    assert module("converge", **document)["actions"] == predicted["actions"]
    assert not module("converge", **document)["changed"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("made_as", "declared", "where"),
    [
        ({"format": "raw"}, {"format": "qcow2"}, "format: it is raw"),
        ({}, {"backing": "base"}, "backing: it is none"),
    ],
)
def test_changing_format_or_backing_of_a_volume_is_refused(module, pool, folder, made_as, declared, where):
    settle(module, "volume", pool=pool, name="base", capacity="1MiB")
    settle(module, "volume", pool=pool, name="disk", capacity="1MiB", **made_as)
    before = image(folder / "disk")
    failed = module("volume", pool=pool, name="disk", **declared, fails=True)
    assert failed["msg"].startswith(where)
    assert image(folder / "disk") == before


def test_a_volume_deleted_by_hand_is_created_again(module, virsh, pool):
    options = {"pool": pool, "name": "disk", "capacity": "1MiB"}
    settle(module, "volume", **options)
    virsh("vol-delete", "disk", "--pool", pool)
    assert verbs(settle(module, "volume", **options)) == ["create"]


def test_a_file_deleted_by_hand_is_created_again(module, pool, folder):
    options = {"pool": pool, "name": "disk", "capacity": "1MiB"}
    settle(module, "volume", **options)
    (folder / "disk").unlink()
    settle(module, "volume", **options)
    assert (folder / "disk").exists()


def test_a_file_not_yet_listed_by_libvirt_is_used(module, virsh, pool, folder):
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", folder / "disk", "1M"], check=True)
    taken = settle(module, "volume", pool=pool, name="disk", capacity="2MiB", format="qcow2")
    assert verbs(taken) == ["refresh", "resize"]
    assert capacity(virsh, pool, "disk") == 2 * 1024**2
    (folder / "other").write_bytes(bytes(512))
    assert verbs(settle(module, "volume", pool=pool, name="other", state="absent")) == ["refresh", "delete"]
    assert not (folder / "other").exists()


def test_volumes_in_a_pool_created_or_started_in_the_same_run(module, virsh, unique, tmp_path):
    document = {
        "pools": [{"name": unique, "type": "dir", "target": str(tmp_path / "new")}],
        "volumes": [{"pool": unique, "name": "disk", "capacity": "1MiB"}],
    }
    for again in (None, "pool-destroy", "pool-undefine"):
        if again:
            virsh("pool-destroy", unique)
        if again == "pool-undefine":
            virsh("pool-undefine", unique)
        predicted = module("converge", check_mode=True, **document)
        real = module("converge", **document)
        assert predicted["actions"] == real["actions"] != []
        assert [action["kind"] for action in real["actions"]].count("volume") == (0 if again else 1)
        assert not module("converge", **document)["changed"]


def test_a_pool_that_is_not_active_is_named(module, virsh, pool):
    virsh("pool-destroy", pool)
    failed = module("volume", pool=pool, name="disk", capacity="1MiB", fails=True)
    assert failed["msg"].startswith("pool: ") and "not active" in failed["msg"]
    assert not module("volume", pool=pool, name="disk", state="absent")["changed"]
    assert not module("volume", pool="none", name="disk", state="absent")["changed"]


def test_a_pool_and_its_volume_are_removed_together(module, virsh, pool, folder):
    settle(module, "volume", pool=pool, name="disk", capacity="1MiB")
    document = {
        "pools": [{"name": pool, "state": "absent"}],
        "volumes": [{"pool": pool, "name": "disk", "state": "absent"}],
    }
    removed = module("converge", **document)
    assert verbs(removed) == ["delete", "stop", "undefine"]
    assert folder.is_dir() and list(folder.iterdir()) == []
    assert not module("converge", **document)["changed"]


def test_the_info_module_and_converge_see_the_same_volume(module, pool, folder):
    options = {"pool": pool, "name": "disk", "capacity": "1MiB"}
    result = module("converge", volumes=[options])
    (shown,) = module("volume_info", pool=pool, name="disk")["volumes"]
    assert shown == module("volume", **options)["volume"]
    assert result["volumes"][0].items() <= shown.items()
    assert (shown["path"], shown["capacity"], shown["format"]) == (str(folder / "disk"), "1MiB", "qcow2")
    assert module("volume_info", pool=pool)["volumes"] == [shown]
    assert shown in module("volume_info")["volumes"]
    assert module("volume_info", pool=pool, name="none")["volumes"] == []


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"capacity": "2XB"}, "capacity: "),
    ({"capacity": "0"}, "capacity: "),
    ({"capacity": "-1GiB"}, "capacity: "),
    ({}, "capacity: "),
    ({"backing": "none"}, "backing: "),
    ({"backing": "none", "source": {"volume": "b"}}, "backing: "),
    ({"backing": "none", "format": "raw"}, "backing: "),
    ({"backing_pool": "other", "capacity": "1MiB"}, "backing_pool: "),
    ({"source": {}}, "source: "),
    ({"source": {"volume": "none"}}, "source.volume: "),
    ({"source": {"pool": "none", "volume": "none"}}, "source.volume: "),
    ({"source": {"path": "/none.qcow2"}}, "source.path: "),
    ({"source": {"path": "none.qcow2"}}, "source.path: "),
    ({"source": {"path": "/a", "url": "http://127.0.0.1/a"}}, "source: "),
    ({"source": {"url": "http://127.0.0.1/a"}}, "source.checksum: "),
    ({"source": {"url": "http://127.0.0.1/a", "checksum": "sha256:abc"}}, "source.checksum: "),
    ({"source": {"url": "gopher://127.0.0.1/a", "checksum": "sha256:" + 64 * "0"}}, "source.url: "),
    ({"seed": {"user_data": "just text"}}, "seed.user_data: "),
    ({"seed": {}, "capacity": "1MiB"}, "capacity: "),
    ({"name": "a/b", "capacity": "1MiB"}, "name: "),
    ({"name": "..", "capacity": "1MiB"}, "name: "),
    ({"pool": "none", "capacity": "1MiB"}, "pool: "),
]


@pytest.mark.parametrize(("options", "where"), BAD)
def test_a_bad_option_is_named_and_nothing_is_touched(module, pool, folder, options, where):
    for check_mode in (True, False):
        failed = module("volume", **{"pool": pool, "name": "disk", **options}, check_mode=check_mode, fails=True)
        assert failed["msg"].startswith(where), failed["msg"]
        assert failed["msg"].count("\n") == 0
    assert list(folder.iterdir()) == []


def test_two_runs_at_the_same_time_make_one_volume(module, pool, folder):
    options = {"pool": pool, "name": "disk", "capacity": "1MiB"}
    runs = [module.start("volume", **options) for _number in range(2)]
    assert sorted(run.result()["changed"] for run in runs) == [False, True]
    assert image(folder / "disk")["virtual-size"] == 1024**2
