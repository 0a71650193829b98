# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""kvm.fleet.domain against a real libvirtd and QEMU; virsh is the witness. These guests have no operating system."""

from __future__ import annotations

import subprocess
import typing as t

import pytest
from lxml import etree

from .lifecycle import fields, settle, verbs

OFF = {"shutdown_timeout": 0, "force": True}


def guest(name: str, **options: t.Any) -> dict[str, t.Any]:
    """A small domain that ends at once when it is told to."""
    return {"name": name, "memory": "64MiB", "vcpus": 1, **OFF, **options}


def dumpxml(virsh, name: str, live: bool = True) -> t.Any:
    return etree.fromstring(virsh("dumpxml", name, *([] if live else ["--inactive"])))


@pytest.fixture
def image(tmp_path) -> t.Callable[[str], str]:
    def make(name: str, size: str = "16M") -> str:
        path = str(tmp_path / name)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, size], check=True)
        return path

    return make


def test_domain_lifecycle_from_creation_to_removal(module, virsh, unique, image):
    options = guest(unique, autostart=True, disks=[{"file": image("root"), "format": "qcow2", "target": "vda"}])
    created = settle(module, "domain", **options)
    assert verbs(created) == ["define", "set_autostart", "start"]
    assert virsh("domstate", unique).strip() == "running"
    assert unique in virsh("list", "--name", "--autostart")
    removed = settle(module, "domain", name=unique, state="absent", **OFF)
    assert verbs(removed) == ["shutdown", "undefine"]
    assert unique not in virsh("list", "--name", "--all")


def test_new_guests_get_virtio_q35_and_an_agent_channel(module, virsh, unique, image):
    module("network", name=unique, forward={"mode": "isolated"})
    settle(
        module,
        "domain",
        **guest(
            unique,
            state="stopped",
            disks=[{"file": image("root"), "format": "qcow2"}],
            interfaces=[{"network": unique}],
        ),
    )
    xml = dumpxml(virsh, unique)
    assert "q35" in xml.find("os/type").get("machine")
    assert xml.find("devices/disk/target").get("bus") == "virtio"
    assert xml.find("devices/interface/model").get("type") == "virtio"
    assert xml.find("devices/channel/target").get("name") == "org.qemu.guest_agent.0"
    assert xml.find("devices/rng") is not None


def test_an_existing_guest_keeps_what_is_not_declared(module, virsh, unique, tmp_path):
    (tmp_path / "by-hand.xml").write_text(
        f"""<domain type='qemu'><name>{unique}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
        <os><type machine='pc'>hvm</type></os><devices><input type='tablet' bus='usb'/></devices>
        <description>by hand</description></domain>"""
    )
    virsh("define", tmp_path / "by-hand.xml")
    before = dumpxml(virsh, unique, live=False)
    changed = settle(module, "domain", name=unique, state="stopped", memory="128MiB")
    assert set(fields(changed)) == {"memory", "memory_max"}
    after = dumpxml(virsh, unique, live=False)
    for element in (before, after):
        for tag in ("memory", "currentMemory"):
            element.remove(element.find(tag))
    assert etree.tostring(before) == etree.tostring(after)


def test_inserting_a_disk_first_attaches_one_disk_and_leaves_the_others(module, virsh, unique, image):
    root = {"file": image("root"), "format": "qcow2", "target": "vda"}
    data = {"file": image("data"), "format": "qcow2", "target": "vdb"}
    settle(module, "domain", **guest(unique, disks=[root]))
    before = etree.tostring(dumpxml(virsh, unique).find("devices/disk"))
    changed = settle(module, "domain", **guest(unique, disks=[data, root]))
    assert verbs(changed) == ["define", "attach"]
    assert set(fields(changed)) == {"disks[vdb]"}
    assert before in [etree.tostring(disk) for disk in dumpxml(virsh, unique).iterfind("devices/disk")]
    definition, live = (dumpxml(virsh, unique, live=which) for which in (False, True))
    addresses = [
        etree.tostring(xml.xpath("devices/disk[target/@dev='vdb']/address")[0]).strip() for xml in (definition, live)
    ]
    assert addresses[0] == addresses[1], "after a restart the guest would see the disk elsewhere"


def test_disks_without_a_target_are_identified_by_their_source(module, virsh, unique, image):
    one, two = image("one"), image("two")
    settle(module, "domain", **guest(unique, disks=[{"file": one, "format": "qcow2"}]))
    changed = settle(module, "domain", **guest(unique, disks=[{"file": two, "format": "qcow2"}, {"file": one}]))
    assert set(fields(changed)) == {"disks[vdb]"}
    table = virsh("domblklist", unique)
    assert one in table and two in table


def test_a_removed_disk_that_the_guest_keeps_is_pending_and_its_file_stays(soon_given_up, module, virsh, unique, image):
    """No operating system runs in this guest: nobody lets the device go."""
    data = image("data")
    disks = [{"file": image("root"), "format": "qcow2"}, {"file": data, "format": "qcow2"}]
    settle(module, "domain", **guest(unique, disks=disks))
    changed = module("domain", **guest(unique, disks=disks[:1]))
    assert "vdb" not in virsh("domblklist", "--inactive", unique)
    if "vdb" in virsh("domblklist", unique):
        assert changed["pending"][0]["fields"][0]["option"] == "disks[vdb]"
    subprocess.run(["qemu-img", "check", "-q", "-U", data], check=True)


def test_interfaces_are_plugged_in_live_and_keep_their_address(module, virsh, unique):
    module("network", name=unique, forward={"mode": "isolated"})
    settle(module, "domain", **guest(unique, interfaces=[{"network": unique}]))
    first = dumpxml(virsh, unique).find("devices/interface/mac").get("address")
    two = [{"network": unique, "mac": "52:54:00:77:01:02"}, {"network": unique}]
    changed = settle(module, "domain", **guest(unique, interfaces=two))
    assert set(fields(changed)) == {"interfaces[52:54:00:77:01:02]"}
    for live in (True, False):
        macs = [mac.get("address") for mac in dumpxml(virsh, unique, live).iterfind("devices/interface/mac")]
        assert sorted(macs) == sorted([first, "52:54:00:77:01:02"])


def test_a_guest_on_a_bridge_of_the_host_through_a_network(module, virsh, unique):
    """libvirt shows what the network came to as the running interface's type."""
    bridge = "host-" + unique
    subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], check=True)
    try:
        module("network", name=unique, forward={"mode": "bridge"}, bridge=bridge)
        mac = "52:54:00:77:01:03"
        settle(module, "domain", **guest(unique, interfaces=[{"network": unique, "mac": mac}]))
        assert dumpxml(virsh, unique).find("devices/interface").get("type") == "bridge"
        changed = settle(module, "domain", **guest(unique, interfaces=[{"bridge": bridge, "mac": mac}]))
        assert verbs(changed) == ["define", "update"] and not changed["pending"]
        assert dumpxml(virsh, unique).find("devices/interface/source").get("network") is None
        settle(module, "domain", name=unique, state="absent", **OFF)
    finally:
        subprocess.run(["ip", "link", "delete", bridge], check=True)


def test_a_link_goes_down_live(module, virsh, unique):
    module("network", name=unique, forward={"mode": "isolated"})
    settle(module, "domain", **guest(unique, interfaces=[{"network": unique}]))
    changed = settle(module, "domain", **guest(unique, interfaces=[{"network": unique, "link": "down"}]))
    assert "update" in verbs(changed)
    mac = dumpxml(virsh, unique).find("devices/interface/mac").get("address")
    assert "down" in virsh("domif-getlink", unique, mac)


def test_a_change_that_needs_a_restart_is_pending_or_restarts(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    changed = settle(module, "domain", **guest(unique, memory="128MiB", cpu={"mode": "custom", "model": "qemu64"}))
    assert changed["restart_required"]
    waiting = {field["option"] for field in changed["pending"][0]["fields"]}
    assert waiting == {"memory", "memory_max", "cpu.mode", "cpu.model"}
    assert virsh("domstate", unique).strip() == "running"
    options = guest(unique, memory="128MiB", cpu={"mode": "custom", "model": "qemu64"}, restart="if_required")
    restarted = settle(module, "domain", **options)
    assert verbs(restarted) == ["restart"]
    assert not restarted["pending"]
    assert dumpxml(virsh, unique).findtext("memory") == str(128 * 1024)


def test_memory_max_and_vcpus_max_change_alone(module, virsh, unique):
    settle(module, "domain", **guest(unique, state="stopped", vcpus=2))
    changed = settle(module, "domain", name=unique, state="stopped", vcpus_max=4, memory_max="128MiB")
    assert fields(changed) == {"vcpus_max": (2, 4), "memory_max": ("64MiB", "128MiB")}
    assert virsh("vcpucount", unique, "--config", "--current").strip() == "2"
    changed = settle(module, "domain", name=unique, state="stopped", vcpus_max=1, memory_max="32MiB")
    assert fields(changed) == {"vcpus_max": (4, 1), "memory_max": ("128MiB", "32MiB")}


def test_balloon_size_of_a_booting_guest_is_no_difference(module, unique):
    settle(module, "domain", **guest(unique, memory="32MiB", memory_max="64MiB"))


def test_a_saved_guest_is_resumed_and_then_changed(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    virsh("managedsave", unique)
    changed = settle(module, "domain", **guest(unique, title="new", cpu={"mode": "custom", "model": "qemu64"}))
    assert verbs(changed) == ["define", "start", "set_title"] and changed["restart_required"]
    assert "new" in virsh("dumpxml", unique, "--xpath", "//title/text()")


def test_a_password_of_a_display_changes_live(module, virsh, unique):
    settle(module, "domain", **guest(unique, graphics=[{"type": "vnc", "password": "one"}]))
    changed = settle(module, "domain", **guest(unique, graphics=[{"type": "vnc", "password": "two"}]))
    assert "update" in verbs(changed) and not changed["pending"]
    assert "passwd='two'" in virsh("dumpxml", unique, "--security-info")


def test_vcpus_of_the_start_stay_until_a_restart(module, virsh, unique):
    settle(module, "domain", **guest(unique, vcpus=2))
    changed = settle(module, "domain", **guest(unique, vcpus=1))
    assert fields(changed) == {"vcpus": (2, 1)} and changed["restart_required"]
    assert virsh("vcpucount", unique, "--live", "--active").strip() == "2"


def test_vcpus_are_plugged_in_up_to_the_maximum(module, virsh, unique):
    settle(module, "domain", **guest(unique, vcpus=1, vcpus_max=2))
    changed = settle(module, "domain", **guest(unique, vcpus=2, vcpus_max=2))
    assert "set_vcpus" in verbs(changed)
    assert virsh("vcpucount", unique, "--live", "--active").strip() == "2"


@pytest.mark.parametrize(
    ("state", "shown", "done"),
    [
        ("stopped", "shut off", "shutdown"),
        ("paused", "paused", "suspend"),
        ("saved", "shut off", "save"),
        ("present", "running", None),
    ],
)
def test_states_from_running_and_back(module, virsh, unique, state, shown, done):
    settle(module, "domain", **guest(unique))
    changed = settle(module, "domain", **guest(unique, state=state))
    assert verbs(changed) == ([done] if done else [])
    assert virsh("domstate", unique).strip() == shown
    back = settle(module, "domain", **guest(unique))
    assert virsh("domstate", unique).strip() == "running"
    assert bool(back["changed"]) == bool(done)


def test_a_new_guest_can_start_paused_or_not_at_all(module, virsh, unique):
    settle(module, "domain", **guest(unique, state="paused"))
    assert virsh("domstate", unique).strip() == "paused"
    settle(module, "domain", **guest(unique, state="stopped"))
    assert virsh("domstate", unique).strip() == "shut off"


@pytest.mark.parametrize(
    ("drift", "option"),
    [
        (["setmem", "{0}", "32M", "--config"], "memory"),
        (["desc", "{0}", "--title", "other", "--config", "--live"], "title"),
        (["autostart", "{0}", "--disable"], "autostart"),
        (["detach-disk", "{0}", "vdb", "--config"], "disks[vdb]"),
    ],
)
def test_drift_is_found_and_repaired(module, virsh, unique, image, drift, option):
    disks = [{"file": image(name), "format": "qcow2"} for name in ("root", "data")]
    options = guest(unique, title="mine", autostart=True, disks=disks)
    settle(module, "domain", **options)
    virsh(*[word.format(unique) for word in drift])
    repaired = settle(module, "domain", **options)
    assert set(fields(repaired)) == {option}
    assert not module("domain", **options)["changed"]


def test_firmware_machine_graphics_watchdog_and_boot(module, virsh, unique):
    options = guest(
        unique,
        state="stopped",
        firmware="efi",
        machine="q35",
        boot=["network", "hd"],
        graphics=[{"type": "vnc", "password": "s3cret!"}],
        watchdogs=[{"model": "i6300esb", "action": "pause"}],
        serials=[{"type": "file", "path": "/tmp/serial.log"}],
        cpu={"mode": "maximum", "topology": {"sockets": 1, "cores": 2, "threads": 1}},
        vcpus=2,
    )
    result = settle(module, "domain", **options)
    assert "s3cret!" not in str(result)
    xml = dumpxml(virsh, unique)
    assert xml.find("os").get("firmware") == "efi"
    assert [boot.get("dev") for boot in xml.iterfind("os/boot")] == ["network", "hd"]
    assert "passwd='s3cret!'" in virsh("dumpxml", unique, "--security-info")
    assert xml.find("devices/watchdog").get("action") == "pause"
    settle(module, "domain", **dict(options, firmware="bios"))
    assert dumpxml(virsh, unique).find("os").get("firmware") is None


def test_remove_volumes_never_deletes_a_file_in_no_pool(module, unique, image):
    settle(module, "domain", **guest(unique, state="stopped", disks=[{"file": image("root"), "format": "qcow2"}]))
    removed = settle(module, "domain", name=unique, state="absent", remove_volumes=True)
    assert verbs(removed) == ["undefine"]


def test_absent_removes_nvram_and_saved_state(module, virsh, unique):
    settle(module, "domain", **guest(unique, firmware="efi"))
    virsh("managedsave", unique)
    settle(module, "domain", name=unique, state="absent", **OFF)
    assert unique not in virsh("list", "--all", "--name")


def test_a_shutdown_that_the_guest_ignores_fails_and_leaves_it_running(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    failed = module("domain", name=unique, state="stopped", shutdown_timeout=1, fails=True)
    assert "did not shut down within 1 seconds" in failed["msg"] and "force" in failed["msg"]
    assert virsh("domstate", unique).strip() == "running"


def test_xml_is_managed_like_any_option(module, virsh, unique):
    partial = "<domain><features><kvm><hidden state='on'/></kvm></features></domain>"
    settle(module, "domain", **guest(unique, state="stopped", xml=partial))
    assert dumpxml(virsh, unique).find("features/kvm/hidden").get("state") == "on"
    changed = settle(
        module,
        "domain",
        **guest(unique, state="stopped", xml=partial.replace("on", "off", 3).replace("domaioff", "domain")),
    )
    assert list(fields(changed)) == ["xml:features/kvm/hidden/@state"]


def test_converge_and_info_agree(module, unique, image):
    options = guest(unique, disks=[{"file": image("root"), "format": "qcow2"}])
    result = module("converge", domains=[options])
    assert result["changed"]
    second = module("converge", domains=[options])
    assert not second["changed"]
    (shown,) = module("domain_info", name=unique)["domains"]
    assert shown.pop("drift") == []
    assert second["domains"][0].items() <= shown.items()
    assert shown["memory"] == "64MiB" and shown["state"] == "running"


def test_remove_volumes_deletes_only_volumes_of_the_domain(module, virsh, unique, tmp_path):
    pool = tmp_path / "pool"
    pool.mkdir()
    virsh("pool-create-as", unique, "dir", "--target", pool)
    for name in ("own", "shared", "iso"):
        virsh("vol-create-as", unique, f"{name}.qcow2", "1M", "--format", "qcow2")
    disks = [{"file": f"{pool}/{name}.qcow2", "format": "qcow2"} for name in ("own", "shared")]
    disks.append({"file": f"{pool}/iso.qcow2", "device": "cdrom", "format": "qcow2"})
    settle(module, "domain", **guest(unique, state="stopped", disks=disks))
    settle(module, "domain", **guest(unique + "b", state="stopped", disks=disks[1:2]))
    removed = settle(module, "domain", name=unique, state="absent", remove_volumes=True)
    assert fields(removed) == {"disks[vda]": (f"{unique}/own.qcow2", None)}
    assert sorted(path.name for path in pool.iterdir()) == ["iso.qcow2", "shared.qcow2"]


def test_vcpus_are_plugged_in_after_a_restart_with_more_vcpus_max(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    settle(module, "domain", **guest(unique, vcpus_max=3, restart="if_required"))
    changed = settle(module, "domain", name=unique, vcpus=2)
    assert verbs(changed) == ["define", "set_vcpus"] and not changed["pending"]
    assert virsh("vcpucount", unique, "--live", "--active").strip() == "2"
