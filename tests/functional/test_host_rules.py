# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What libvirt, QEMU or the kernel would refuse is refused before anything is touched, and they do refuse it.

About 25 s. No guest is booted.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import typing as t

import libvirt
import pytest

from .lifecycle import settle
from .test_domain import guest

QCOW2 = ("qemu-img", "create", "-q", "-f", "qcow2")


@pytest.fixture
def refuses(conn) -> t.Callable[..., None]:
    """``refuses(xml, "why")``: libvirt does not define and start that domain, network or pool."""

    def check(xml: str, why: str) -> None:
        kind = xml.partition("<")[2].split(" ")[0].split(">")[0]
        define = {"domain": "defineXML", "network": "networkDefineXML", "pool": "storagePoolDefineXML"}[kind]
        made: t.Any = None
        with pytest.raises(libvirt.libvirtError, match=why):
            made = getattr(conn, define)(xml)
            made.create()
        if made is not None:
            made.undefine()

    return check


def _domain(name: str, inner: str = "", devices: str = "", memory: str = "32768", **options: str) -> str:
    kind = options.get("type", "qemu")
    return (
        f"<domain type='{kind}'><name>{name}</name><memory>{memory}</memory>{inner}"
        f"<os><type arch='x86_64' machine='q35'>hvm</type>{options.get('os', '')}</os>"
        f"<devices>{devices}</devices></domain>"
    )


@contextlib.contextmanager
def bridge(name: str, address: str = "") -> t.Iterator[None]:
    """A device of the host."""
    ip = ["ip"]
    subprocess.run([*ip, "link", "add", name, "type", "bridge"], check=True)
    try:
        if address:
            subprocess.run([*ip, "address", "add", address, "dev", name], check=True)
        subprocess.run([*ip, "link", "set", name, "up"], check=True)
        yield
    finally:
        subprocess.run([*ip, "link", "delete", name], check=True)


def test_two_networks_with_one_bridge(module, virsh, unique, refuses):
    name = f"b-{unique}"
    settle(module, "network", name=unique, bridge=name)
    failed = module("network", fails=True, name="other", bridge=name)
    assert f"bridge: network {unique} has the bridge {name}" in failed["msg"]
    assert "other" not in virsh("net-list", "--all", "--name")
    refuses(f"<network><name>other</name><bridge name='{name}'/></network>", "already")


def test_a_network_whose_bridge_the_host_has(module, virsh, unique, refuses):
    name = f"b-{unique}"
    with bridge(name):
        failed = module("network", fails=True, name=unique, bridge=name)
        assert f"bridge: the host has a device {name} already" in failed["msg"]
        assert unique not in virsh("net-list", "--all", "--name")
        refuses(f"<network><name>{unique}</name><bridge name='{name}'/></network>", "exists|already|in use")
        defined = module("network", name=unique, bridge=name, state="inactive")
        assert "Declare" not in str(defined.get("warnings", "")) and defined["changed"]


def test_a_network_whose_subnet_the_host_has(module, virsh, unique, refuses):
    ips = [{"address": "192.0.2.1", "prefix": 25}]
    xml = f"<network><name>{unique}</name><ip address='192.0.2.1' prefix='25'/></network>"
    with bridge(f"b-{unique}", "192.0.2.99/25"):
        failed = module("network", fails=True, name=unique, ips=ips)
        assert f"ips: 192.0.2.0/25 is the subnet of device b-{unique} of the host" in failed["msg"]
        assert unique not in virsh("net-list", "--all", "--name")
        refuses(xml, "already in use by interface")
    settle(module, "network", name=unique, ips=ips)
    module("network", name=unique, ips=ips, mtu=1400, restart="always")  # its own is none of another


@pytest.mark.parametrize("names", [("b", "a"), ("a", "b")])
def test_two_networks_of_a_document_with_one_subnet(module, virsh, names):
    networks = [{"name": name, "ips": [{"address": "192.0.2.1", "prefix": 24}]} for name in names]
    failed = module("converge", fails=True, networks=networks)
    assert f"networks[{names[1]}].ips: 192.0.2.0/24 is the subnet of network {names[0]}" in failed["msg"]
    assert virsh("net-list", "--all", "--name").split() == []


def test_two_networks_of_a_document_of_which_xml_says_more(module, virsh, refuses):
    bridge, address = "<bridge name='br-x'/>", "<ip address='192.0.2.1' netmask='255.255.255.0'/>"
    ips = [{"address": "192.0.2.9", "prefix": 24}]
    for inner, options, message in (
        (bridge, {"bridge": "br-x"}, "networks[b].bridge: network a has the bridge br-x"),
        (address, {"ips": ips}, "networks[b].ips: 192.0.2.0/24 is the subnet of network a"),
    ):
        networks = [{"name": "a", "xml": f"<network>{inner}</network>"}, {"name": "b", **options}]
        assert message in module("converge", fails=True, networks=networks)["msg"]
        assert virsh("net-list", "--all", "--name").split() == []
        module("network", **networks[0])
        refuses(f"<network><name>b</name>{inner}</network>", "already|in use")
        module("network", name="a", state="absent")


def test_two_pools_in_one_directory(module, virsh, pool, folder, unique, refuses):
    failed = module("pool", fails=True, name="other", type="dir", target=f"//{str(folder)[1:]}/")
    assert f"target: pool {pool} is in the same place" in failed["msg"]
    assert "other" not in virsh("pool-list", "--all", "--name")
    refuses(f"<pool type='dir'><name>other</name><target><path>{folder}</path></target></pool>", "conflict")


_ISCSI = {"type": "iscsi", "source": {"hosts": [{"name": "192.0.2.1"}], "devices": ["iqn.2013-06.com.example:disks"]}}
_NFS = {"type": "netfs", "target": "/mnt/a", "source": {"hosts": [{"name": "192.0.2.1", "port": 2049}], "dir": "/e"}}
_GROUP = {"type": "logical", "source": {"name": "vg0"}}
#: Two pools, and what of the other one is in the same place, if it is.
TWO_POOLS: dict[str, tuple[dict[str, t.Any], dict[str, t.Any], str]] = {
    "a device of another type": (
        {"type": "fs", "target": "/mnt/a", "source": {"devices": ["/dev/vdz"]}},
        {"type": "logical", "source": {"name": "vg0", "devices": ["/dev/vdy", "/dev/vdz"]}},
        "source",
    ),
    "multipath": ({"type": "mpath"}, {"type": "mpath"}, "type"),
    "a target at another host": (
        _ISCSI,
        {**_ISCSI, "source": {**_ISCSI["source"], "hosts": [{"name": "192.0.2.2"}]}},
        "source",
    ),
    "a target of another initiator": (
        _ISCSI,
        {**_ISCSI, "source": {**_ISCSI["source"], "initiator": "iqn.2013-06.com.example:me"}},
        "",
    ),
    "an adapter in other words": (
        {"type": "scsi", "source": {"adapter": {"type": "scsi_host", "name": "scsi_host5"}}},
        {"type": "scsi", "source": {"adapter": {"type": "scsi_host", "name": "host5"}}},
        "source",
    ),
    "an export": (_NFS, {**_NFS, "target": "/mnt/b"}, "source"),
    "an export at another port": (
        _NFS,
        {**_NFS, "source": {**_NFS["source"], "hosts": [{"name": "192.0.2.1", "port": 2050}]}},
        "",
    ),
    "a volume group": (_GROUP, _GROUP, ""),
}


@pytest.mark.parametrize("what", TWO_POOLS)
def test_two_pools_in_one_place(module, virsh, unique, refuses, what):
    first, second, option = TWO_POOLS[what]
    settle(module, "pool", name=unique, state="inactive", **first)
    if not option:
        settle(module, "pool", name="other", state="inactive", **second)
        return
    failed = module("pool", fails=True, name="other", state="inactive", **second)
    assert failed["msg"].startswith(f"{option}: pool {unique} is in the same place")
    xml = re.sub("<uuid>.*</uuid>", "", virsh("pool-dumpxml", unique))
    virsh("pool-undefine", unique)
    settle(module, "pool", name="other", state="inactive", **second)
    refuses(xml, "conflict")


def test_a_pool_of_nfs_without_the_program_that_mounts_it(module, virsh, unique, refuses, tmp_path):
    assert shutil.which("mount.nfs") is None, "then libvirt would wait for the server"
    failed = module("pool", fails=True, name=unique, **{**_NFS, "target": str(tmp_path)})
    assert "type: libvirt needs the program mount.nfs, which is not installed" in failed["msg"]
    assert unique not in virsh("pool-list", "--all", "--name")
    source = "<source><host name='192.0.2.1'/><dir path='/e'/></source>"
    refuses(f"<pool type='netfs'><name>x</name>{source}<target><path>{tmp_path}</path></target></pool>", "mount")
    settle(module, "pool", name=unique, state="inactive", **_NFS)


def test_a_path_with_more_slashes_than_it_needs(module, virsh, unique, tmp_path):
    settle(module, "pool", name=unique, type="dir", target=f"//{str(tmp_path)[1:]}///deep//")
    assert f"<path>{tmp_path}/deep</path>" in virsh("pool-dumpxml", unique)


def test_a_domain_with_the_uuid_of_another(module, virsh, unique, refuses):
    first = module("domain", **guest(unique))["domain"]["uuid"]
    failed = module("domain", fails=True, **guest("other", uuid=first.upper()))
    assert f"uuid: {first} is the UUID of domain {unique}" in failed["msg"]
    assert "other" not in virsh("list", "--all", "--name")
    refuses(_domain("other", f"<uuid>{first}</uuid>"), "already")


#: What of a domain cannot be had on the host: options, the message, what libvirt is given instead and says.
NOT_TO_BE_HAD = {
    "a type": ({"type": "kvm"}, "type: this host has no guests of type kvm", {"type": "kvm"}, "kvm|KVM"),
    "a CPU model": (
        {"cpu": {"mode": "custom", "model": "z80"}},
        "cpu.model: this host's QEMU has no CPU model z80",
        {"inner": "<cpu mode='custom' match='exact'><model>z80</model></cpu>"},
        "[Uu]nknown CPU model",
    ),
    "a CPU mode": (
        {"cpu": {"mode": "host-passthrough"}},
        "cpu.mode: a guest of type qemu has no CPU mode host-passthrough. Declare one of ",
        {"inner": "<cpu mode='host-passthrough'/>"},
        "not supported",
    ),
    "many vCPUs": (
        {"vcpus": 1000},
        "vcpus: 1000 vCPUs are more than the machine q35 can have",
        {"inner": "<vcpu>1000</vcpu>"},
        "greater than",
    ),
    "much memory": (
        {"memory": "500GiB"},
        "memory: 500GiB are more than the kernel gives to one process",
        {"memory": str(500 * 1024**2)},
        "[Cc]annot allocate memory|cannot set up guest memory",
    ),
    "a bridge": (
        {"interfaces": [{"bridge": "br-none"}]},
        "interfaces: the host has no device br-none",
        {"devices": "<interface type='bridge'><source bridge='br-none'/></interface>"},
        "br-none",
    ),
}


def test_a_password_that_vnc_does_not_take(module, unique, refuses):
    failed = module("domain", fails=True, **guest(unique, graphics=[{"type": "vnc", "password": "nine-long"}]))
    assert "graphics[0].password: a password for VNC has eight characters at most" in failed["msg"]
    assert "nine-long" not in str(failed)
    device = "<graphics type='vnc' passwd='nine-long'/>"
    xml = f"<domain><devices>{device}</devices></domain>"
    failed = module("domain", fails=True, **guest(unique, xml=xml))
    assert failed["msg"].startswith("xml: a password for VNC has eight characters at most")
    assert "nine-long" not in str(failed)
    refuses(_domain(unique, devices=device), "only 8 permitted")
    settle(module, "domain", **guest(unique, graphics=[{"type": "vnc", "password": "8-please"}]))


@pytest.mark.parametrize("what", NOT_TO_BE_HAD)
def test_a_domain_cannot_have(module, virsh, unique, refuses, what):
    options, message, instead, why = NOT_TO_BE_HAD[what]
    if what == "a type" and pathlib.Path("/dev/kvm").exists():
        options = {"type": "hvf"}
    failed = module("domain", fails=True, **guest(unique, **{"state": "running", **options}))
    assert message in failed["msg"]
    assert unique not in virsh("list", "--all", "--name")
    refuses(_domain(unique, **instead), why)


def test_a_cpu_model_that_is_nearly_right(module, unique):
    failed = module("domain", fails=True, **guest(unique, cpu={"mode": "custom", "model": "Skylake-Sever"}))
    assert "Did you mean Skylake-Server" in failed["msg"]


def test_a_domain_whose_network_is_down(module, virsh, unique):
    module("network", name=unique, state="inactive")
    options = {"state": "running", "interfaces": [{"network": unique}]}
    failed = module("domain", fails=True, **guest(unique, **options))
    assert f"interfaces: network {unique} is not active" in failed["msg"]
    assert unique not in virsh("list", "--all", "--name")
    module("domain", **guest(unique, **{**options, "state": "stopped"}))
    assert f"network {unique} is not active" in module("domain", fails=True, name=unique, state="running")["msg"]
    document = {"networks": [{"name": unique}], "domains": [{"name": unique, "state": "running"}]}
    module("converge", **document)
    assert unique in virsh("list", "--name")


def test_a_domain_whose_network_is_on_a_bridge_that_is_not_there(module, virsh, unique, refuses):
    """libvirt starts the network all the same: the bridge may be made later. No guest starts in it before."""
    module("network", name=unique, bridge="br-none", forward={"mode": "bridge"})
    assert unique in virsh("net-list", "--name").split()
    options = guest(unique, state="running", interfaces=[{"network": unique}])
    failed = module("domain", fails=True, **options)
    assert "interfaces: the host has no device br-none" in failed["msg"]
    assert unique not in virsh("list", "--all", "--name")
    refuses(_domain(unique, devices=f"<interface type='network'><source network='{unique}'/></interface>"), "br-none")
    with bridge("br-none"):
        module("domain", **options)
        module("domain", name=unique, state="absent", force=True)


@pytest.mark.parametrize("mode", ["passthrough", "hostdev"])
def test_a_network_of_virtual_functions_that_are_not_there(module, virsh, unique, refuses, mode):
    options = {"name": unique, "forward": {"mode": mode, "pf": "eth9"}}
    failed = module("network", fails=True, **options)
    assert "forward.pf: the host has no device eth9 with virtual functions" in failed["msg"]
    assert unique not in virsh("net-list", "--all", "--name")
    refuses(f"<network><name>x</name><forward mode='{mode}'><pf dev='eth9'/></forward></network>", "Vf|[Vv]irtual")
    settle(module, "network", **options, state="inactive")


@pytest.mark.parametrize("mode", ["private", "bridge", "vepa", "passthrough"])
def test_a_domain_whose_network_is_on_devices_that_are_not_there(module, virsh, unique, refuses, mode):
    module("network", name=unique, forward={"mode": mode, "interfaces": [{"dev": "eth9"}]})
    failed = module("domain", fails=True, **guest(unique, state="running", interfaces=[{"network": unique}]))
    assert "interfaces: the host has no device eth9" in failed["msg"]
    assert unique not in virsh("list", "--all", "--name")
    refuses(_domain(unique, devices=f"<interface type='network'><source network='{unique}'/></interface>"), "eth9")


def test_a_domain_on_the_bridge_of_a_network_that_the_document_starts(module, virsh, unique):
    xml = f"<network><name>{unique}</name><bridge name='b-{unique}'/></network>"
    network = {"name": unique, "xml": xml}
    interface = guest(unique, state="running", interfaces=[{"bridge": f"b-{unique}"}])
    for state in ("absent", "inactive"):
        module("network", **{**network, "state": state})
        failed = module("converge", fails=True, networks=[{**network, "state": "inactive"}], domains=[interface])
        assert f"interfaces: the host has no device b-{unique}" in failed["msg"]
        predicted = module("converge", check_mode=True, networks=[network], domains=[interface])
        assert [one["verb"] for one in predicted["actions"]][-2:] == ["define", "start"]
    module("converge", networks=[{"name": unique}], domains=[interface])
    assert virsh("list", "--name").split() == [unique]


#: Where a path for a socket is declared, and the same for libvirt.
SOCKETS: dict[str, tuple[dict[str, t.Any], str]] = {
    "disks[0].vhost_user.path": (
        {"disks": [{"vhost_user": {"path": "{}"}, "target": "vda"}]},
        "<disk type='vhostuser'><driver name='qemu' type='raw'/><source type='unix' path='{}'/>"
        "<target dev='vda' bus='virtio'/></disk>",
    ),
    "interfaces[0].vhost_user.path": (
        {"interfaces": [{"vhost_user": {"path": "{}", "mode": "client"}}]},
        "<interface type='vhostuser'><source type='unix' path='{}' mode='client'/><model type='virtio'/></interface>",
    ),
    "shmems[0].server": (
        {"shmems": [{"name": "a", "model": "ivshmem-doorbell", "server": "{}"}]},
        "<shmem name='a'><model type='ivshmem-doorbell'/><server path='{}'/></shmem>",
    ),
    "disks[0].network.hosts[0].socket": (
        {
            "disks": [
                {"network": {"protocol": "nbd", "hosts": [{"transport": "unix", "socket": "{}"}]}, "target": "vda"}
            ]
        },
        "<disk type='network'><source protocol='nbd'><host transport='unix' socket='{}'/></source>"
        "<target dev='vda' bus='virtio'/></disk>",
    ),
}


@pytest.mark.parametrize("option", SOCKETS)
def test_a_path_that_is_too_long_for_a_socket(module, virsh, unique, refuses, option):
    options, devices = SOCKETS[option]
    path = "/run/" + "s" * 104  # one byte less, and QEMU looks for it
    shared = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>"
    memory = {"memory_backing": {"source": "memfd", "access": "shared"}}
    declared = json.loads(json.dumps(options).replace("{}", path))
    failed = module("domain", fails=True, **guest(unique, state="running", **memory, **declared))
    assert f"{option}: 109 bytes are too long for the path of a socket" in failed["msg"]
    xml = f"<domain><devices>{devices.format(path)}</devices></domain>"
    failed = module("domain", fails=True, **guest(unique, state="running", **memory, xml=xml))
    assert failed["msg"].startswith("xml: 109 bytes are too long for the path of a socket")
    assert unique not in virsh("list", "--all", "--name")
    refuses(_domain(unique, shared, devices.format(path)), "too long")


def test_a_channel_with_too_long_a_name(module, virsh, unique, refuses):
    """Of the path that libvirt makes of it, the number of the run is not known before: here it has one digit."""
    folder = f"/var/lib/libvirt/qemu/channel/target/domain-1-{unique}/"
    name = "n" * (108 - len(folder))
    options = guest(unique, state="running", channels=[{"type": "unix", "name": name}])
    failed = module("domain", fails=True, **options)
    assert "channels[0].name: 108 bytes are too long for the path of the socket" in failed["msg"]
    assert unique not in virsh("list", "--all", "--name")
    refuses(
        _domain(unique, devices=f"<channel type='unix'><target type='virtio' name='{name}'/></channel>"), "too long"
    )
    module("domain", **{**options, "channels": [{"type": "unix", "name": name, "mode": "bind", "path": "/run/a.sock"}]})


#: What a guest cannot run without: options, where they say it, and the same for libvirt.
FILES: dict[str, tuple[dict[str, t.Any], str, dict[str, str]]] = {
    "an image": (
        {"disks": [{"file": "/nowhere/a"}]},
        "disks[0].file",
        {"devices": "<disk type='file'><source file='/nowhere/a'/><target dev='vda' bus='virtio'/></disk>"},
    ),
    "a device": (
        {"disks": [{"block": "/nowhere/a"}]},
        "disks[0].block",
        {"devices": "<disk type='block'><source dev='/nowhere/a'/><target dev='vda' bus='virtio'/></disk>"},
    ),
    "a disc that is requisite": (
        {"disks": [{"file": "/nowhere/a", "device": "cdrom", "startup_policy": "requisite"}]},
        "disks[0].file",
        {
            "devices": "<disk type='file' device='cdrom'><source file='/nowhere/a' startupPolicy='requisite'/>"
            "<target dev='sda' bus='sata'/></disk>"
        },
    ),
    "a kernel": ({"kernel": "/nowhere/a"}, "kernel", {"os": "<kernel>/nowhere/a</kernel>"}),
    "an initrd": (
        {"kernel": "/dev/null", "initrd": "/nowhere/a"},
        "initrd",
        {"os": "<kernel>/dev/null</kernel><initrd>/nowhere/a</initrd>"},
    ),
    "a device tree": (
        {"kernel": "/dev/null", "dtb": "/nowhere/a"},
        "dtb",
        {"os": "<kernel>/dev/null</kernel><dtb>/nowhere/a</dtb>"},
    ),
    "a firmware": (
        {"loader": {"path": "/nowhere/a", "type": "rom"}},
        "loader.path",
        {"os": "<loader type='rom'>/nowhere/a</loader>"},
    ),
}


@pytest.mark.parametrize("what", FILES)
def test_a_domain_without_a_file_that_it_needs(module, virsh, unique, refuses, what):
    options, option, instead = FILES[what]
    failed = module("domain", fails=True, **guest(unique, state="running", **options))
    assert failed["msg"].startswith(f"{option}: there is no file '/nowhere/a'")
    assert unique not in virsh("list", "--all", "--name")
    refuses(_domain(unique, **instead), "/nowhere/a")
    module("domain", **guest(unique, state="stopped", **options))
    assert "there is no file '/nowhere/a'" in module("domain", fails=True, name=unique, state="running")["msg"]


def test_a_disk_without_its_file_is_not_plugged_in(module, virsh, unique):
    module("domain", **guest(unique, state="running", controllers=[{"type": "scsi", "model": "virtio-scsi"}]))
    failed = module("domain", fails=True, name=unique, disks=[{"file": "/nowhere/a", "target": "sdb", "bus": "scsi"}])
    assert failed["msg"].startswith("disks[0].file: there is no file '/nowhere/a'")
    with pytest.raises(AssertionError, match="/nowhere/a"):
        virsh("attach-disk", unique, "/nowhere/a", "sdb", "--targetbus", "scsi")


def test_a_disk_that_a_running_domain_writes_to(module, virsh, unique, tmp_path, refuses):
    disk = tmp_path / "disk.qcow2"
    subprocess.run([*QCOW2, disk, "1M"], check=True)
    disks = [{"file": str(disk), "format": "qcow2"}]
    module("domain", **guest(unique, state="running", disks=disks))
    failed = module("domain", fails=True, **guest("other", state="running", disks=disks))
    assert f"disks: '{disk}' is a disk of domain {unique}, which runs" in failed["msg"]
    assert "other" not in virsh("list", "--all", "--name")
    device = f"<disk type='file'><driver type='qcow2'/><source file='{disk}'/><target dev='vda' bus='virtio'/></disk>"
    refuses(_domain("other", devices=device), "lock")
    again = {"domains": [{"name": unique, "state": "stopped", "force": True, "shutdown_timeout": 1}]}
    again["domains"].append(guest("other", state="running", disks=disks))
    module("converge", **again)
    assert virsh("list", "--name").split() == ["other"]


def test_an_image_that_looks_like_another_format(module, virsh, unique, tmp_path):
    """As raw it would start: the guest would see QEMU's header, and write over it."""
    disk, raw = tmp_path / "disk.img", tmp_path / "raw.img"
    subprocess.run([*QCOW2, disk, "1M"], check=True)
    raw.write_bytes(bytes(1024**2))
    for path, said, looks in ((disk, None, "qcow2"), (disk, "raw", "qcow2"), (raw, "qcow2", "raw")):
        declared = [{"file": str(path), **({"format": said} if said else {})}]
        failed = module("domain", fails=True, **guest(unique, disks=declared))
        assert f"disks: '{path}' looks like a {looks} image, and the disk is {said or 'raw'}" in failed["msg"]
        assert f"Declare format: {looks}" in failed["msg"]
    assert unique not in virsh("list", "--all", "--name")
    module("domain", **guest(unique, disks=[{"file": str(raw)}]))
    raw.write_bytes(disk.read_bytes())  # the guest writes what looks like an image
    assert not module("domain", **guest(unique, disks=[{"file": str(raw)}]))["changed"]
    assert "<driver name='qemu' type='raw'" in virsh("dumpxml", unique)


def test_an_internal_snapshot_of_a_guest_with_uefi(module, virsh, unique, tmp_path):
    disk = tmp_path / "disk.qcow2"
    subprocess.run([*QCOW2, disk, "1M"], check=True)
    module("domain", **guest(unique, state="running", firmware="efi", disks=[{"file": str(disk), "format": "qcow2"}]))
    failed = module("snapshot", fails=True, domain=unique, name="one")
    assert "mode: this libvirt makes no internal snapshots of a guest with UEFI. Use mode external" in failed["msg"]
    assert virsh("snapshot-list", unique, "--name").strip() == ""
    with pytest.raises(AssertionError, match="pflash"):
        virsh("snapshot-create-as", unique, "one")


#: Volumes that cannot be made, with what is wrong.
CONTENT = {
    "a capacity below it": ({"capacity": "1MiB"}, "large", "capacity: 1MiB is below the 2MiB of the content"),
    "a file below it": ({}, "overlay", "source: the image has content in another file"),
    "another checksum": ({"checksum": "sha256:" + "0" * 64}, "large", "source.checksum: "),
    "a web page": ({}, "page", "source: the content is a web page, not a disk image"),
    "a message": ({}, "message", "source: the content is a text, not a disk image"),
}


@pytest.mark.parametrize("what", CONTENT)
@pytest.mark.parametrize("check_mode", [True, False])
def test_content_that_cannot_become_a_volume(module, virsh, pool, unique, tmp_path, what, check_mode):
    subprocess.run([*QCOW2, tmp_path / "large", "2M"], check=True)
    subprocess.run([*QCOW2, "-b", tmp_path / "large", "-F", "qcow2", tmp_path / "overlay"], check=True)
    (tmp_path / "page").write_text("<!-- saved --><!doctype html><html></html>")
    (tmp_path / "message").write_text("404 page not found\n")
    options, file, message = CONTENT[what]
    source = {"path": str(tmp_path / file), **{key: one for key, one in options.items() if key == "checksum"}}
    capacity = {key: one for key, one in options.items() if key == "capacity"}
    failed = module("volume", check_mode=check_mode, fails=True, pool=pool, name="a.qcow2", source=source, **capacity)
    assert message in failed["msg"]
    assert "a.qcow2" not in virsh("vol-list", pool)


def test_a_volume_without_room_and_one_in_a_file_system_that_is_read_only(module, virsh, unique, tmp_path):
    where = tmp_path / "small"
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4M", "tmpfs", where], check=True)
    try:
        module("pool", name=unique, type="dir", target=str(where))
        (tmp_path / "large").write_bytes(b"\1" * 5 * 1024**2)
        (tmp_path / "tiny").write_bytes(b"\1" * 1024**2)
        for options in (
            {"capacity": "5MiB", "preallocation": "falloc"},
            {"source": {"path": str(tmp_path / "large")}},
            {"source": {"path": str(tmp_path / "tiny")}, "capacity": "5MiB", "preallocation": "falloc"},
        ):
            failed = module("volume", fails=True, pool=unique, name="a.raw", format="raw", **options)
            assert f"pool: pool '{unique}' has 4MiB available, and it needs 5MiB" in failed["msg"]
        settle(module, "volume", pool=unique, name="thin.qcow2", capacity="1GiB")
        subprocess.run(["mount", "-o", "remount,ro", where], check=True)
        for options in (
            {"name": "b.qcow2", "capacity": "1MiB"},
            {"name": "seed.iso", "seed": {"user_data": {}}},
            {"name": "thin.qcow2", "capacity": "2GiB"},
            {"name": "thin.qcow2", "state": "absent"},
        ):
            failed = module("volume", fails=True, pool=unique, **options)
            assert f"pool: the file system of pool '{unique}' is read-only" in failed["msg"]
        for refused in (("vol-resize", "thin.qcow2", "2G"), ("vol-delete", "thin.qcow2")):
            with pytest.raises(AssertionError, match="[Rr]ead-only file system|Failed to get .*write.* lock|error"):
                virsh(refused[0], "--pool", unique, *refused[1:])
        assert not module("volume", pool=unique, name="thin.qcow2", capacity="1GiB")["changed"]
    finally:
        virsh("pool-destroy", unique)
        subprocess.run(["umount", where], check=True)


def test_a_copy_that_is_smaller(module, virsh, pool):
    module("volume", pool=pool, name="gold.qcow2", capacity="2MiB")
    failed = module("volume", fails=True, pool=pool, name="a.qcow2", capacity="1MiB", source={"volume": "gold.qcow2"})
    assert failed["msg"].startswith("capacity: 1MiB is below the 2MiB of the content")
    assert "a.qcow2" not in virsh("vol-list", pool)


@pytest.mark.parametrize(
    ("program", "options"),
    [
        ("xorriso", {"seed": {"user_data": {}}}),
        ("qemu-img", {"source": {"url": "http://a.example/a", "checksum": "sha256:" + "0" * 64}}),
        ("zstd", {"source": {"path": "FOLDER/a.zst"}}),
    ],
)
def test_a_program_that_modules_need_is_not_there(module, virsh, pool, tmp_path, monkeypatch, program, options):
    """Their own, which they run on the host: all programs are there but for this one."""
    (tmp_path / "a.zst").write_bytes(b"\x28\xb5\x2f\xfd")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in {"xorriso", "qemu-img", "zstd"} - {program}:
        (folder / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(folder))
    declared = json.loads(json.dumps(options).replace("FOLDER", str(tmp_path)))
    failed = module("volume", fails=True, pool=pool, name="a", **declared)
    assert failed["msg"].startswith(f"the program {program} is not installed. Install the package ")
    monkeypatch.undo()
    assert virsh("vol-list", pool).strip() == ""


def test_names_that_are_too_long(module, virsh, conn):
    """The longest that is taken is one that libvirt takes as well."""
    name = "n" * 247
    settle(module, "domain", **guest(name))
    settle(module, "network", name=name, state="inactive")
    for kind, options in (("domain", guest(name + "n")), ("network", {"name": name + "n"})):
        assert "name: a name of 248 bytes is too long" in module(kind, fails=True, **options)["msg"]
    with pytest.raises(libvirt.libvirtError, match="too long"):
        conn.defineXML(_domain("n" * 252))


def test_a_schema_error_of_an_option_is_not_laid_at_the_door_of_xml(module, unique):
    """The option is one that this libvirt's schema does not know."""
    hyperv = {"tlbflush": True, "tlbflush_direct": True}
    options = guest(unique, features={"hyperv": hyperv}, xml="<domain><title>x</title></domain>")
    failed = module("domain", fails=True, **options)
    assert failed["msg"].startswith("libvirt's schema does not allow <direct")
    unknown = "<domain><features><hyperv><none/></hyperv></features></domain>"
    failed = module("domain", fails=True, **guest(unique, xml=unknown))
    assert failed["msg"].startswith("xml: libvirt's schema does not allow <none>")


def test_a_watchdog_that_this_libvirt_does_not_have(module, unique, refuses):
    failed = module("domain", fails=True, **guest(unique, watchdogs=[{"model": "itco"}]))
    assert "watchdogs: libvirt 9.0 has no watchdog itco. Use i6300esb" in failed["msg"]
    refuses(_domain(unique, devices="<watchdog model='itco'/>"), "itco")
