# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All other devices, against a real libvirtd and QEMU; virsh is the witness."""

from __future__ import annotations

import time
import typing as t

import pytest

from .lifecycle import settle, verbs
from .test_domain import dumpxml, guest

MDEV = "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d666"
SHARED = "<domain><memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking></domain>"
#: Room for modules: slots, and a NUMA node to put them into.
ROOM = {
    "memory_hotplug": {"slots": 4, "max": "1GiB"},
    "cpu": {"numa": [{"id": 0, "cpus": "0", "memory": "64MiB"}]},
}

#: Devices that are defined, and what libvirt has to say of them: places below <devices>.
DEFINED: dict[str, tuple[dict[str, t.Any], dict[str, str]]] = {
    "sound": (
        {
            "sounds": [{"model": "ich9", "audio": 2}],
            "audios": [
                {"id": 1, "type": "file", "path": "/tmp/a.wav", "timer_period": 10000},
                {"id": 2, "type": "pulseaudio", "server_name": "host"},
            ],
        },
        {
            "sound/audio/@id": "2",
            "audio[@id='1']/@path": "/tmp/a.wav",
            "audio[@id='1']/@timerPeriod": "10000",
            "audio[@id='2']/@serverName": "host",
        },
    ),
    "character devices": (
        {
            "serials": [
                {"type": "tcp", "mode": "bind", "host": "127.0.0.1", "service": "4555", "protocol": "telnet"},
                {"type": "unix", "mode": "bind", "path": "/run/serial.sock", "log": "/tmp/s.log", "log_append": True},
                {"type": "file", "path": "/tmp/serial", "append": True, "target_type": "pci-serial"},
            ],
            "parallels": [{"type": "dev", "path": "/dev/parport0"}],
            "channels": [
                {"type": "unix", "name": "org.example.own"},
                {"type": "qemu-vdagent", "clipboard": True, "mouse_mode": "client"},
                {
                    "type": "tcp",
                    "name": "org.example.far",
                    "mode": "connect",
                    "host": "192.0.2.1",
                    "service": "22",
                    "reconnect": 3,
                    "tls": True,
                    "alias": "ua-far",
                },
            ],
        },
        {
            "serial[1]/protocol/@type": "telnet",
            "serial[1]/source/@service": "4555",
            "serial[2]/log/@append": "on",
            "serial[3]/source/@append": "on",
            "parallel/source/@path": "/dev/parport0",
            "channel[target/@name='org.example.own']/@type": "unix",
            "channel[@type='qemu-vdagent']/source/clipboard/@copypaste": "yes",
            "channel[@type='tcp']/source/reconnect/@timeout": "3",
            "channel[@type='tcp']/alias/@name": "ua-far",
        },
    ),
    "a display": (
        {
            "graphics": [{"type": "vnc", "websocket": -1, "share_policy": "force-shared", "keymap": "de"}],
            "videos": [
                {"model": "virtio", "primary": True, "heads": 2, "resolution": {"x": 1024, "y": 768}},
                {"model": "virtio", "alias": "ua-second"},
            ],
            "sounds": [{"model": "ich9", "codecs": ["micro", "duplex"]}],
            "inputs": [
                {"type": "tablet"},
                {"type": "keyboard", "bus": "virtio"},
                {"type": "keyboard"},
                {"type": "keyboard", "bus": "ps2"},
                {"type": "passthrough", "evdev": "/dev/input/event3"},
                {"type": "evdev", "dev": "/dev/input/event4", "grab": "all", "repeat": True},
            ],
        },
        {
            "graphics/@websocket": "-1",
            "graphics/@sharePolicy": "force-shared",
            "graphics/@listen": "127.0.0.1",
            "video[1]/model/@heads": "2",
            "video[1]/model/resolution/@y": "768",
            "video[2]/alias/@name": "ua-second",
            "sound/codec[2]/@type": "duplex",
            "input[@type='tablet']/@bus": "usb",
            "input[@type='passthrough']/source/@evdev": "/dev/input/event3",
            "input[@type='evdev']/source/@grab": "all",
            "input[@type='keyboard']/@bus": "virtiousbps2",
            "input[@type='mouse']/@bus": "ps2",
        },
    ),
    "a display at a socket": (
        {"graphics": [{"type": "vnc", "socket": "/run/vnc.sock"}]},
        {"graphics/listen/@type": "socket", "graphics/listen/@socket": "/run/vnc.sock"},
    ),
    "devices of the host": (
        {
            "hostdevs": [
                {"pci": "65:00.0", "rom": {"bar": False}, "driver": "vfio"},
                {"mdev": MDEV, "display": False},
                {"usb": {"vendor": "1d6b", "product": "0002", "guest_reset": "off"}, "startup_policy": "optional"},
                {"usb": {"bus": 1, "device": 7}, "alias": "ua-stick"},
                {"scsi": {"adapter": "scsi_host0", "bus": 0, "target": 1, "unit": 2}, "readonly": True},
                {"vhost_scsi": "naa.5123456789abcde0"},
            ]
        },
        {
            "hostdev[@type='pci']/@managed": "yes",
            "hostdev[@type='pci']/source/address/@bus": "0x65",
            "hostdev[@type='pci']/rom/@bar": "off",
            "hostdev[@type='mdev']/source/address/@uuid": MDEV,
            "hostdev[@type='mdev']/@model": "vfio-pci",
            "hostdev[@type='usb'][1]/source/vendor/@id": "0x1d6b",
            "hostdev[@type='usb'][2]/source/address/@device": "7",
            "hostdev[@type='scsi']/source/adapter/@name": "scsi_host0",
            "hostdev[@type='scsi_host']/source/@wwpn": "naa.5123456789abcde0",
        },
    ),
    "shares": (
        {
            "xml": SHARED,
            "filesystems": [
                {
                    "dir": "/srv/one",
                    "target": "one",
                    "driver": "virtiofs",
                    "queue": 1024,
                    "binary": {"path": "/usr/libexec/virtiofsd", "xattr": True, "cache": "always", "lock_posix": True},
                },
                {"dir": "/srv/two", "target": "two", "accessmode": "mapped", "fmode": "0600", "readonly": True},
            ],
        },
        {
            "filesystem[1]/driver/@type": "virtiofs",
            "filesystem[1]/binary/cache/@mode": "always",
            "filesystem[1]/@accessmode": "passthrough",
            "filesystem[2]/@fmode": "0600",
            "filesystem[2]/target/@dir": "two",
        },
    ),
    "small devices": (
        {
            "rngs": [
                {"rate": {"bytes": 1024, "period": 2000}},
                {"backend": "builtin", "model": "virtio-non-transitional"},
            ],
            "watchdogs": [{"model": "i6300esb", "action": "pause", "alias": "ua-dog"}],
            "panics": [{"model": "isa"}],
            "shmems": [{"name": "shared0", "size": "4MiB"}],
            "memballoon": {"autodeflate": True, "free_page_reporting": True, "stats_period": 5},
            "vsock": {"model": "virtio", "cid": 7},
            "tpm": {"model": "tpm-tis", "type": "passthrough", "device": "/dev/tpm7"},
            "hubs": [{"type": "usb"}],
            "iommu": {"model": "intel", "caching_mode": True, "intremap": True, "aw_bits": 48},
            "xml": "<domain><features><ioapic driver='qemu'/></features></domain>",
        },
        {
            "rng[1]/rate/@bytes": "1024",
            "rng[1]/backend": "/dev/urandom",
            "rng[2]/backend/@model": "builtin",
            "watchdog/alias/@name": "ua-dog",
            "panic/@model": "isa",
            "shmem/size": "4",
            "memballoon/@freePageReporting": "on",
            "memballoon/stats/@period": "5",
            "vsock/cid/@address": "7",
            "tpm/backend/device/@path": "/dev/tpm7",
            "hub/@type": "usb",
            "iommu/driver/@aw_bits": "48",
        },
    ),
    "controllers": (
        {
            "controllers": [
                {"type": "scsi", "index": 0, "model": "virtio-scsi", "queues": 2, "max_sectors": 512},
                {"type": "usb", "index": 0, "model": "qemu-xhci", "ports": 8},
                {"type": "pci", "index": 17, "model": "pcie-root-port", "hotplug": False, "chassis": 40},
            ]
        },
        {
            "controller[@type='scsi']/driver/@queues": "2",
            "controller[@type='usb']/@ports": "8",
            "controller[@type='pci'][@index='17']/target/@hotplug": "off",
        },
    ),
    "memory": (
        {
            **ROOM,
            "memory_max": "448MiB",
            "memory_devices": [
                {"model": "dimm", "size": "128MiB", "node": 0, "alias": "ua-dimm0"},
                {"model": "virtio-mem", "size": "256MiB", "node": 0, "block": "2MiB", "requested": "64MiB"},
            ],
        },
        {
            "memory[1]/alias/@name": "ua-dimm0",
            "memory[2]/target/requested": "65536",
            "memory[2]/@model": "virtio-mem",
        },
    ),
}


@pytest.mark.parametrize("case", DEFINED)
def test_devices_are_defined_as_declared(module, virsh, unique, case):
    options, expected = DEFINED[case]
    settle(module, "domain", **guest(unique, state="stopped", **options))
    devices = dumpxml(virsh, unique).find("devices")
    told = {place: "".join(str(getattr(one, "text", one)) for one in devices.xpath(place)) for place in expected}
    assert told == expected


def test_an_empty_list_removes_what_was_there(module, virsh, unique):
    lists = ("channels", "hostdevs", "inputs", "sounds", "filesystems", "rngs", "watchdogs", "panics", "shmems", "hubs")
    declared: dict[str, t.Any] = {}
    for options, _expected in DEFINED.values():
        declared.update({name: value for name, value in options.items() if name in lists})
    settle(module, "domain", **guest(unique, state="stopped", xml=SHARED, **declared))
    settle(module, "domain", **guest(unique, state="stopped", **{name: [] for name in lists}))
    left = {one.tag for one in dumpxml(virsh, unique).find("devices")}
    assert not left & {"hostdev", "sound", "filesystem", "rng", "watchdog", "shmem", "hub"}


@pytest.mark.parametrize(
    ("option", "device", "place"),
    [
        ("rngs", {"backend": "builtin"}, "rng/backend[@model='builtin']"),
        ("watchdogs", {"model": "i6300esb", "action": "none"}, "watchdog[@model='i6300esb']"),
        ("channels", {"name": "org.example.own"}, "channel/target[@name='org.example.own']"),
        ("inputs", {"type": "keyboard", "bus": "virtio"}, "input[@bus='virtio']"),
        ("shmems", {"name": "plugged", "size": "1MiB"}, "shmem[@name='plugged']"),
        ("controllers", {"type": "scsi", "index": 0, "model": "virtio-scsi"}, "controller[@model='virtio-scsi']"),
    ],
)
def test_a_device_is_plugged_in_while_the_guest_runs(module, virsh, unique, option, device, place):
    bridge = [{"type": "pci", "model": "pcie-to-pci-bridge", "index": 20}]
    settle(module, "domain", **guest(unique, rngs=[], controllers=bridge))
    changed = settle(module, "domain", **guest(unique, **{option: [device]}))
    assert verbs(changed) == ["define", "attach"] and not changed["pending"]
    for live in (True, False):
        assert len(dumpxml(virsh, unique, live).find("devices").xpath(place)) == 1


def test_a_mouse_and_a_keyboard_on_ps2_are_there_declared_or_not(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    (spec,) = module("domain_info", **{"name": unique, "as": "spec"})["domains"]
    assert "inputs" not in spec and "<input" not in spec.get("xml", "")
    both = [{"type": one, "bus": "ps2"} for one in ("mouse", "keyboard")]
    assert not module("domain", **guest(unique, inputs=both))["changed"]
    assert not module("domain", **guest(unique, inputs=[]))["changed"]

    changed = settle(module, "domain", **guest(unique, inputs=[{**both[0], "alias": "ua-mouse"}, {"type": "tablet"}]))
    assert changed["restart_required"]
    (spec,) = module("domain_info", **{"name": unique, "as": "spec"})["domains"]
    assert not module("domain", **spec)["changed"]
    places = [(one.get("type"), one.get("bus")) for one in dumpxml(virsh, unique).iterfind("devices/input")]
    assert sorted(places) == [("keyboard", "ps2"), ("mouse", "ps2"), ("tablet", "usb")]


def test_a_dimm_is_plugged_in_and_counts_as_memory(module, virsh, unique):
    options = guest(unique, **ROOM)
    settle(module, "domain", **options)
    dimm = {"model": "dimm", "size": "128MiB", "node": 0, "alias": "ua-one"}
    del options["memory"]
    changed = settle(module, "domain", **dict(options, memory_devices=[dimm]))
    assert verbs(changed) == ["define", "attach"] and not changed["pending"]
    assert dumpxml(virsh, unique).findtext("memory") == str(192 * 1024)
    both = [dict(dimm, alias="ua-two"), dimm]
    changed = settle(module, "domain", **dict(options, memory_devices=both))
    assert [field["option"] for field in changed["actions"][1]["fields"]] == ["memory_devices[ua-two]"]
    assert not module("domain", **dict(options, memory_devices=both[::-1]))["changed"]


def test_balloon_stats_period_changes_live(module, virsh, unique):
    settle(module, "domain", **guest(unique))
    changed = settle(module, "domain", **guest(unique, memballoon={"stats_period": 3}))
    assert not changed["pending"]
    assert dumpxml(virsh, unique).find("devices/memballoon/stats").get("period") == "3"
    changed = settle(module, "domain", **guest(unique, memballoon={"stats_period": 0}))
    assert not changed["pending"]
    assert dumpxml(virsh, unique).find("devices/memballoon/stats") is None


def test_a_display_password_expires(module, virsh, unique):
    display = {"type": "vnc", "password": "s3cr3t-!"}
    settle(module, "domain", **guest(unique, graphics=[display]))
    later = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 3600))
    changed = settle(module, "domain", **guest(unique, graphics=[dict(display, valid_to=later)]))
    assert verbs(changed) == ["define", "update"] and not changed["pending"]
    assert "s3cr3t-!" not in str(changed)
    assert f"passwdValidTo='{later}'" in virsh("dumpxml", unique, "--security-info")


def test_a_device_that_the_guest_keeps_is_pending(soon_given_up, module, virsh, unique):
    dog = {"watchdogs": [{"model": "i6300esb"}]}
    settle(module, "domain", **guest(unique, **dog))
    changed = module("domain", **guest(unique, watchdogs=[]))
    gone = dumpxml(virsh, unique).find("devices/watchdog") is None
    assert "detach" in verbs(changed) and gone != changed["restart_required"]
    assert dumpxml(virsh, unique, live=False).find("devices/watchdog[@model='i6300esb']") is None
    if not gone:  # it is not asked again at once, and nobody waits for it
        again = module("domain", **guest(unique, watchdogs=[]))
        assert not again["changed"] and again["pending"] == changed["pending"]
        restarted = module("domain", **guest(unique, watchdogs=[], restart="if_required"))
        assert verbs(restarted) == ["restart"] and not restarted["pending"]
        assert not module("domain", **guest(unique, watchdogs=[]))["pending"]
