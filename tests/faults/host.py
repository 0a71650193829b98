# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private host between two trials: everything on it that a run can leave, and the way back to nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import time

import libvirt
from lxml import etree

from ..functional.conftest import TUNNEL
from ..web_site import Site

#: Where everything of a trial is: in memory.
BASE = pathlib.Path("/var/lib/libvirt/faults")
#: Where root's records are.
STATE = pathlib.Path("/var/lib/libvirt/kvm-fleet")
#: A user who may ask libvirt for anything and may not write to the pools' directories, as in the group libvirt.
USER = "nobody"
HOME = BASE / "home"

USERS_STATE = HOME / ".local/share/kvm-fleet"
STATES = {STATE, USERS_STATE}

REMOTE = f"qemu+ext:///system?command={BASE}/tunnel"
LOCAL = "qemu:///system"

#: Besides: what libvirt keeps.
KEPT = [pathlib.Path("/etc/libvirt"), *(pathlib.Path("/var/lib/libvirt/qemu") / name for name in ("nvram", "save"))]
#: What is another each time it is made.
VARYING = {"identity", "salt", "digest", "created", "asked", "uuid", "uri", "boot"}

#: What is on the host: a line for each thing.
Seen = dict[str, str]


class Host:
    """``conn`` is the tests' own connection, over which they look and clean up."""

    def __init__(self) -> None:
        self.conn = libvirt.open(LOCAL)
        self.site = Site()
        os.chmod("/run/libvirt/libvirt-sock", 0o777)

    @property
    def pool(self) -> pathlib.Path:
        """The directory of the pool ``data``, which the scenarios use."""
        return BASE / "data"

    def be_empty(self) -> None:
        """Remove all of the last trial."""
        _wait_for_programs()
        for domain in self.conn.listAllDomains():
            self._remove_domain(domain)
        for one in (*self.conn.listAllNetworks(), *self.conn.listAllStoragePools()):
            persistent = one.isPersistent()
            if one.isActive():
                one.destroy()
            if persistent:
                one.undefine()
        for secret in self.conn.listAllSecrets():
            secret.undefine()
        shutil.rmtree(STATE, ignore_errors=True)
        shutil.rmtree(BASE, ignore_errors=True)
        BASE.mkdir(mode=0o755)
        for path in ("tmp", "data", "home"):
            (BASE / path).mkdir(mode=0o711)
        user = pwd.getpwnam(USER)
        os.chown(HOME, user.pw_uid, user.pw_gid)
        (BASE / "tmp").chmod(0o1777)
        (BASE / "tunnel").write_text(TUNNEL.format(python=sys.executable))
        (BASE / "tunnel").chmod(0o755)

    @staticmethod
    def _remove_domain(domain: libvirt.virDomain) -> None:
        persistent = domain.isPersistent()
        if domain.isActive():
            domain.destroy()
        if persistent:
            domain.undefineFlags(
                libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
                | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
                | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
                | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
            )

    def make_pool(self) -> None:
        """The pool ``data``, by hand."""
        self.conn.storagePoolDefineXML(
            f"<pool type='dir'><name>data</name><target><path>{self.pool}</path></target></pool>"
        ).create()

    def virsh(self, *arguments: str) -> str:
        command = ["virsh", "--quiet", *arguments]
        done = subprocess.run(command, text=True, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return done.stdout

    def seen(self) -> Seen:
        """Everything that is there: files with their content, records, and what libvirt knows."""
        _wait_for_programs()
        return {**_files(), **_records(), **self._objects()}

    def inodes(self) -> dict[str, int]:
        """Which file it is that has a name in the pool."""
        return {str(path): path.stat().st_ino for path in self.pool.glob("*") if path.is_file()}

    def tells(self, *secrets: str) -> list[str]:
        """The files that have one of these texts in them, but for the directory of the pool."""
        folders = [folder for folder in (BASE, *STATES) if folder.exists()]
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        elsewhere = [path for path in files if self.pool not in path.parents]
        return [str(path) for path in elsewhere if any(one.encode() in path.read_bytes() for one in secrets)]

    def orphans(self, as_user: bool) -> list[str]:
        """The records of what is not there, root's or the user's."""
        paths = (USERS_STATE if as_user else STATE).glob("*/*.json")
        told = [(path.parent.name, json.loads(path.read_text())) for path in paths]
        return [f"{plural}: {data}" for plural, data in told if not self._is_there(plural, data)]

    def _is_there(self, plural: str, data: dict[str, str]) -> bool:
        if plural == "volumes":
            return any((BASE / folder / data["name"]).exists() for folder in ("data", "moved"))
        if plural == "secrets":
            return data["uuid"] in [secret.UUIDString() for secret in self.conn.listAllSecrets()]
        if plural == "snapshots":
            domains = {domain.name(): domain for domain in self.conn.listAllDomains()}
            snapshots = domains[data["domain"]].listAllSnapshots() if data["domain"] in domains else []
            return data["name"] in [snapshot.getName() for snapshot in snapshots]
        assert plural == "unfinished", plural
        return False  # nobody killed it

    def _objects(self) -> Seen:
        found: Seen = {}
        for domain in self.conn.listAllDomains():
            root = etree.fromstring(domain.XMLDesc(0 if domain.isActive() else libvirt.VIR_DOMAIN_XML_INACTIVE))
            disks = [dict(source.attrib) for source in root.iterfind("devices/disk/source")]
            for disk in disks:
                disk.pop("index", None)
            taps = [_master(target.get("dev")) for target in root.iterfind("devices/interface/target")]
            snapshots = sorted(one.getName() for one in domain.listAllSnapshots())
            memory = root.findtext("memory")
            found[f"domain {domain.name()}"] = (
                f"{domain.state()[0]} {domain.autostart()} {memory} {disks} {taps} {snapshots}"
            )
        for network in self.conn.listAllNetworks():
            mtu = etree.fromstring(network.XMLDesc(0)).find("mtu")
            found[f"network {network.name()}"] = (
                f"{network.isActive()} {network.autostart()} {mtu is not None and mtu.get('size')}"
            )
        for pool in self.conn.listAllStoragePools():
            listed = pool.listAllVolumes() if pool.isActive() else []
            found[f"pool {pool.name()}"] = f"{pool.isActive()} {pool.autostart()}"
            found.update({f"volume {pool.name()}/{one.name()}": _volume(one) for one in listed})
        for secret in self.conn.listAllSecrets():
            found[f"secret {secret.usageID()}"] = ""
        return found


def _volume(volume: libvirt.virStorageVol) -> str:
    try:
        root = etree.fromstring(volume.XMLDesc())
    except libvirt.libvirtError as exc:  # libvirt lists what has gone
        return str(exc)
    kind = root.find("target/format").get("type")
    return f"{'raw' if kind == 'iso' else kind} {root.findtext('capacity')}"


def _files() -> Seen:
    found: Seen = {}
    for folder in (BASE, STATE, *KEPT):
        for path in sorted(folder.rglob("*")) if folder.exists() else ():
            if STATES.intersection(path.parents) and "work" not in path.parts and path.suffix in ("", ".json"):
                continue  # records are below
            found[str(path)] = _file(path)
    return found


def _file(path: pathlib.Path) -> str:
    status = path.lstat()
    told = f"{oct(status.st_mode)} {status.st_uid}"
    if not path.is_file() or path.is_symlink():
        return told
    below_pool = path.is_relative_to(BASE)
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if below_pool else ""
    return f"{told} {status.st_nlink} {status.st_size if below_pool else ''} {digest}"


def _records() -> Seen:
    found: Seen = {}
    for folder in STATES:
        for path in folder.glob("*/*.json"):
            told = json.loads(path.read_text() or "{}")
            kept = {name: value for name, value in told.items() if name not in VARYING}
            found[f"record {path.parent} {json.dumps(kept, sort_keys=True)}"] = ""
    return found


def _master(device: str) -> str:
    link = pathlib.Path("/sys/class/net") / device / "master"
    return os.path.basename(os.readlink(link)) if link.exists() else "none"


def _wait_for_programs() -> None:
    """What a killed run started goes on until it has ended by itself."""
    deadline = time.monotonic() + 30
    while any(_is_program(process) for process in pathlib.Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < deadline, "a program of a killed run does not end"
        time.sleep(0.005)


def _is_program(process: pathlib.Path) -> bool:
    with contextlib.suppress(OSError):
        return (process / "comm").read_text().strip() in ("qemu-img", "xorriso", "zstd")
    return False
