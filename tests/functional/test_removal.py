# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes with a guest and what stays: asked of the document and of the disks, not of paths. virsh is the witness."""

from __future__ import annotations

import hashlib
import shutil
import subprocess

import pytest

from . import images
from .images import Guest
from .lifecycle import fields, settle, verbs, warnings

GONE = {"state": "absent", "shutdown_timeout": 0, "force": True, "remove_volumes": True}


def in_xml(kind: str, source: str) -> str:
    """A disk for the option ``xml``."""
    disk = f"<driver name='qemu' type='qcow2'/><source {source}/><target dev='vda' bus='virtio'/>"
    return f"<domain><devices><disk {kind} device='disk'>{disk}</disk></devices></domain>"


@pytest.fixture
def guest(virsh, pool, folder):
    guest = Guest(pool, folder, virsh)
    guest.domain["state"] = "stopped"
    return guest


def test_a_volume_that_is_declared_present_is_refused_before_anything_is_touched(module, guest):
    module("converge", **guest.document)
    gone = {"name": guest.name, **GONE}
    refused = module("converge", volumes=[guest.volume], domains=[gone], fails=True)
    assert f"volume '{guest.name}/a.qcow2' is declared present, and would be deleted with domain" in refused["msg"]
    assert "remove_volumes" in refused["msg"]
    assert guest.virsh("domstate", guest.name).strip() == "shut off" and guest.files() == ["a.qcow2"]


@pytest.mark.parametrize("need", ["disk", "file", "xml", "xml volume", "backing", "source", "path", "url"])
def test_remove_volumes_keeps_what_the_document_needs_with_a_warning(module, guest, need):
    module("converge", **guest.document)
    other = {"name": guest.name + "b", "memory": "32MiB", "state": "stopped"}
    volume = {"pool": guest.name, "name": "b.qcow2"}
    file = guest.folder / "a.qcow2"
    url = {"url": file.as_uri(), "checksum": f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"}
    document = {
        "disk": {"domains": [dict(other, disks=[{"pool": guest.name, "volume": "a.qcow2"}])]},
        "file": {"domains": [dict(other, disks=[{"file": str(guest.folder / "a.qcow2"), "format": "qcow2"}])]},
        "backing": {"volumes": [dict(volume, backing="a.qcow2")]},
        "xml": {"domains": [dict(other, xml=in_xml("type='file'", f"file='{file}'"))]},
        "xml volume": {"domains": [dict(other, xml=in_xml("type='volume'", f"pool='{guest.name}' volume='a.qcow2'"))]},
        "source": {"volumes": [dict(volume, source={"volume": "a.qcow2"})]},
        "path": {"volumes": [dict(volume, source={"path": str(file)})]},
        "url": {"volumes": [dict(volume, source=url)]},
    }[need]
    domains = [{"name": guest.name, **GONE}, *document.get("domains", [])]
    done = settle(module, "converge", volumes=[guest.volume, *document.get("volumes", [])], domains=domains)
    assert "remove_volumes" not in verbs(done)
    who = f"domain {guest.name}b" if "domains" in document else f"volume {guest.name}/b.qcow2"
    assert f"Volume '{guest.name}/a.qcow2' of domain '{guest.name}' stays: {who} needs it" in warnings(done)
    assert "a.qcow2" in guest.files()


def test_remove_volumes_with_a_volume_declared_absent(module, guest):
    module("converge", **guest.document)
    gone = {"pool": guest.name, "name": "a.qcow2", "state": "absent"}
    done = settle(module, "converge", volumes=[gone], domains=[{"name": guest.name, **GONE}])
    assert verbs(done) == ["undefine", "delete"]
    assert guest.files() == []


def replaced(guest, **options):
    """The guest on b.qcow2, and a.qcow2 absent."""
    volumes = [{"pool": guest.name, "name": "b.qcow2", "capacity": "8MiB"}]
    volumes.append({"pool": guest.name, "name": "a.qcow2", "state": "absent"})
    disks = [{"pool": guest.name, "volume": "b.qcow2", "target": "vda"}]
    force = {"shutdown_timeout": 0, "force": True}
    return {"volumes": volumes, "domains": [{**guest.domain, "disks": disks, **force, **options}]}


@pytest.mark.parametrize("running", [False, True], ids=["off", "running"])
@pytest.mark.parametrize("then", ["stopped", "restarted"])
def test_a_replaced_disk_and_its_volume_go_in_one_document(module, guest, running, then):
    module("converge", volumes=[guest.volume], domains=[{**guest.domain, "state": "running" if running else "stopped"}])
    options = {"state": "stopped"} if then == "stopped" else {"state": "running", "restart": "if_required"}
    settle(module, "converge", **replaced(guest, **options))
    assert guest.files() == ["b.qcow2"] and guest.source() == guest.folder / "b.qcow2"


def test_a_volume_that_a_guest_keeps_until_its_restart_is_not_removed(module, guest):
    module("converge", **guest.document)
    module("domain", name=guest.name, state="running")
    refused = module("converge", **replaced(guest, state="running"), fails=True)
    assert (
        f"volume '{guest.name}/a.qcow2' is needed by domain {guest.name}, which keeps it until it is restarted. "
        "Restart it first, or declare restart: if_required for it"
    ) in refused["msg"]
    assert guest.files() == ["a.qcow2"], "nothing was touched"
    guest.virsh("managedsave", guest.name)
    saved = module("converge", **replaced(guest, state="present"), fails=True)
    assert f"needed by domain {guest.name}, which has it in its saved state. Start it first" in saved["msg"]
    guest.virsh("managedsave-remove", guest.name)
    settle(module, "converge", **replaced(guest, state="present"))
    assert guest.files() == ["b.qcow2"]


def test_the_medium_of_a_drive_goes_when_the_running_guest_has_another(module, guest):
    isos = [{"pool": guest.name, "name": name, "capacity": "1MiB", "format": "raw"} for name in ("one", "two")]

    def document(volume: str) -> list[dict[str, object]]:
        drive = {"pool": guest.name, "volume": volume, "device": "cdrom", "target": "sda", "bus": "sata"}
        return [{**guest.domain, "state": "running", "disks": [drive]}]

    module("converge", volumes=isos, domains=document("one"))
    isos[0] = {"pool": guest.name, "name": "one", "state": "absent"}
    settle(module, "converge", volumes=isos, domains=document("two"))
    assert guest.files() == ["two"]


def test_a_volume_stays_if_the_guest_does_not_let_go_of_its_disk(module, guest):
    """Only the run finds that out. The next one knows it before."""
    module("converge", **guest.document)
    module("domain", name=guest.name, state="running")
    gone = {"pool": guest.name, "name": "a.qcow2", "state": "absent"}
    document = {"volumes": [gone], "domains": [{**guest.domain, "state": "running", "disks": []}]}
    predicted = module("converge", check_mode=True, **document)
    assert verbs(predicted) == ["define", "detach", "delete"]
    failed = module("converge", **document, fails=True)
    assert f"domain {guest.name} has not let go of it" in failed["msg"] and guest.files() == ["a.qcow2"]
    refused = module("converge", **document, fails=True)
    assert f"needed by domain {guest.name}, which keeps it until it is restarted" in refused["msg"]
    guest.virsh("destroy", guest.name)
    settle(module, "converge", **document)
    assert guest.files() == []


def test_remove_volumes_deletes_a_file_not_yet_listed_by_libvirt(module, virsh, guest):
    module("domain", **dict(guest.domain, disks=[{"file": str(guest.folder / "new.qcow2"), "format": "qcow2"}]))
    images.make(guest.folder / "new.qcow2")
    assert "new.qcow2" not in virsh("vol-list", guest.name)
    done = settle(module, "domain", name=guest.name, **GONE)
    assert fields(done) == {"disks[vda]": (f"{guest.name}/new.qcow2", None)}
    assert guest.files() == []


@pytest.mark.parametrize(("device", "target"), [("cdrom", "sda"), ("disk", "vdb")])
def test_remove_volumes_keeps_what_only_has_the_name_of_a_seed(module, guest, device, target):
    """A CD-ROM image that somebody made, and a seed that another tool made."""
    iso = guest.folder / f"{guest.name}-seed.iso"
    iso.write_bytes(b"mine".ljust(65536))
    drive = {"file": str(iso), "format": "raw", "device": device, "target": target, "readonly": True}
    guest.domain["disks"].append(drive)
    module("converge", **guest.document)
    done = settle(module, "domain", name=guest.name, **GONE)
    assert fields(done) == {"disks[vda]": (f"{guest.name}/a.qcow2", None)}
    assert guest.files() == [iso.name]


@pytest.mark.parametrize("running", [False, True], ids=["off", "running"])
def test_remove_volumes_deletes_a_shared_disk_with_its_last_domain(module, guest, running):
    guest.domain["disks"][0]["shareable"] = running
    volume = dict(guest.volume, format="raw")
    both = [
        dict(guest.domain, name=guest.name + letter, state="running" if running else "stopped") for letter in ("a", "b")
    ]
    module("converge", volumes=[volume], domains=both)
    one = module("domain", check_mode=True, name=guest.name + "a", **GONE)
    assert f"domain {guest.name}b needs it" in str(one["warnings"])
    kept = [{"name": guest.name + "a", **GONE}, {"name": guest.name + "b", **GONE, "remove_volumes": False}]
    assert "without remove_volumes" in str(module("converge", check_mode=True, domains=kept)["warnings"])
    done = settle(module, "converge", domains=[{"name": one["name"], **GONE} for one in both])
    assert [action["name"] for action in done["actions"] if action["verb"] == "remove_volumes"] == [guest.name + "b"]
    assert guest.files() == []


def test_remove_volumes_keeps_a_shared_disk_if_a_shutdown_fails(module, guest):
    guest.domain["disks"][0]["shareable"] = True
    both = [dict(guest.domain, name=guest.name + letter, state="running") for letter in ("a", "b")]
    module("converge", volumes=[dict(guest.volume, format="raw")], domains=both)
    gone = [{"name": one["name"], **GONE} for one in both]
    gone[0] = dict(gone[0], force=False, shutdown_timeout=1)
    failed = module("converge", domains=gone, fails=True)
    assert "did not shut down" in failed["msg"]
    assert guest.files() == ["a.qcow2"]
    assert guest.virsh("domstate", guest.name + "a").strip() == "running"


def test_remove_volumes_keeps_the_base_of_an_image_anywhere(module, virsh, guest, tmp_path):
    module("converge", **guest.document)
    base = guest.folder / "a.qcow2"
    absent = {"pool": guest.name, "name": "a.qcow2", "state": "absent"}
    module("domain", name=guest.name, state="absent")

    def refused_for(who: str) -> None:
        assert f"needed by {who}" in module("volume", **absent, fails=True)["msg"]

    unseen = images.overlay(guest.folder / "unseen.qcow2", base)
    refused_for(f"volume {guest.name}/unseen.qcow2")
    unseen.unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    images.overlay(elsewhere / "web.qcow2", base)
    other = {"name": guest.name + "b", "memory": "32MiB", "state": "stopped"}
    module("domain", **other, disks=[{"file": str(elsewhere / "web.qcow2"), "format": "qcow2"}])
    refused_for(f"domain {guest.name}b")
    module("domain", name=guest.name + "b", state="absent")
    virsh("pool-define-as", guest.name + "b", "dir", "--target", elsewhere)
    refused_for(f"volume {guest.name}b/web.qcow2")
    virsh("pool-undefine", guest.name + "b")
    settle(module, "volume", **absent)
    assert guest.files() == []


def test_remove_volumes_through_symbolic_links(module, virsh, guest, tmp_path):
    """A guest uses the volume through a symbolic link, and a second pool shows it."""
    module("converge", volumes=[guest.volume])
    (tmp_path / "link").symlink_to(guest.folder)
    virsh("pool-define-as", guest.name + "b", "dir", "--target", tmp_path / "link")
    virsh("pool-start", guest.name + "b")
    disks = [{"file": str(tmp_path / "link" / "a.qcow2"), "format": "qcow2", "target": "vda"}]
    module("domain", **dict(guest.domain, state="running", disks=disks))
    assert not module("domain", **dict(guest.domain, state="running"))["changed"], "it is on that volume"
    for pool in (guest.name, guest.name + "b"):
        absent = {"pool": pool, "name": "a.qcow2", "state": "absent"}
        assert f"needed by domain {guest.name}" in module("volume", **absent, fails=True)["msg"]
        copy = {"pool": guest.name, "name": "copy.qcow2", "source": {"pool": pool, "volume": "a.qcow2"}}
        assert "is writing to" in module("volume", **copy, fails=True)["msg"]
    module("volume", **dict(guest.volume, capacity="16MiB"))
    assert virsh("domblkinfo", guest.name, "vda").split()[1] == str(16 * images.MIB), "its guest sees that"
    settle(module, "domain", name=guest.name, **GONE)
    assert guest.files() == []


def test_absent_keeps_an_nvram_file_of_another_guest(module, virsh, guest, tmp_path):
    variables = guest.folder / "vars.fd"
    options = {"memory": "32MiB", "state": "stopped", "firmware": "efi", "disks": []}
    names = [guest.name + letter for letter in ("a", "b")]
    for name in names:
        module("domain", name=name, **options, nvram={"path": str(variables)})
    virsh("start", names[0])
    virsh("destroy", names[0])
    assert variables.exists(), "libvirt makes it at the first start"
    absent = {"pool": guest.name, "name": "vars.fd", "state": "absent"}
    assert f"needed by domain {names[0]}, domain {names[1]}" in module("volume", **absent, fails=True)["msg"]
    settle(module, "domain", name=names[0], **GONE)
    assert variables.exists()
    settle(module, "domain", name=names[1], **GONE)
    assert not variables.exists()


def test_remove_volumes_counts_running_and_defined_disks(module, virsh, guest):
    """A definition that was put back by hand does not make the image that the guest runs on nobody's."""
    guest.domain["state"] = "running"
    module("converge", **guest.document)
    module("snapshot", domain=guest.name, name="nightly", mode="external")
    xml = virsh("dumpxml", guest.name, "--inactive").replace("a.nightly", "a.qcow2")
    (guest.folder.parent / "back.xml").write_text(xml)
    virsh("define", guest.folder.parent / "back.xml")
    absent = {"pool": guest.name, "name": "a.nightly", "state": "absent"}
    assert f"needed by domain {guest.name}" in module("volume", **absent, fails=True)["msg"]
    settle(module, "domain", name=guest.name, **GONE)
    assert guest.files() == []


def test_a_forged_image_header_in_a_raw_disk_is_not_trusted(module, guest, tmp_path):
    """The beginning of a raw disk is its guest's: it may look like an image that is based on any other."""
    module("converge", **guest.document)
    forged = images.overlay(tmp_path / "forged", guest.folder / "a.qcow2")
    (guest.folder / "raw.img").write_bytes(bytes(1024))
    other = {"name": guest.name + "b", "memory": "32MiB", "state": "stopped"}
    module("domain", **other, disks=[{"file": str(guest.folder / "raw.img"), "format": "raw"}])
    shutil.copy(forged, guest.folder / "raw.img")
    settle(module, "domain", name=guest.name, **GONE)
    assert guest.files() == ["raw.img"]


def test_the_base_of_a_new_domains_disk_outside_every_pool_stays(module, guest, tmp_path):
    module("converge", **guest.document)
    overlay = images.overlay(tmp_path / "web.qcow2", guest.folder / "a.qcow2")
    other = {"name": guest.name + "b", "memory": "32MiB", "state": "stopped"}
    other["disks"] = [{"file": str(overlay), "format": "qcow2"}]
    gone = {"pool": guest.name, "name": "a.qcow2", "state": "absent"}
    done = module("converge", domains=[{"name": guest.name, **GONE}, {**other, "state": "present"}], check_mode=True)
    assert "remove_volumes" not in verbs(done)
    refused = module("converge", volumes=[gone], domains=[{"name": guest.name, **GONE}, other], fails=True)
    assert f"is needed by domain {guest.name}b" in refused["msg"]
    assert guest.files() == ["a.qcow2"]


def test_a_volume_is_not_deleted_below_a_disk_in_xml(module, guest):
    module("converge", volumes=[guest.volume])
    gone = {"pool": guest.name, "name": "a.qcow2", "state": "absent"}
    xml = in_xml("type='file'", f"file='{guest.folder / 'a.qcow2'}'")
    other = {"name": guest.name + "b", "memory": "32MiB", "state": "running", "xml": xml}
    refused = module("converge", volumes=[gone], domains=[other], fails=True)
    assert f"is needed by domain {guest.name}b" in refused["msg"] and guest.files() == ["a.qcow2"]


@pytest.mark.parametrize(
    "form",
    [
        ("-blockdev", '{{"driver":"qcow2","node-name":"x","file":{{"driver":"file","filename":"{0}"}}}}'),
        ("-drive", "if=none,id=x,file.driver=file,file.filename={0},driver=qcow2"),
        ("-drive", 'if=none,id=x,file=json:{{"driver":"qcow2",,"file":{{"driver":"file",,"filename":"{0}"}}}}'),
        ("-drive", "if=none,id=x,format=qcow2,file=file:{0}"),
    ],
    ids=["json", "dotted", "json-colon", "protocol"],
)
def test_a_volume_is_not_deleted_below_a_guest_that_has_it_by_arguments(module, guest, form):
    module("converge", volumes=[guest.volume])
    file = guest.folder / "a.qcow2"
    file.chmod(0o666)
    values = [form[0], form[1].format(file), "-device", "virtio-blk-pci,drive=x,bus=pcie.0,addr=0x1e"]
    arguments = "".join(f"<qemu:arg value='{value}'/>" for value in values)
    qemu = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
    xml = f"<domain {qemu}><qemu:commandline>{arguments}</qemu:commandline></domain>"
    module("domain", **dict(guest.domain, state="running", disks=[], xml=xml))
    gone = {"pool": guest.name, "name": "a.qcow2", "state": "absent"}
    assert f"is needed by domain {guest.name}" in module("volume", **gone, fails=True)["msg"]
    assert guest.files() == ["a.qcow2"]


@pytest.fixture
def parts(guest):
    """An image of two files, d.vmdk and d-flat.vmdk, in the pool."""
    flat = ("-f", "vmdk", "-o", "subformat=monolithicFlat")
    subprocess.run(["qemu-img", "create", "-q", *flat, guest.folder / "d.vmdk", "8M"], check=True)
    guest.virsh("pool-refresh", guest.name)
    return {"disks": [{"file": str(guest.folder / "d.vmdk"), "format": "vmdk", "target": "vda"}]}


@pytest.mark.parametrize("state", ["stopped", "running"])
def test_an_image_of_several_files_goes_with_all_of_them(module, guest, parts, state):
    module("domain", **{**guest.domain, **parts, "state": state})
    for name in ("d.vmdk", "d-flat.vmdk"):
        refused = module("volume", pool=guest.name, name=name, state="absent", fails=True)
        assert f"is needed by domain {guest.name}" in refused["msg"]
    removed = settle(module, "domain", name=guest.name, **GONE)
    assert [field["before"] for field in removed["actions"][-1]["fields"]] == [
        f"{guest.name}/d-flat.vmdk",
        f"{guest.name}/d.vmdk",
    ]
    assert guest.files() == []


def test_a_volume_that_is_deleted_without_its_other_files_says_so(module, guest, parts):
    refused = module("volume", pool=guest.name, name="d-flat.vmdk", state="absent", fails=True)
    assert f"is needed by volume {guest.name}/d.vmdk" in refused["msg"]
    removed = settle(module, "volume", pool=guest.name, name="d.vmdk", state="absent")
    assert warnings(removed) == [
        f"'{guest.name}/d-flat.vmdk', which has content of volume '{guest.name}/d.vmdk', stays"
    ]
    settle(module, "volume", pool=guest.name, name="d-flat.vmdk", state="absent")
    assert guest.files() == []


def test_a_part_outside_of_every_pool_keeps_the_whole_image(module, guest, parts, tmp_path):
    (guest.folder / "d-flat.vmdk").rename(tmp_path / "d-flat.vmdk")
    text = guest.folder / "d.vmdk"
    text.write_text(text.read_text().replace('"d-flat.vmdk"', f'"{tmp_path}/d-flat.vmdk"'))
    module("domain", **{**guest.domain, **parts})
    removed = settle(module, "domain", name=guest.name, **GONE)
    assert warnings(removed) == [
        f"Images '{guest.name}/d.vmdk', '{tmp_path}/d-flat.vmdk' of domain '{guest.name}' stay: "
        f"'{tmp_path}/d-flat.vmdk' is in no pool"
    ]
    assert guest.files() == ["d.vmdk"]


def test_what_only_a_snapshot_names_is_not_deleted(module, virsh, guest):
    """Its memory, and the overlay that it made, from which the guest has been taken since."""
    module("converge", **{**guest.document, "domains": [dict(guest.domain, state="running")]})
    spec = ("--memspec", f"file={guest.folder / 'memory'},snapshot=external", "--diskspec", "vda,snapshot=external")
    virsh("snapshot-create-as", guest.name, "nightly", *spec)
    virsh("destroy", guest.name)
    other = {"pool": guest.name, "name": "b.qcow2", "capacity": "8MiB"}
    disks = [{"pool": guest.name, "volume": "b.qcow2", "target": "vda"}]
    module("converge", volumes=[other], domains=[dict(guest.domain, disks=disks)])
    virsh("pool-refresh", guest.name)
    assert guest.files() == ["a.nightly", "a.qcow2", "b.qcow2", "memory"]
    for name, who in (("memory", ""), ("a.nightly", ""), ("a.qcow2", f", volume {guest.name}/a.nightly")):
        refused = module("volume", pool=guest.name, name=name, state="absent", fails=True)
        assert f"is needed by snapshot {guest.name}/nightly{who}. " in refused["msg"]
    virsh("snapshot-delete", guest.name, "nightly", "--metadata")
    for name in ("memory", "a.nightly", "a.qcow2"):
        settle(module, "volume", pool=guest.name, name=name, state="absent")


@pytest.mark.parametrize("option", ["kernel", "initrd", "dtb", "acpi_table", "nvram", "serials", "xml"])
def test_a_file_that_a_declared_domain_has_is_not_deleted(module, guest, option):
    module("volume", pool=guest.name, name="file", capacity="1MiB", format="raw")
    path = str(guest.folder / "file")
    options = {
        "nvram": {"firmware": "efi", "nvram": {"path": path}},
        "serials": {"serials": [{"type": "file", "path": path}]},
        "xml": {"xml": f"<domain><os><kernel>{path}</kernel></os></domain>"},
    }.get(option, {"kernel": "/vmlinuz", option: path})
    gone = {"pool": guest.name, "name": "file", "state": "absent"}
    refused = module("converge", volumes=[gone], domains=[{**guest.domain, "disks": [], **options}], fails=True)
    assert f"volume '{guest.name}/file' is needed by domain {guest.name}" in refused["msg"]
    assert guest.files() == ["file"] and guest.name not in guest.virsh("list", "--all", "--name").split()
