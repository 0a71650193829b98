# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules between the options of devices that are neither disks nor interfaces. Pure."""

from __future__ import annotations

import typing as t

from ....rule import Rule, exactly_one, needs, starts
from ....xml.table import Desired
from ...shared.seclabels import RULES as LABEL_RULES
from ...shared.secrets import one_secret
from .common import long_socket
from .hostdevs import HOSTDEV_KINDS


def _kinds(hostdev: Desired) -> t.List[str]:
    return [
        kind for kind, options in HOSTDEV_KINDS.items() if any(hostdev.get(option) is not None for option in options)
    ]


def _for(option: str, values: t.Sequence[str], missing: str, word: str) -> Rule:
    """With one of these values of ``option``, another option has to be there."""
    return Rule(
        lambda item: item.get(option) in values and item.get(missing) is None,
        missing,
        f"{option} {' or '.join(values)} needs it",
        f"Declare {word}",
    )


def _not_with(option: str, value: str, *others: str) -> Rule:
    """What only goes with another value of ``option``."""
    return Rule(
        lambda item: " and ".join(
            other for other in others if item.get(option) != value and item.get(other) is not None
        ),
        "",
        "{0} only goes with the " + f"{option} {value}",
        f"Leave it out, or change {option}",
    )


_TO_A_SERVER = (
    *LABEL_RULES,
    _for("type", ("tcp", "udp"), "host", "the address"),
    _for("type", ("tcp", "udp"), "service", "the port"),
    _for("type", ("tcp", "udp"), "mode", "whether QEMU connects (connect) or listens (bind)"),
    long_socket("path", ("unix",)),
)
_TO_A_SOCKET = _for("type", ("unix",), "path", "the path on the host")
_SOURCE = (
    *_TO_A_SERVER,
    _for("type", ("file", "dev", "pipe"), "path", "the path on the host"),
    _for("type", ("spiceport",), "channel", "the channel's name"),
)
_PORT = (*_SOURCE, _TO_A_SOCKET)

#: What libvirt or QEMU would refuse later, or ignore, by the list.
DEVICE_RULES: t.Dict[str, t.Tuple[Rule, ...]] = {
    "serials": _PORT,
    "parallels": _PORT,
    "consoles": _PORT,
    "channels": (
        *_SOURCE,
        Rule(
            lambda item: not item.get("name") and item.get("type") not in ("spicevmc", "qemu-vdagent"),
            "name",
            "the guest knows a channel by its name",
            "Declare it, such as org.example.tool.0",
        ),
    ),
    "redirdevs": (*_TO_A_SERVER, _TO_A_SOCKET),
    "audios": (
        _not_with("type", "file", "path"),
        _not_with("type", "pulseaudio", "server_name"),
    ),
    "smartcards": (
        _for("mode", ("passthrough",), "type", "the connection to the card, spicevmc"),
        Rule(
            lambda item: item["mode"] == "host-certificates" and len(item.get("certificates", ())) != 3,
            "certificates",
            "a card has three certificates",
            "Name three",
        ),
    ),
    "graphics": (
        Rule(
            lambda item: sum(item.get(one) is not None for one in ("listen", "listen_network", "socket")) > 1,
            "",
            "a display listens on one address",
            "Keep one of listen, listen_network and socket",
        ),
        Rule(
            lambda item: item.get("socket") and (item.get("port") is not None or item.get("autoport")),
            "socket",
            "a UNIX socket has no port",
            "Leave out port and autoport",
        ),
        long_socket("socket"),
        Rule(
            lambda item: item["type"] == "vnc" and len((item.get("password") or "").encode()) > 8,
            "password",
            "a password for VNC has eight characters at most",
            "Use a shorter one; for more security listen on 127.0.0.1 or a socket only, or use TLS",
            in_xml=True,
        ),
        _not_with("type", "vnc", "websocket", "share_policy", "power_control"),
        _not_with("type", "spice", "tls_port", "default_mode", "channels", "streaming_mode", "file_transfer"),
    ),
    "inputs": (
        _for("type", ("passthrough",), "evdev", "the device of the host"),
        _for("type", ("evdev",), "dev", "the device of the host"),
        Rule(
            lambda item: item.get("bus") == "ps2" and item["type"] not in ("mouse", "keyboard") and item["type"],
            "bus",
            "there is no {0} on PS/2",
            "Use usb or virtio",
        ),
    ),
    "hostdevs": (
        Rule(
            lambda item: len(_kinds(item)) != 1,
            "",
            "a host device is one of pci, mdev, usb, scsi and vhost_scsi",
            "Declare one of them",
        ),
        Rule(
            lambda item: (item.get("usb.vendor") is None) != (item.get("usb.product") is None),
            "usb",
            "vendor and product are required together",
            "Declare both",
        ),
        Rule(
            lambda item: (item.get("usb.bus") is None) != (item.get("usb.device") is None),
            "usb",
            "bus and device are required together",
            "Declare both",
        ),
        Rule(
            lambda item: (
                item.get("scsi.adapter") and any(item.get("scsi." + one) is None for one in ("bus", "target", "unit"))
            ),
            "scsi",
            "a SCSI device is at a bus, a target and a unit",
            "Declare all three",
        ),
    ),
    "filesystems": (
        Rule(
            lambda item: not exactly_one(item, "dir", "socket"),
            "",
            "a share is a directory, or the socket of a virtiofsd",
            "Declare dir or socket",
        ),
        long_socket("socket"),
        _not_with("driver", "virtiofs", "socket", "queue"),
        Rule(
            lambda item: item.get("driver") != "virtiofs" and starts(item, "binary."),
            "binary",
            "only virtiofs has the option binary",
            "Leave it out, or make driver virtiofs",
        ),
        Rule(
            lambda item: item.get("driver") == "virtiofs" and item.get("accessmode", "passthrough") != "passthrough",
            "accessmode",
            "virtiofs has the accessmode passthrough only",
            "Leave it out",
        ),
    ),
    "memory_devices": (
        _for("model", ("virtio-mem",), "block", "the size of a block, such as 2MiB"),
        _for("model", ("virtio-mem",), "requested", "the amount that the guest has now"),
        _for("model", ("nvdimm", "virtio-pmem"), "path", "the file with its content"),
        _not_with("model", "virtio-mem", "block", "requested"),
        Rule(
            lambda item: item.get("requested", 0) > item["size"],
            "requested",
            "it is more than the size",
            "Raise size, which is the maximum",
        ),
    ),
    "shmems": (
        _for("model", ("ivshmem-doorbell",), "server", "the server's socket"),
        long_socket("server", longest=108),
        Rule(
            lambda item: item.get("model") != "ivshmem-doorbell" and item.get("size") is None,
            "size",
            "memory without a server has a size",
            "Declare it, such as 4MiB",
        ),
    ),
}


def _single(device: str) -> t.Tuple[Rule, ...]:
    model = device + ".model"
    return (
        needs(model, device),
        Rule(
            lambda values: (
                values.get(model) == "none"
                and any(one.startswith(device + ".") and one != model and values[one] is not None for one in values)
            ),
            device,
            "a device of the model none has no options",
            "Keep model: none alone",
        ),
    )


#: The same for devices of which a domain has one.
SINGLE_RULES: t.Tuple[Rule, ...] = (
    *_single("vsock"),
    *_single("iommu"),
    *_single("tpm"),
    Rule(
        lambda values: values.get("vsock.auto_cid") and values.get("vsock.cid") is not None,
        "vsock.cid",
        "auto_cid and cid exclude each other",
        "Keep one of auto_cid and cid",
    ),
    Rule(
        lambda values: values.get("tpm.model", "none") != "none" and values.get("tpm.type") is None,
        "tpm.type",
        "a TPM is emulated or the host's",
        "Declare emulator or passthrough",
    ),
    one_secret("tpm.encryption.secret", lambda _values: False, "passphrase"),
    Rule(
        lambda values: values.get("rng") is not None and values.get("rngs") is not None,
        "rng",
        "rng is a short form of one of rngs",
        "Keep one of them",
    ),
)
