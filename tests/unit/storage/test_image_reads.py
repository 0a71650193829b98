# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains of real images, made by qemu-img, whatever lies beside them."""

from __future__ import annotations

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

import pytest
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.content.header import Header
from ansible_collections.kvm.fleet.plugins.module_utils.resources.images import Images
from ansible_collections.kvm.fleet.plugins.module_utils.resources.storage import DomainText, PoolText, Storage


class Files(Storage):
    """This machine's files, with these domains and pools."""

    domains: tuple[DomainText, ...] = ()
    pools: tuple[PoolText, ...] = ()

    def __init__(self) -> None:
        super().__init__(None, local=True)


@pytest.fixture
def host(tmp_path):
    files = Files()
    root = etree.fromstring(f"<pool type='dir'><name>p</name><target><path>{tmp_path}</path></target></pool>")
    files.pools = (PoolText("p", root, True),)
    return files


def image(path: pathlib.Path, *options: str, form: str = "qcow2") -> pathlib.Path:
    command = ["qemu-img", "create", "-q", "-u", "-f", form, *options, str(path), "1M"]
    subprocess.run(command, check=True, capture_output=True)
    return path


def names(images: Images, path: pathlib.Path) -> list[str]:
    return [os.path.basename(link.name) for link in images.below(str(path)).links]


def disk(path: pathlib.Path, form: str = "qcow2", below: str = "") -> etree._Element:
    return etree.fromstring(f"<disk><driver type='{form}'/><source file='{path}'/>{below}<target dev='vda'/></disk>")


def test_a_chain_is_read_from_its_top(host, tmp_path):
    base = image(tmp_path / "base", form="raw")
    middle = image(tmp_path / "middle", "-b", "base", "-F", "raw")
    top = image(tmp_path / "top", "-b", str(middle), "-F", "qcow2")
    chain = Images(host).below(str(top))
    assert names(Images(host), top) == ["top", "middle", "base"] and chain.known
    assert [link.format for link in chain.links] == [None, "qcow2", "raw"]
    assert [chain.position(host.place(str(one))) for one in (top, middle, base)] == [0, 1, 2]


def test_a_file_is_the_same_by_each_of_its_paths(host, tmp_path):
    base = image(tmp_path / "base")
    (tmp_path / "link").symlink_to(tmp_path)
    os.link(base, tmp_path / "hard")
    top = image(tmp_path / "top", "-b", str(tmp_path / "link" / "hard"), "-F", "qcow2")
    assert Images(host).below(str(top)).position(host.place(str(base))) == 1
    assert [str(file) for file in Images(host).files_on(host.place(str(base)))] == ["volume p/top"]
    assert host.place(str(tmp_path / "link" / "new")) == host.place(str(tmp_path / "new")), "before it is there as well"


def test_a_raw_disk_has_no_backing_file_whatever_its_content(host, tmp_path):
    image(tmp_path / "base")
    forged = image(tmp_path / "forged", "-b", "base", "-F", "qcow2")
    assert len(Images(host).chain(disk(forged)).links) == 2
    assert len(Images(host).chain(disk(forged, "raw")).links) == 1
    place = host.place(str(tmp_path / "base"))
    assert [str(file) for file in Images(host).files_on(place)] == ["volume p/forged"]
    host.domains = (DomainText("g", etree.fromstring("<domain><devices/></domain>"), None, None),)
    host.domains[0].defined[0].append(disk(forged, "raw"))
    assert Images(host).files_on(place) == []


def test_rare_formats_are_probed_by_qemu_img(host, tmp_path):
    image(tmp_path / "base", form="raw")
    top = image(tmp_path / "top", "-b", str(tmp_path / "base"), "-F", "raw", form="qed")
    assert names(Images(host), top) == ["top", "base"]
    (tmp_path / "broken").write_bytes(b"KDMV" + bytes(600))
    assert names(Images(host), tmp_path / "broken") == ["broken"]


def test_an_external_data_file_is_needed(host, tmp_path):
    image(tmp_path / "data", form="raw")
    top = image(tmp_path / "top", "-o", f"data_file={tmp_path / 'data'}")
    place = host.place(str(tmp_path / "data"))
    assert place in Images(host).below(str(top)).places
    assert [str(file) for file in Images(host).files_on(place)] == ["volume p/top"]


def test_the_parts_of_a_vmdk_are_needed(host, tmp_path):
    top = image(tmp_path / "d.vmdk", "-o", "subformat=monolithicFlat", form="vmdk")
    above = image(tmp_path / "above.vmdk", "-b", str(top), "-F", "vmdk", form="vmdk")
    place = host.place(str(tmp_path / "d-flat.vmdk"))
    chain = Images(host).below(str(above))
    assert [[os.path.basename(part.name) for part in link.parts] for link in chain.links] == [[], ["d-flat.vmdk"]]
    assert place in chain.places
    assert {str(file) for file in Images(host).files_on(place)} == {"volume p/d.vmdk", "volume p/above.vmdk"}


def test_what_a_guest_writes_to_a_part_is_no_header(host, tmp_path):
    top = image(tmp_path / "d.vmdk", "-o", "subformat=monolithicFlat", form="vmdk")
    image(tmp_path / "base")
    shutil.copy(image(tmp_path / "forged", "-b", "base", "-F", "qcow2"), tmp_path / "d-flat.vmdk")
    (tmp_path / "forged").unlink()
    place = host.place(str(tmp_path / "base"))
    assert [str(file) for file in Images(host).files_on(place)] == ["volume p/d-flat.vmdk"]
    root = etree.fromstring("<domain><devices/></domain>")
    root[0].append(disk(top, "vmdk"))
    host.domains = (DomainText("g", root, None, None),)
    assert Images(host).files_on(place) == []


def test_parts_are_needed_by_an_image_of_which_libvirt_says_what_is_below(host, tmp_path):
    image(tmp_path / "data", form="raw")
    image(tmp_path / "base")
    top = image(tmp_path / "top", "-o", f"data_file={tmp_path / 'data'}")
    says = f"<backingStore><format type='qcow2'/><source file='{tmp_path / 'base'}'/><backingStore/></backingStore>"
    assert host.place(str(tmp_path / "data")) in Images(host).chain(disk(top, below=says)).places


def test_what_a_disk_is_copied_to_is_its_image_too(host, tmp_path):
    base, top = image(tmp_path / "base"), image(tmp_path / "top")
    copy = image(tmp_path / "copy", "-b", str(base), "-F", "qcow2")
    mirror = f"<mirror job='{{}}' type='file'><format type='qcow2'/><source file='{copy}'/></mirror>"
    for job, expected in (("copy", {"copy", "base"}), ("active-commit", set())):
        root = etree.fromstring("<domain><devices/></domain>")
        root[0].append(disk(top, below=mirror.format(job)))
        host.domains = (DomainText("g", None, root, None),)
        (found,) = Images(host).disks
        assert {os.path.basename(link.name) for link in found.copy.links} == expected
        assert found.is_written(host.place(str(top)))
        assert found.is_written(host.place(str(copy))) == (job == "copy")


def test_nothing_is_opened_that_is_no_file(host, tmp_path, monkeypatch):
    """To open a device may do something: /dev/watchdog starts to wait."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(os, "open", _denied)
    for path in ("/dev/null", str(tmp_path / "pipe"), str(tmp_path)):
        assert host.header(path) == Header("raw")


def test_a_backing_store_of_libvirt_overrides_the_image_header(host, tmp_path):
    for name in ("a", "b"):
        image(tmp_path / name)
    top = image(tmp_path / "top", "-b", "a", "-F", "qcow2")
    says = f"<backingStore><format type='qcow2'/><source file='{tmp_path / 'b'}'/><backingStore/></backingStore>"
    chain = Images(host).chain(disk(top, below=says))
    assert [os.path.basename(link.name) for link in chain.links] == ["top", "b"] and chain.known


def test_other_files_in_a_pool_are_ignored(host, tmp_path):
    """A pipe, a circle of links and of images, a link to nowhere, a name that is none, half an image."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "nowhere").symlink_to("/nowhere")
    (tmp_path / "folder").mkdir()
    image(tmp_path / "one", "-b", "two", "-F", "qcow2")
    image(tmp_path / "two", "-b", "one", "-F", "qcow2")
    none = image(tmp_path / "none", "-b", "xbx", "-F", "raw")
    none.write_bytes(none.read_bytes().replace(b"xbx", b"x\0x"))
    odd = image(tmp_path / "odd", "-b", 'json:{"driver": "file", "filename": "a\\u0000"}', "-F", "raw")
    shutil.copy(odd, tmp_path / "half")
    os.truncate(tmp_path / "half", 90)
    (tmp_path / "far").write_bytes(b"QFI\xfb" + struct.pack(">IQI", 3, 2**64 - 1, 10) + bytes(100))
    found = {os.path.basename(file.path) for file in Images(host).files}
    assert found == {"one", "two", "none", "odd", "half", "far"}
    assert names(Images(host), tmp_path / "one") == ["one", "two"]
    assert names(Images(host), none) == ["none", "x"]


def test_a_missing_image_in_an_existing_directory_has_no_backing_file(host, tmp_path):
    assert host.header(str(tmp_path / "gone")) == Header("raw")
    assert Images(host).below(str(tmp_path / "gone")).known


def test_an_unreadable_image_is_read_through_libvirt(host, tmp_path, monkeypatch):
    top = image(tmp_path / "top", "-b", "base", "-F", "raw")
    monkeypatch.setattr(os, "open", _denied)
    monkeypatch.setattr(Storage, "_header_by_libvirt", lambda _self, _path: None)
    assert not Images(host).below(str(top)).known


def _denied(*_arguments: object) -> int:
    raise PermissionError(13, "denied")


def test_what_a_user_may_not_look_into_is_not_missing():
    """Or a guest on it would not be started for a user who may well use libvirt."""
    with tempfile.TemporaryDirectory() as base:
        os.chmod(base, 0o755)
        folder = pathlib.Path(base, "closed", "open")
        folder.mkdir(parents=True)
        (folder / "image").touch()
        folder.parent.chmod(0)
        user = os.geteuid()
        os.seteuid(user or 65534)  # root may look into everything
        try:
            found = [
                Files().is_missing(f"{base}/{name}") for name in ("closed/open/image", "closed/none", "no", "no/a")
            ]
        finally:
            os.seteuid(user)
        folder.parent.chmod(0o755)
    assert found == [False, False, True, True]
