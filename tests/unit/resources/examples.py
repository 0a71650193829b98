# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user may write for a property, and what that needs around it: for properties.py."""

from __future__ import annotations

import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.devices.common import ALIAS
from ansible_collections.kvm.fleet.plugins.module_utils.xml.pci import PCI
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import ADDRESS, UUID

from . import machine_examples

UUID_ = "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d999"
#: What a user may write for a type that has no choices, by the type of its option.
WRITTEN: dict[str, list[t.Any]] = {
    "str": ["some-text"],
    "int": [3],
    "bool": [True, False],
    "path": ["/srv/some where/é"],
}
#: And where not every text or number means something.
SPECIAL: dict[str, list[t.Any]] = {
    "mac": ["52:54:00:AA:BB:CC", "52-54-0-a-b-c"],
    "ips.address": ["10.1.2.3", "fd00::1"],
    "ips.prefix": [0, 32],
    "ips.dhcp.ranges.start": ["10.1.2.3"],
    "ips.dhcp.ranges.end": ["fd00:0::0002"],
    "ips.dhcp.hosts.mac": ["52:54:00:AA:BB:CC"],
    "ips.dhcp.hosts.id": ["00:01:00:01:aa:bb"],
    "ips.dhcp.hosts.ip": ["10.1.2.3"],
    "forward.addresses": [["0000:04:10.1", "5:0.3"], []],
    "forward.nat.address": [{"start": "192.0.2.1", "end": "192.0.2.1"}, {}],
    "forward.nat.port": [{"start": 1, "end": 65535}, {}],
    "forward.dev": ["eth9", ""],
    "domain.name": ["x.test", ""],
    "dnsmasq_options": [["log-queries", "cname=a,b"], []],
    "dns.forwarders.addr": ["fd00::5", "10.1.2.3"],
    "dns.forwarders.domain": ["x.test", ""],
    "dns.txt.name": ["x.test"],
    "dns.srv.domain": ["x.test", ""],
    "vlan.tags.id": [0, 4095],
    "portgroups.vlan.tags.id": [5],
    "ips.dhcp.ranges.lease": [0, 3600],
    "ips.dhcp.hosts.lease": [120],
    "ips.tftp.root": ["/srv/tftp", ""],
    "ips.dhcp.bootp.file": ["/pxe.0", ""],
    "ips.dhcp.bootp.server": ["10.1.2.3", ""],
    "routes.address": ["10.9.0.0"],
    "routes.prefix": [16],
    "routes.gateway": ["10.77.0.3"],
    **{
        f"{group}virtualport.{name}": ["5F6CBB8E3C384B35A7BE7F80F5A2D999"]
        for group in ("", "portgroups.")
        for name in ("interface_id", "instance_id")
    },
    "dns.hosts.ip": ["fd00::5"],
    "dns.hosts.hostnames": [["b", "a", "c"], ["one"]],
    "mtu": [68, 65535],
    "uuid": ["5F6CBB8E3C384B35A7BE7F80F5A2D999"],
    "title": ["Web <1> & \"two\" 'three'"],
    "description": ["Zeile eins: äöü\nline two\ttab"],
    "memory": ["128MiB", "1.5GiB", 1000000],
    "memory_max": ["4GB", "2 TiB"],
    "arch": ["x86_64", "aarch64"],
    "boot": [["network", "hd"], ["cdrom"], []],
    "disks.target": ["vdz", "sdaa"],
    "disks.serial": ["WD-WMAP9A966149"],
    "controllers.model": ["virtio-scsi"],
    "controllers.model_name": ["ioh3420"],
    "tpm.encryption.secret.uuid": ["5F6CBB8E3C384B35A7BE7F80F5A2D999"],
    **{f"{name}.target_model": ["16550a"] for name in ("serials", "parallels", "consoles")},
    "parallels.target_type": ["isa-serial"],
    "smartcards.certificates": [["one", "two", "three"]],
    "hostdevs.usb.vendor": ["0x1D6B", "1d6b"],
    "hostdevs.usb.product": ["0x0002"],
    "hostdevs.vhost_scsi": ["naa.5123456789abcde0"],
    "memory_devices.nodemask": ["0-1"],
    "filesystems.fmode": ["0600"],
    "filesystems.dmode": ["0700"],
    "graphics.valid_to": ["2027-01-31T12:00:00"],
    "disks.wwn": ["5000C500A1B2C3D4"],
    "disks.vendor": ["SEAGATE"],
    "interfaces.vdpa": ["/dev/vhost-vdpa-0"],
    "interfaces.filterref.parameters.name": ["DHCPSERVER"],
    "interfaces.filterref.parameters.value": ["10.0.0.1"],
    "interfaces.mac": ["52:54:00:AA:BB:CC"],
    "interfaces.mtu": [1500],
    "serials.target_type": ["isa-serial", "usb-serial"],
    "consoles.target_type": ["virtio", "sclp"],
    "graphics.listen": ["127.0.0.1", "0.0.0.0"],
    "graphics.port": [5901, -1],
    "source.devices": [["/dev/vdb"], ["iqn.2013-06.com.example:disks"]],
    "mount_options": [["ro", "nodev"], []],
    **{
        f"source.adapter.{name}": ["5000C500A1B2C3D4"]
        for name in ("wwnn", "wwpn", "parent_wwnn", "parent_wwpn", "parent_fabric_wwn")
    },
    "permissions.mode": ["0711", "640"],
    "cluster_size": ["128KiB"],
    "encryption.cipher.size": [256],
    "rules.match": [{"dstportstart": "22"}],
    "rules.match_not": [{"srcipaddr": "10.0.0.1"}],
    **machine_examples.SPECIAL,
}
#: And where a type says which.
OF_TYPE: list[tuple[t.Any, list[t.Any]]] = [
    (ALIAS.type, ["ua-disk_1"]),
    (UUID, ["5F6CBB8E3C384B35A7BE7F80F5A2D999"]),
    (PCI, ["0000:65:1F.7", "1:2.3"]),
    (ADDRESS, ["10.1.2.3"]),
]
#: Devices that have a source on the host which can be labelled, beside disks.
WITH_SOURCE = ("serials", "parallels", "consoles", "channels", "redirdevs")
#: What a value needs beside it to be allowed, by how the name of its option and the value begin.
COMPANIONS: dict[str, dict[str, t.Any]] = {
    "disks.pool": {"volume": "a"},
    "disks.volume": {"pool": "a"},
    "disks.device-lun": {"block": "/dev/sdy"},
    "disks.sgio": {"device": "lun", "block": "/dev/sdy"},
    "disks.rawio": {"device": "lun", "block": "/dev/sdy"},
    "disks.network.": {"network": {"protocol": "rbd", "name": "a/b"}},
    "disks.network.query": {"network": {"protocol": "http", "name": "a", "hosts": [{"name": "b"}]}},
    "disks.network.readahead": {"network": {"protocol": "http", "name": "a", "hosts": [{"name": "b"}]}},
    "disks.network.timeout": {"network": {"protocol": "http", "name": "a", "hosts": [{"name": "b"}]}},
    "disks.network.ssl_verify": {"network": {"protocol": "https", "name": "a", "hosts": [{"name": "b"}]}},
    "disks.network.tls": {"network": {"protocol": "nbd", "hosts": [{"name": "b"}]}},
    "disks.network.initiator": {"network": {"protocol": "iscsi", "name": "a", "hosts": [{"name": "b"}]}},
    "disks.network.user": {"network": {"protocol": "nfs", "name": "a", "hosts": [{"name": "b"}], "group": "c"}},
    "disks.network.group": {"network": {"protocol": "nfs", "name": "a", "hosts": [{"name": "b"}], "user": "c"}},
    **{
        f"disks.network.protocol-{name}": {"network": {"name": "a", "hosts": [{"name": "b"}]}}
        for name in ("rbd", "iscsi", "nbd", "http", "https", "ftp", "ftps", "tftp", "gluster")
    },
    "disks.network.protocol-nfs": {"network": {"name": "a", "hosts": [{"name": "b"}], "user": "c"}},
    "disks.network.hosts.": {"name": "b"},
    "disks.network.hosts.transport-unix": {"socket": "/run/a"},
    "disks.network.hosts.socket": {"transport": "unix"},
    "disks.nvme.": {"nvme": {"address": "0000:65:00.0", "namespace": 1}},
    "disks.vhost_user.": {"vhost_user": {"path": "/run/a"}},
    "disks.auth.": {
        "network": {"protocol": "rbd", "name": "a/b"},
        "auth": {"username": "a", "secret": {"usage": "b"}},
    },
    "disks.auth.secret.": {
        "network": {"protocol": "rbd", "name": "a/b"},
        "auth": {"username": "a"},
    },
    "disks.encryption.": {"encryption": {"format": "luks", "secret": {"usage": "b"}}},
    "disks.encryption.secret.": {"encryption": {"format": "luks"}},
    **{f"{device}.seclabels.model": {"relabel": False} for device in ("disks", *WITH_SOURCE)},
    **{f"{device}.seclabels.relabel-True": {"label": "a"} for device in ("disks", *WITH_SOURCE)},
    **{f"{device}.seclabels.label": {"relabel": True} for device in ("disks", *WITH_SOURCE)},
    "disks.transient_share_backing": {"transient": True},
    "disks.geometry.": {"geometry": {"cyls": 16383, "heads": 16, "secs": 63}},
    "audios.path": {"type": "file"},
    "audios.server_name": {"type": "pulseaudio"},
    "interfaces.direct_mode": {"direct": "eth0"},
    "interfaces.managed": {"hostdev": "0000:65:00.0"},
    "interfaces.portgroup": {"network": "lan"},
    "interfaces.target_managed": {"target_dev": "tap7"},
    "interfaces.vhost_user.": {"vhost_user": {"path": "/run/a", "mode": "client"}},
    "interfaces.filterref.parameters.": {"name": "IP", "value": "1"},
    "interfaces.vlan.tags.": {"id": 7},
    "interfaces.vlan.trunk": {"vlan": {"tags": [{"id": 7}]}},
    "interfaces.virtualport.": {"virtualport": {"type": "openvswitch"}},
    "interfaces.virtualport.profile_id": {"virtualport": {"type": "802.1Qbh"}},
    **{
        f"interfaces.virtualport.{name}": {"virtualport": {"type": "802.1Qbg"}}
        for name in ("instance_id", "manager_id", "type_id", "type_id_version")
    },
    "disks.iotune.read_bytes_sec-": {"iotune": {"total_bytes_sec": 0}},
    "disks.iotune.write_bytes_sec-": {"iotune": {"total_bytes_sec": 0}},
    "interfaces.virtualport.type-midonet": {"virtualport": {"interface_id": "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d999"}},
    "interfaces.teaming.type-transient": {"teaming": {"persistent": "ua-steady"}},
    "interfaces.teaming.persistent": {"teaming": {"type": "transient"}},
    "interfaces.port_forwards.": {"proto": "tcp"},
    "interfaces.port_forwards.ranges.": {"start": 22},
    **machine_examples.COMPANIONS,
}
#: Lists whose recorded items are of one kind: a new item takes the place of the first.
FRESH = (
    *("controllers", "filesystems", "serials", "parallels", "consoles", "channels", "graphics", "videos", "sounds"),
    *("inputs", "redirdevs", "smartcards", "hostdevs", "memory_devices", "rngs", "watchdogs", "panics", "shmems"),
)
COMPANIONS.update(
    {
        "controllers.": {"type": "scsi"},
        "controllers.type-pci": {"model": "pcie-root"},
        "controllers.ports": {"type": "virtio-serial"},
        "controllers.vectors": {"type": "virtio-serial"},
        **{
            f"controllers.{name}": {"type": "pci", "model": "pcie-root-port"}
            for name in ("model_name", "chassis", "chassis_nr", "port-", "bus_nr", "hotplug", "node")
        },
        "controllers.pcihole64": {"type": "pci", "model": "pcie-root"},
        "filesystems.": {"dir": "/a", "target": "b"},
        "filesystems.socket": {"target": "b", "driver": "virtiofs"},
        "filesystems.queue": {"dir": "/a", "target": "b", "driver": "virtiofs"},
        "channels.": {"name": "a"},
        "graphics.": {"type": "spice"},
        **{f"graphics.{name}": {"type": "vnc"} for name in ("websocket", "share_policy", "power_control")},
        "graphics.type": {},
        "graphics.rendernode": {"type": "spice", "gl": True},
        "graphics.channels.": {"name": "main", "mode": "any"},
        "videos.": {"model": "qxl"},
        "videos.resolution.x": {"model": "virtio", "resolution": {"y": 9}},
        "videos.resolution.y": {"model": "virtio", "resolution": {"x": 9}},
        "sounds.": {"model": "ich9"},
        "inputs.": {"type": "tablet"},
        "inputs.type-passthrough": {"evdev": "/dev/input/event1"},
        "inputs.type-evdev": {"dev": "/dev/input/event1"},
        "inputs.evdev": {"type": "passthrough"},
        **{
            f"inputs.{name}": {"type": "evdev", "dev": "/dev/input/event1"}
            for name in ("dev", "grab", "grab_toggle", "repeat")
        },
        "smartcards.": {"mode": "passthrough", "type": "spicevmc"},
        "smartcards.mode": {},
        "smartcards.mode-passthrough": {"type": "spicevmc"},
        "smartcards.mode-host-certificates": {"certificates": ["a", "b", "c"]},
        "smartcards.certificates": {"mode": "host-certificates"},
        "smartcards.database": {"mode": "host-certificates", "certificates": ["a", "b", "c"]},
        "hostdevs.": {"pci": "0000:65:00.0"},
        "hostdevs.mdev": {},
        **{f"hostdevs.{name}": {"mdev": UUID_} for name in ("display", "ramfb", "model-vfio")},
        "hostdevs.usb.": {"usb": {"vendor": "1d6b", "product": "0002"}},
        "hostdevs.usb.bus": {"usb": {"device": 3}},
        "hostdevs.usb.device": {"usb": {"bus": 3}},
        "hostdevs.startup_policy": {"usb": {"vendor": "1d6b", "product": "0002"}},
        "hostdevs.vhost_scsi": {},
        "hostdevs.model-virtio": {"vhost_scsi": "naa.5123456789abcde0"},
        "hostdevs.teaming.type": {"pci": "0000:65:00.0", "teaming": {"persistent": "ua-a"}},
        "hostdevs.teaming.persistent": {"pci": "0000:65:00.0", "teaming": {"type": "transient"}},
        **{
            f"hostdevs.{name}": {"scsi": {"adapter": "scsi_host0", "bus": 0, "target": 0, "unit": 0}}
            for name in ("scsi.", "rawio", "sgio")
        },
        "memory_devices.": {"model": "dimm", "size": "1GiB"},
        "memory_devices.alignsize": {"model": "nvdimm", "size": "1GiB", "path": "/a"},
        "memory_devices.pmem": {"model": "nvdimm", "size": "1GiB", "path": "/a"},
        "rngs.rate.period": {"rate": {"bytes": 1}},
        "watchdogs.": {"model": "i6300esb"},
        "shmems.": {"name": "a"},
        **{
            f"{name}.reconnect": {"type": "tcp", "host": "a", "service": "1", "mode": "connect"}
            for name in ("serials", "parallels", "consoles", "redirdevs", "channels")
        },
        **{
            f"{name}.log_append": {"log": "/a", "type": "file", "path": "/b"}
            for name in ("serials", "parallels", "consoles")
        },
        "redirdevs.log_append": {"log": "/a"},
        "channels.log_append": {"name": "a", "log": "/a"},
        "vsock.": {"vsock": {"model": "virtio"}},
        "iommu.": {"iommu": {"model": "intel"}},
        "tpm.": {"tpm": {"model": "tpm-crb", "type": "emulator"}},
        "tpm.device": {"tpm": {"model": "tpm-tis", "type": "passthrough"}},
    }
)
#: What stands around an item of a list that the recorded definition has none of.
AROUND: dict[str, dict[str, t.Any]] = {
    "channels": {"type": "spice"},
    "network.hosts": {"network": {"protocol": "rbd", "name": "a/b"}},
    "filterref.parameters": {"filterref": {"filter": "clean-traffic"}},
    **{f"{device}.seclabels": {"type": "file", "path": "/a"} for device in WITH_SOURCE},
}
#: And what such an item is at least.
LEAST: dict[str, dict[str, t.Any]] = {
    "audios": {"id": 1, "type": "none"},
    "cryptos": {"model": "virtio", "type": "qemu", "backend": "builtin"},
    **{f"{device}.seclabels": {"model": "selinux", "relabel": False} for device in ("disks", *WITH_SOURCE)},
    "hubs": {"type": "usb"},
    "redirdevs": {"bus": "usb", "type": "spicevmc"},
    "smartcards": {"mode": "host"},
    "parallels": {"type": "pty"},
    "channels": {"name": "main", "mode": "any"},
    "memory_devices": {"model": "dimm", "size": "1GiB"},
    "rngs": {"model": "virtio", "backend": "random", "path": "/dev/urandom"},
    "network.hosts": {"name": "b"},
    "filterref.parameters": {"name": "IP", "value": "1"},
    "vlan.tags": {"id": 7},
    "port_forwards": {"proto": "tcp"},
    "ranges": {"start": 22},
    **machine_examples.LEAST,
}
#: What the schema of the oldest libvirt here has no place for in the recorded definition.
NOT_CHECKED = [
    "ips.dhcp.hosts.id-00:01:00:01:aa:bb",  # an IPv6 reservation; the recorded one has a MAC address
    "virtualport.type-midonet",  # needs an interface_id
    "portgroups.virtualport.type-midonet",
    "watchdogs.model-itco",  # since libvirt 9.1
    "disks.network.hosts.transport-unix",  # instead of a name, which the recorded one has
    "disks.network.hosts.socket-/srv/some where/é",
    *machine_examples.NOT_CHECKED,
]
#: Values that never reach a definition: they are resolved first.
RESOLVED = [("domain", "type", "auto")]
#: Values that rules refuse: they say nothing.
REFUSED = [("domain", "interfaces.user", False), ("domain", "interfaces.ethernet", False)]
#: Values that the recorded definition's first item cannot have: it is no drive.
REFUSED += [("domain", "disks.empty", True), ("domain", "disks.empty", False)]
#: Options of which one speaks for the others.
BELONG_TOGETHER: dict[str, tuple[str, ...]] = {
    **machine_examples.BELONG_TOGETHER,
    "memory_max": ("memory",),  # what the guest has now, where nothing is said
    "vcpus_max": ("vcpus",),
    "device": ("empty",),
    "socket": ("dir", "listen", "autoport", "port"),
    "listen_network": ("listen", "autoport", "port"),
    "rng": ("rngs",),
    "transient_share_backing": ("transient",),
    "forward.mode": (  # what a mode cannot have goes with the other one
        "forward.dev",
        *(f"forward.nat.{name}" for name in ("ipv6", "address", "port")),
        *("bridge", "stp", "delay", "mac"),
    ),
    "domain.name": ("domain.local_only",),
    "usage": ("name",),  # of a secret
    "source.part_separator": ("source.devices",),
    "protocol": ("match", "match_not", "comment"),  # of a filter's rule
    "dhcp.bootp.file": ("dhcp.bootp.server",),
}
