# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes with content: fetched, verified, converted and copied; files and qemu-img are the witnesses."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import pathlib
import random
import subprocess
import time
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume import content as volume_content
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume import incomplete

from ..web_site import Site
from .lifecycle import fields, settle, verbs

#: Not compressible, and not the same in every megabyte.
CONTENT = random.Random(1).randbytes(3 * 1024**2)


@pytest.fixture
def site() -> t.Iterator[Site]:
    site = Site()
    yield site
    site.close()


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def qemu_img(*arguments: t.Any) -> str:
    return subprocess.run(["qemu-img", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def same_content(path: pathlib.Path, content: bytes, scratch: pathlib.Path) -> bool:
    """Whether a guest finds ``content`` in an image, and zeros behind it."""
    scratch.write_bytes(content)
    return "identical" in qemu_img("compare", "-f", "raw", scratch, path)


@pytest.mark.parametrize("packed", ["", "xz", "gzip", "bzip2", "zstd"])
@pytest.mark.parametrize("image_format", ["raw", "qcow2"])
def test_content_from_a_url_is_unpacked_and_converted(
    module, virsh, pool, folder, tmp_path, site, packed, image_format
):
    published = CONTENT
    if packed:
        published = subprocess.run([packed, "-c"], input=CONTENT, capture_output=True, check=True).stdout
    source = {"url": site.publish("/image.raw", published), "checksum": sha256(published)}
    created = settle(module, "volume", pool=pool, name="disk", format=image_format, source=source)
    assert fields(created)["source"] == (None, source["url"])
    assert same_content(folder / "disk", CONTENT, tmp_path / "expected")
    assert f'"format": "{image_format}"' in qemu_img("info", "--output=json", folder / "disk")
    assert [path.name for path in folder.iterdir()] == ["disk"]
    assert virsh("vol-list", pool).split()[0] == "disk"
    assert len(site.requests) == 1  # none in check mode, none in the second run
    assert module("volume_info", pool=pool, name="disk")["volumes"][0]["checksum"] == sha256(published)


def test_content_is_made_as_large_as_declared(module, pool, folder, tmp_path, site):
    source = {"url": site.publish("/image.raw", CONTENT), "checksum": sha256(CONTENT)}
    settle(module, "volume", pool=pool, name="disk", capacity="20MiB", source=source)
    assert '"virtual-size": 20971520' in qemu_img("info", "--output=json", folder / "disk")
    assert same_content(folder / "disk", CONTENT + bytes(20 * 1024**2 - len(CONTENT)), tmp_path / "expected")


def test_a_capacity_below_that_of_the_content_leaves_nothing(module, pool, folder, site):
    source = {"url": site.publish("/image.raw", CONTENT), "checksum": sha256(CONTENT)}
    failed = module("volume", pool=pool, name="disk", capacity="1MiB", source=source, fails=True)
    assert "capacity: " in failed["msg"] and "3MiB" in failed["msg"]
    assert list(folder.iterdir()) == []


def test_a_checksum_file_is_looked_up(module, pool, folder, tmp_path, site):
    sums = f"{'0' * 64}  other.raw\n{sha256(CONTENT)[7:]}  image.raw\n".encode()
    checksum = "sha256:" + site.publish("/SHA256SUMS", sums)
    source = {"url": site.publish("/image.raw", CONTENT), "checksum": checksum}
    settle(module, "volume", pool=pool, name="disk", source=source)
    assert same_content(folder / "disk", CONTENT, tmp_path / "expected")


@pytest.mark.parametrize("image_format", ["raw", "qcow2"])
def test_content_from_a_file_leaves_the_file_alone(module, pool, folder, tmp_path, image_format):
    file = tmp_path / "image"
    file.write_bytes(CONTENT)
    if image_format == "qcow2":
        qemu_img("convert", "-f", "raw", "-O", "qcow2", file, tmp_path / "image.qcow2")
        file = tmp_path / "image.qcow2"
    before = (file.read_bytes(), file.stat().st_ino, file.stat().st_nlink)
    source = {"path": str(file), "checksum": sha256(before[0])}
    settle(module, "volume", pool=pool, name="disk", format=image_format, source=source, capacity="8MiB")
    assert (file.read_bytes(), file.stat().st_ino, file.stat().st_nlink) == before
    assert same_content(folder / "disk", CONTENT + bytes(5 * 1024**2), tmp_path / "expected")


def test_other_content_for_a_volume_that_is_there_is_refused(module, pool, folder, site):
    options = {"pool": pool, "name": "disk", "format": "raw"}
    source = {"url": site.publish("/image.raw", CONTENT), "checksum": sha256(CONTENT)}
    settle(module, "volume", **options, source=source)
    before = (folder / "disk").read_bytes()
    new = {"url": site.publish("/new.raw", CONTENT[::-1]), "checksum": sha256(CONTENT[::-1])}
    failed = module("volume", **options, source=new, fails=True)
    assert "source.checksum: " in failed["msg"] and "never replaced" in failed["msg"]
    assert (folder / "disk").read_bytes() == before
    settle(module, "volume", pool=pool, name="disk", state="absent")
    settle(module, "volume", **options, source=new)
    assert (folder / "disk").read_bytes() == CONTENT[::-1]


FAULTS: list[tuple[dict[str, t.Any], str, str]] = [
    ({"statuses": [404] * 9}, "source.url: ", "404"),
    ({"cut": [1000] * 9, "ranges": False}, "source.url: ", "ends early"),
    ({"login": "Basic x"}, "source.url: ", "401"),
]


@pytest.mark.parametrize(("faults", "where", "what"), FAULTS)
def test_content_that_cannot_be_fetched_leaves_nothing_in_the_pool(
    module, virsh, pool, folder, site, faults, where, what
):
    source = {"url": site.publish("/image.raw", CONTENT, **faults), "checksum": sha256(CONTENT)}
    failed = module("volume", pool=pool, name="disk", source=source, fails=True)
    assert where in failed["msg"] and what in failed["msg"]
    assert not (folder / "disk").exists()
    virsh("pool-refresh", pool)
    assert "disk" not in virsh("vol-list", pool)
    assert module("volume_info", pool=pool)["volumes"] == []


def test_content_with_another_checksum_leaves_nothing_in_the_pool(module, pool, folder, site):
    source = {"url": site.publish("/image.raw", CONTENT), "checksum": "sha256:" + "0" * 64}
    failed = module("volume", pool=pool, name="disk", source=source, fails=True)
    assert "source.checksum: " in failed["msg"] and "expected 000" in failed["msg"]
    assert list(folder.iterdir()) == []


def test_a_password_in_a_url_is_never_shown(module, pool, site):
    url = site.publish("/image.raw", CONTENT).replace("http://", "http://me:geheim@") + "?token=geheim"
    sums = "sha256:" + site.publish("/SUMS", b"geheim-nicht").replace("http://", "http://me:geheim@")
    for checksum in (sha256(CONTENT), sums):
        for check_mode in (True, False):
            source = {"url": url, "checksum": checksum}
            told = module("volume", pool=pool, name="disk", source=source, check_mode=check_mode, fails=None)
            assert "geheim" not in str(told)
    told = module("converge", volumes=[{"pool": pool, "name": "disk", "source": {"url": url, "checksum": sums}}])
    assert "geheim" not in str(told)
    assert "geheim" not in str(module("volume_info", pool=pool))


def test_an_interrupted_download_is_resumed_by_the_next_run(module, virsh, pool, folder, site):
    source = {"url": site.publish("/image.raw", CONTENT, pause=0.05), "checksum": sha256(CONTENT)}
    options = {"pool": pool, "name": "disk", "format": "raw", "source": source}
    run = module.start("volume", **options)
    deadline = time.monotonic() + 20
    while not any(path.stat().st_size > 500_000 for path in folder.rglob("*.part")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(run.pid, 9)
    os.waitpid(run.pid, 0)
    virsh("pool-refresh", pool)
    assert "disk" not in virsh("vol-list", pool)
    assert module("volume_info", pool=pool)["volumes"] == []
    site.files["/image.raw"].pause = 0
    assert verbs(module("volume", **options)) == ["remove", "create"]  # what is left; and the volume
    assert int(site.requests[-1]["Range"].partition("=")[2].rstrip("-")) >= 500_000
    assert (folder / "disk").read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["disk"]


def test_an_image_is_never_seen_incomplete(module, virsh, pool, folder, site):
    source = {"url": site.publish("/image.raw", CONTENT, pause=0.01), "checksum": sha256(CONTENT)}
    run = module.start("volume", pool=pool, name="disk", format="raw", source=source, capacity="4MiB")
    while not os.path.exists(folder / "disk"):
        virsh("pool-refresh", pool)
        assert "disk" not in virsh("vol-list", pool) or os.path.exists(folder / "disk")
    assert (folder / "disk").stat().st_size == 4 * 1024**2
    run.result()
    assert (folder / "disk").read_bytes() == CONTENT + bytes(1024**2)


def test_two_runs_at_the_same_time_fetch_it_once(module, pool, folder, site):
    source = {"url": site.publish("/image.raw", CONTENT, pause=0.01), "checksum": sha256(CONTENT)}
    runs = [module.start("volume", pool=pool, name="disk", format="raw", source=source) for _number in range(2)]
    assert sorted(run.result()["changed"] for run in runs) == [False, True]
    assert len(site.requests) == 1
    assert (folder / "disk").read_bytes() == CONTENT


def test_a_full_pool_leaves_no_volume(module, virsh, unique, tmp_path, site):
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=True)
    try:
        virsh("pool-create-as", unique, "dir", "--target", str(small))
        source = {"url": site.publish("/image.raw", CONTENT), "checksum": sha256(CONTENT)}
        failed = module("volume", pool=unique, name="disk", source=source, fails=True)
        assert "bytes free" in failed["msg"]
        packed = subprocess.run(["xz", "-c"], input=CONTENT[:8192] * 512, capture_output=True, check=True).stdout
        source = {"url": site.publish("/image.xz", packed), "checksum": sha256(packed)}
        failed = module("volume", pool=unique, name="disk", source=source, fails=True)
        assert "no space left" in failed["msg"].lower()
        assert list(small.iterdir()) == []
        assert virsh("vol-list", unique).strip() == ""
    finally:
        virsh("pool-destroy", unique)
        subprocess.run(["umount", small], check=True)


@pytest.mark.parametrize("image_format", ["raw", "qcow2"])
def test_a_copy_of_a_volume_in_another_pool(module, virsh, pool, folder, tmp_path, image_format):
    (tmp_path / "image").write_bytes(CONTENT)
    other = pool + "b"
    document = {
        "pools": [{"name": other, "type": "dir", "target": str(tmp_path / "b")}],
        "volumes": [
            {
                "pool": pool,
                "name": "copy",
                "format": image_format,
                "capacity": "8MiB",
                "source": {"pool": other, "volume": "base"},
            },
            {"pool": other, "name": "base", "source": {"path": str(tmp_path / "image")}},
        ],
    }
    predicted = module("converge", check_mode=True, **document)
    assert module("converge", **document)["actions"] == predicted["actions"]
    assert not module("converge", **document)["changed"]
    assert same_content(folder / "copy", CONTENT + bytes(5 * 1024**2), tmp_path / "expected")
    assert "backing" not in qemu_img("info", folder / "copy")
    virsh("vol-delete", "base", "--pool", other)
    assert not module("volume", **document["volumes"][0])["changed"]  # what it was copied from is not needed any more


def test_a_copy_of_a_linked_clone_has_no_backing_file(module, pool, folder, tmp_path):
    (tmp_path / "image").write_bytes(CONTENT)
    settle(module, "volume", pool=pool, name="base", source={"path": str(tmp_path / "image")})
    settle(module, "volume", pool=pool, name="clone", backing="base")
    settle(module, "volume", pool=pool, name="copy", source={"volume": "clone"})
    assert same_content(folder / "copy", CONTENT, tmp_path / "expected")
    assert "backing" not in qemu_img("info", folder / "copy")


def test_a_volume_that_a_guest_writes_to_is_not_copied(module, conn, pool, folder):
    settle(module, "volume", pool=pool, name="disk", capacity="1MiB")
    source = f"<driver name='qemu' type='qcow2'/><source file='{folder}/disk'/>"
    disk = f"<disk type='file'>{source}<target dev='vda'/></disk>"
    conn.createXML(
        f"<domain type='qemu'><name>{pool}</name><memory unit='MiB'>64</memory>"
        f"<os><type machine='q35'>hvm</type></os><devices>{disk}</devices></domain>",
        0,
    )
    failed = module("volume", pool=pool, name="copy", source={"volume": "disk"}, fails=True)
    assert "source.volume: " in failed["msg"] and "is writing to" in failed["msg"]
    assert not (folder / "copy").exists()


def test_content_that_is_packed_twice_is_refused(module, virsh, site, pool):
    """What is in it is known when it has been unpacked."""
    packed = gzip.compress(lzma.compress(CONTENT))
    source = {"url": site.publish("/image.raw.xz.gz", packed), "checksum": sha256(packed)}
    failed = module("volume", fails=True, pool=pool, name="disk", source=source)
    assert "source: create volume" in failed["msg"] and "the content is a xz file, not a disk image" in failed["msg"]
    assert virsh("vol-list", pool).strip() == ""


def test_what_a_guest_has_written_may_look_like_anything(module, pool, tmp_path):
    """Whoever makes an image of it has said that it is a disk."""
    (tmp_path / "text").write_text("a guest's own words\n" * 100000)
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", tmp_path / "text", tmp_path / "image"], check=True)
    settle(module, "volume", pool=pool, name="disk", format="raw", source={"path": str(tmp_path / "image")})


def test_what_a_copy_that_libvirt_makes_was_made_of_is_known(module, virsh, pool, monkeypatch):
    monkeypatch.setattr(volume_content, "_can_link", lambda _session, _new: False)  # as where we may not write
    module("volume", pool=pool, name="gold.qcow2", capacity="1MiB")
    options = {"pool": pool, "name": "copy.qcow2", "source": {"volume": "gold.qcow2"}}
    settle(module, "volume", **options)
    assert not module("volume", **options).get("warnings")
    (volume,) = module("volume_info", pool=pool, name="copy.qcow2")["volumes"]
    assert volume["source"] == f"{pool}/gold.qcow2"
    virsh("vol-create-as", "--format", "qcow2", pool, "stale.qcow2", "1M")
    (warning,) = module("volume", **{**options, "name": "stale.qcow2"})["warnings"]
    assert "nobody knows whether it was made of" in str(warning)


def test_a_copy_that_libvirt_finished_alone_is_recorded_by_the_next_run(module, pool, monkeypatch):
    monkeypatch.setattr(volume_content, "_can_link", lambda _session, _new: False)
    module("volume", pool=pool, name="gold.qcow2", capacity="1MiB")
    options = {"pool": pool, "name": "copy.qcow2", "source": {"volume": "gold.qcow2"}}

    def dies() -> None:
        def exit_at_once(*_arguments: t.Any) -> None:
            os._exit(1)

        incomplete.remember = exit_at_once

    run = module.start("volume", first=dies, **options)
    assert os.waitstatus_to_exitcode(os.waitpid(run.pid, 0)[1]) == 1
    finished = module("volume", **options)
    assert verbs(finished) == ["finish"] and not finished.get("warnings")
    settle(module, "volume", **options)
    (volume,) = module("volume_info", pool=pool, name="copy.qcow2")["volumes"]
    assert volume["source"] == f"{pool}/gold.qcow2"
