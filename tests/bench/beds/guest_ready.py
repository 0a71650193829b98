# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Debian guest, from converge's start to a login over SSH; and the same QEMU, image and seed without libvirt."""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import subprocess
import time

import libvirt

from ... import cached
from .. import documents, playbooks
from ..host import URI, Host, virsh
from ..measure import Figure, alternate, ratio

ADDRESS = "10.90.0.5"
TAP = "bench0"
ROOT_VOLUME = "guest0.qcow2"
TIMEOUT = 1200.0  # seconds, for an emulated boot on a busy machine
REPEAT = 3  # a boot takes about a minute


#: What of libvirt's command line is about libvirt itself: its monitor, its secret, its sandbox; -S would have QEMU wait
#: for libvirt to say go.
LIBVIRTS_OWN = ("-mon", "-sandbox", "-S")
ITS_OBJECTS = ("id=charmonitor", '"masterKey0"')

#: Options without a value.
ALONE = ("-S", "-nodefaults", "-no-user-config", "-no-hpet", "-no-shutdown", "-no-acpi", "-no-reboot")


class GuestReady:
    """The image is a volume, the network is up; overlay, seed and guest are not there."""

    internet = True  # to build the image, once

    def __init__(self, host: Host) -> None:
        self.host = host
        self.key = host.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        before = {
            "networks": documents.networks(1),
            "pools": documents.pools(1, host.folder),
            "volumes": [{"name": documents.BASE, "pool": "pool0", "source": {"path": str(image(host.folder))}}],
        }
        (addresses,) = before["networks"][0]["ips"]
        addresses["dhcp"]["hosts"] = [{"mac": documents.mac(0), "ip": ADDRESS}]
        host.converge("before", before, changed=True).run()
        self.playbook = host.converge("guest", self._guest(), changed=True)
        self.pool = host.folder / "pool0"
        self.command: list[str] = []
        self.seed = host.folder / "seed.iso"
        for command in (
            ["tuntap", "add", "dev", TAP, "mode", "tap"],
            ["link", "set", TAP, "master", "virbr-n0", "up"],
        ):
            subprocess.run(["ip", *command], check=True)

    def _guest(self) -> documents.Document:
        user_data = {"ssh_authorized_keys": [self.key.with_suffix(".pub").read_text().strip()]}
        domain = dict(
            documents.guest(0, 1, 1, "running"),
            memory="1GiB",
            cloud_init={"user_data": user_data, "meta_data": {"local-hostname": "guest0"}},
        )
        return {"volumes": [dict(documents.overlay(0, 1), capacity="8GiB")], "domains": [domain]}

    def measure(self) -> list[Figure]:
        """The first run of converge also tells the command line and the seed for QEMU alone."""
        self._converged()
        return [ratio(*alternate(self._converged, self._bare, REPEAT, warm_up=False))]

    def _converged(self) -> float:
        started = time.monotonic()
        playbook = subprocess.Popen(
            [playbooks.PROGRAM, *self.playbook.options, self.playbook.path],
            cwd=self.playbook.path.parent,
            env=playbooks.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._until_login(started)
        seconds = time.monotonic() - started
        said = playbook.communicate()[0].decode()
        if playbook.returncode:
            raise RuntimeError(said)
        if not self.command:
            self._remember()
        self._remove()
        return seconds

    def _bare(self) -> float:
        """QEMU with what libvirt ran it with. Overlay and seed are there before the clock starts."""
        root = self.pool / ROOT_VOLUME
        base = self.pool / documents.BASE
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", root, "8G"], check=True)
        shutil.copy(self.seed, self.pool / self.seed_name)
        started = time.monotonic()
        qemu = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        self._until_login(started, qemu)
        seconds = time.monotonic() - started
        qemu.kill()
        qemu.wait()
        root.unlink()
        (self.pool / self.seed_name).unlink()
        virsh("pool-refresh", "pool0")
        return seconds

    def _until_login(self, started: float, qemu: subprocess.Popen[bytes] | None = None) -> None:
        """Return as soon as a command runs in the guest. It is asked gently: answering costs an emulated guest much."""
        ssh = ["ssh", "-n", "-i", str(self.key), "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"]
        ssh += ["-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=60"]
        while time.monotonic() - started < TIMEOUT:
            done = subprocess.run([*ssh, f"debian@{ADDRESS}", "true"], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return
            if qemu and qemu.poll() is not None:
                raise RuntimeError(f"qemu has ended: {qemu.returncode}")
            time.sleep(0.5)
        raise RuntimeError(f"no login at {ADDRESS} after {TIMEOUT:.0f} seconds: {done.stderr}")

    def _remember(self) -> None:
        """The command line and the seed of the guest that runs now."""
        (pid,) = pathlib.Path("/run/libvirt/qemu").glob("guest0.pid")
        line = pathlib.Path(f"/proc/{pid.read_text().strip()}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
        self.command = bare(line, self.host.folder)
        names = virsh("vol-list", "pool0").split()
        (self.seed_name,) = {name for name in names if name.endswith(".iso") and "/" not in name}
        shutil.copy(self.pool / self.seed_name, self.seed)

    def _remove(self) -> None:
        connection = libvirt.open(URI)
        with contextlib.closing(connection):
            domain = connection.lookupByName("guest0")
            domain.destroy()
            domain.undefine()
            for volume in connection.storagePoolLookupByName("pool0").listAllVolumes():
                if volume.name() != documents.BASE:
                    volume.delete()


def bare(line: list[str], sockets: pathlib.Path) -> list[str]:
    """libvirt's command line of a guest as one would type it: the same machine, on a tap device and sockets of ours."""
    command, words = [line[0]], iter(line[1:])
    for option in words:
        value = "" if option in ALONE else next(words)
        if option in LIBVIRTS_OWN or any(its in value for its in ITS_OBJECTS):
            continue
        if option == "-netdev":
            name = json.loads(value)["id"] if value.startswith("{") else _suboption(value, "id")
            value = f"tap,id={name},ifname={TAP},script=no,downscript=no"
        elif option == "-chardev" and ",fd=" in value:  # a socket that libvirt has opened for it: the guest agent's
            value = f"socket,id={_suboption(value, 'id')},path={sockets}/agent,server=on,wait=off"
        command += [option, value] if value else [option]
    return command


def _suboption(value: str, name: str) -> str:
    return dict(word.partition("=")[::2] for word in value.split(","))[name]


def image(folder: pathlib.Path) -> pathlib.Path:
    """A bootable Debian image, built by the role ``kvm_image`` the first time."""
    path = cached.debian_image()
    role = {
        "name": "Build the image",
        "ansible.builtin.include_role": {"name": "kvm.fleet.kvm_image"},
        "vars": {"kvm_image_path": str(path)},
    }
    playbooks.write(folder / "image", role, changed=None).run()
    return path
