# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One definition through all that adoption promises, on a private host. Everything runs in this process: the modules
themselves are little more."""

from __future__ import annotations

import pathlib
import re
import subprocess
import traceback
import typing as t

import libvirt
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.described import described
from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind, Session
from ansible_collections.kvm.fleet.plugins.module_utils.runner import Result, Runner, wants_of
from ansible_collections.kvm.fleet.plugins.module_utils.validation import Validator

from .compare import cause, differences

URI = "qemu:///system"
#: Kinds by the tag of their definition.
NOUNS = {
    "domain": "domain",
    "network": "network",
    "pool": "pool",
    "filter": "nwfilter",
    "volume": "volume",
}
#: The pool that volumes are made in.
POOL, FOLDER = "volumes", "/run/volumes"
#: What a new object is not started for.
AT_REST = {"domain": {"state": "stopped"}, "network": {"state": "inactive"}, "pool": {"state": "inactive"}}


class Failed(Exception):
    """A step did not pass."""


class Trials:
    """Those on this host; each begins and ends with nothing of its kind defined."""

    def __init__(self) -> None:
        libvirt.registerErrorHandler(lambda _context, _error: None, None)
        self.kinds: dict[str, Kind] = {kind.noun: kind for kind in KINDS}
        self.connection = libvirt.open(URI)
        pathlib.Path(FOLDER).mkdir(exist_ok=True)
        pool = f"<pool type='dir'><name>{POOL}</name><target><path>{FOLDER}</path></target></pool>"
        self.pool = self.connection.storagePoolCreateXML(pool)
        self.standing = {*self._listed()}

    def of(self, path: pathlib.Path, file: str) -> dict[str, t.Any]:
        """The same, once more over a new connection where that broke: libvirt's own client may lose count."""
        try:
            return self._of(path, file)
        except libvirt.libvirtError:
            self.connection = libvirt.open(URI)
            self.pool = self.connection.storagePoolLookupByName(POOL)
            return self._of(path, file)

    def _of(self, path: pathlib.Path, file: str) -> dict[str, t.Any]:
        """What became of it: the steps that it passed, warnings, and the causes where it did not."""
        self.passed: list[str] = []
        self.causes: list[tuple[str, str]] = []
        self.warnings: list[str] = []
        self.details: list[str] = []
        noun = None
        try:
            self._clean()
            root = etree.parse(path).getroot()
            noun = NOUNS.get(root.tag)
            if noun is not None:
                self._try(noun, _on_this_host(root))
        except etree.XMLSyntaxError:
            pass
        return {
            "file": file,
            "kind": noun,
            "passed": self.passed,
            "causes": self.causes,
            "warnings": self.warnings,
            "details": self.details,
        }

    def _try(self, noun: str, text: str) -> None:
        try:
            name = self._define(noun, text)
            before = self._described(noun, name)
        except libvirt.libvirtError as exc:
            self.causes.append(("taken", _alike(str(exc))))
            return
        self.passed.append("taken")
        with _Step(self, "told"):
            spec = self._told(noun, name)
            self.passed.append("told")
            with _Step(self, "planned"):
                self._runs(noun, spec, check=True, changes=False)
                self.passed.append("planned")
            with _Step(self, "rebuilt"):
                self._clean()
                self._runs(noun, _with_secrets(spec))
                self.passed.append("rebuilt")
                after = self._described(noun, name)
                lines = differences(before, after)
                if lines:
                    self.causes.append(("equal", cause(lines)))
                    self.details += lines
                else:
                    self.passed.append("equal")
        self._clean()
        with _Step(self, "made"):
            options = {"name": name, "xml": text, **AT_REST.get(noun, {})}
            options.update({"pool": POOL} if noun == "volume" else {})
            self._runs(noun, options)
            self.passed.append("made")
            with _Step(self, "unchanged"):
                self._runs(noun, options, check=True, changes=False)
                self.passed.append("unchanged")

    def _runs(self, noun: str, options: dict[str, t.Any], check: bool = False, changes: bool | None = None) -> Result:
        kind = self.kinds[noun]
        checked = Validator(kind.argument_spec()).check(options)
        if checked.errors:
            raise Failed(f"options: {checked.errors[0]}")
        session = Session(self.connection, URI)
        result = Runner(session, KINDS).run(wants_of(KINDS, {kind.plural: [checked.complete]}, alone=True), check)
        if changes is False and result.plan.actions:
            found = [change.option for action in result.plan.actions for change in action.changes]
            self.details += [str(change) for action in result.plan.actions for change in action.changes]
            raise Failed("changes " + ", ".join(found or [str(action) for action in result.plan.actions]))
        return result

    def _told(self, noun: str, name: str) -> dict[str, t.Any]:
        kind = self.kinds[noun]
        session = Session(self.connection, URI)
        asked = {"name": None, "pool": POOL}
        keys = [key for key in kind.keys(session, asked) if name in (key, key[-1])]
        states = kind.read(session, set(keys))
        specs, warnings = described(Runner(session, KINDS), kind, [states[key] for key in keys])
        self.warnings += warnings
        if not specs:
            raise Failed("; ".join(warnings))
        return specs[0]

    def _define(self, noun: str, text: str) -> str:
        connection = self.connection
        defined = {
            "domain": lambda: connection.defineXMLFlags(text, 0),
            "network": lambda: connection.networkDefineXML(text),
            "pool": lambda: connection.storagePoolDefineXML(text, 0),
            "nwfilter": lambda: connection.nwfilterDefineXML(text),
            "volume": lambda: self.pool.createXML(text, 0),
        }[noun]()
        return str(defined.name())

    def _described(self, noun: str, name: str) -> str:
        connection = self.connection
        return {
            "domain": lambda: connection.lookupByName(name).XMLDesc(
                libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
            ),
            "network": lambda: connection.networkLookupByName(name).XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE),
            "pool": lambda: connection.storagePoolLookupByName(name).XMLDesc(libvirt.VIR_STORAGE_XML_INACTIVE),
            "nwfilter": lambda: connection.nwfilterLookupByName(name).XMLDesc(),
            "volume": lambda: self.pool.storageVolLookupByName(name).XMLDesc(),
        }[noun]()

    def _listed(self) -> list[str]:
        connection = self.connection
        every = (connection.listAllStoragePools, connection.listAllNWFilters)
        return [one.UUIDString() for listed in every for one in listed()]

    def _clean(self) -> None:
        """Nothing is left of the last one."""
        connection = self.connection
        for domain in connection.listAllDomains():
            domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM | libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE)
        for volume in self.pool.listAllVolumes():
            volume.delete()
        every = (
            connection.listAllNetworks,
            connection.listAllStoragePools,
            connection.listAllNWFilters,
        )
        for one in (one for listed in every for one in listed()):
            if one.UUIDString() not in self.standing:
                one.undefine()
        subprocess.run("rm -rf /var/lib/libvirt/kvm-fleet/*", shell=True, check=True)


class _Step:
    """A step that may fail; those after it are tried all the same, where they do not need it."""

    def __init__(self, trials: Trials, name: str) -> None:
        self.trials, self.name = trials, name

    def __enter__(self) -> None:
        """It begins."""

    def __exit__(self, kind: t.Any, exc: BaseException | None, trace: t.Any) -> bool:
        if exc is None:
            return True
        if not isinstance(exc, (Failed, FleetError, libvirt.libvirtError)):
            self.trials.details.append("".join(traceback.format_exception(exc)))
        said = str(exc) if isinstance(exc, (Failed, FleetError)) else f"{type(exc).__name__}: {exc}"
        self.trials.causes.append((self.name, _alike(said)))
        self.trials.details.append(said)
        return isinstance(exc, Exception)


def _on_this_host(root: t.Any) -> str:
    """A definition for a host that has no KVM: it emulates, also the CPU."""
    if root.tag == "domain" and root.get("type") == "kvm":
        root.set("type", "qemu")
        foreign = root.find("os/type").get("arch", "x86_64") not in ("x86_64", "i686")
        for cpu in root.findall("cpu[@mode]"):
            if foreign and cpu.get("mode") != "custom":
                root.remove(cpu)
            elif cpu.get("mode") == "host-passthrough":
                cpu.set("mode", "maximum")
    return etree.tostring(root, encoding="unicode")


def _with_secrets(value: t.Any) -> t.Any:
    """Options as they are told, with a secret wherever one has to stay."""
    if isinstance(value, dict):
        return {option: _with_secrets(one) for option, one in value.items()}
    if isinstance(value, list):
        return [_with_secrets(one) for one in value]
    return value.replace("(hidden)", "s3cr3t-!") if isinstance(value, str) else value


def _alike(message: str) -> str:
    """What messages about the same have in common: without names and numbers."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", message)
    text = re.sub(r"\b(domain|network|pool|nwfilter|volume) \S+", r"\1 …", text)
    return re.sub(r"\d+", "#", text)[:200]
