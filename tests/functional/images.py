# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A declared guest on a volume, and what is in images, for tests of who needs which. qemu-img is the witness."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import typing as t

from lxml import etree

MIB = 2**20


def make(path: pathlib.Path, *options: str) -> pathlib.Path:
    """A qcow2 image that libvirt knows nothing of."""
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *options, path, "8M"], check=True, capture_output=True)
    return path


def overlay(path: pathlib.Path, base: pathlib.Path) -> pathlib.Path:
    """An image based on another one, likewise."""
    return make(path, "-F", "qcow2", "-b", str(base))


def write(path: pathlib.Path, pattern: int, block: int = 0) -> None:
    """Fill a block of 64 KiB of a qcow2 image, as a guest would."""
    command = f"write -P {pattern} {block * 65536} 65536"
    subprocess.run(["qemu-io", "-f", "qcow2", "-c", command, path], check=True, capture_output=True)


def read(path: pathlib.Path, block: int = 0) -> int:
    """The first byte of a block of an image, through all that it is based on; also while a guest has it."""
    raw = path.with_name(path.name + ".read")
    subprocess.run(["qemu-img", "convert", "-U", "-O", "raw", path, raw], check=True)
    with raw.open("rb") as file:
        file.seek(block * 65536)
        first = file.read(1)[0]
    raw.unlink()
    return first


def told(path: pathlib.Path) -> str:
    """What ``qemu-img info`` says of an image."""
    return subprocess.run(["qemu-img", "info", "-U", path], check=True, capture_output=True, text=True).stdout


def size(path: pathlib.Path) -> int:
    """What a guest sees of an image, in bytes."""
    return int(told(path).partition("(")[2].split()[0])


@dataclasses.dataclass
class Guest:
    """A guest that is declared to be on the volume a.qcow2. It has no operating system."""

    name: str
    folder: pathlib.Path
    virsh: t.Callable[..., str]
    volume: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    domain: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        self.volume = {"pool": self.name, "name": "a.qcow2", "capacity": "8MiB"}
        disks = [{"pool": self.name, "volume": "a.qcow2"}]
        self.domain = {"name": self.name, "memory": "32MiB", "machine": "q35", "disks": disks}

    @property
    def document(self) -> dict[str, t.Any]:
        return {"volumes": [self.volume], "domains": [self.domain]}

    def source(self, *which: str) -> pathlib.Path:
        """The file of vda, by ``virsh dumpxml`` with the options ``which``."""
        xml = etree.fromstring(self.virsh("dumpxml", self.name, *which))
        (file,) = xml.xpath("devices/disk[target/@dev='vda']/source/@file")
        return pathlib.Path(file)

    def files(self) -> list[str]:
        """What is in the pool's directory."""
        return sorted(path.name for path in self.folder.iterdir())
