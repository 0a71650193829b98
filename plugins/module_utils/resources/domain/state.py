# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains as they are now: listed at once, each read when it is asked for."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ...connection import explain
from ...deps import libvirt
from ...parallel import in_order
from ...xml import parse
from ..base import Session
from ..definition import DefinedState
from .running_cpu import EXPANDED, with_started_cpu

#: libvirt's domain states by number (virDomainState), in the words of ``virsh``.
POWER = ("no state", "running", "running", "paused", "in shutdown", "shut off", "crashed", "pmsuspended")

#: What libvirt lists by; what else an active domain is doing than running has to be asked for.
_FLAGS = ("active", "persistent", "autostart", "managedsave", "running")


@dataclasses.dataclass(frozen=True)
class DomainState(DefinedState):
    """A domain as it is now. ``power`` is one of :data:`POWER`.

    ``saved`` is the definition inside a saved state, which the next start resumes whatever has been defined since.
    """

    power: str = "shut off"
    saved: t.Optional[str] = None

    @property
    def running(self) -> t.Optional[str]:
        return self.live or self.saved

    @functools.cached_property
    def running_root(self) -> t.Any:
        """The same, parsed: for reading, and for making copies."""
        return self.live_root if self.live or not self.saved else parse.parse(self.saved)


class Domains(t.Mapping[str, DomainState]):
    """All domains of a host by name. One call for each definition of those that are declared, and of no others.

    Rules that look at all domains (who has this MAC address?) find the others here too, and pay for them.
    """

    def __init__(self, session: Session, keys: t.Iterable[str]) -> None:
        listed = session.connection.listAllDomains
        self._readonly = session.readonly
        self._domains = {domain.name(): domain for domain in listed()}
        self._flags = {
            name: {domain.name() for domain in listed(getattr(libvirt, "VIR_CONNECT_LIST_DOMAINS_" + name.upper()))}
            for name in _FLAGS
        }
        self._states: t.Dict[str, DomainState] = {}
        there = [name for name in keys if name in self._domains]
        self._states.update(zip(there, in_order(self._read, there)))

    def __getitem__(self, name: str) -> DomainState:
        if name not in self._states:
            domain = self._domains[name]
            try:
                self._states[name] = self._read(domain.name())
            except libvirt.libvirtError as exc:
                raise explain(exc, f"domain {name}") from exc
        return self._states[name]

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._domains)

    def __len__(self) -> int:
        return len(self._domains)

    def _read(self, name: str) -> DomainState:
        domain = self._domains[name]
        secure = 0 if self._readonly else libvirt.VIR_DOMAIN_XML_SECURE
        saved_secure = 0 if self._readonly else libvirt.VIR_DOMAIN_SAVE_IMAGE_XML_SECURE
        active, persistent = name in self._flags["active"], name in self._flags["persistent"]
        inactive = domain.XMLDesc(secure | libvirt.VIR_DOMAIN_XML_INACTIVE) if persistent else None
        live = _running(domain, secure, inactive) if active else None
        return DomainState(
            name=name,
            definition=inactive or live or "",
            live=live,
            persistent=persistent,
            autostart=name in self._flags["autostart"],
            power=self._power(name) if active else "shut off",
            saved=domain.managedSaveGetXMLDesc(saved_secure) if name in self._flags["managedsave"] else None,
        )

    def _power(self, name: str) -> str:
        return "running" if name in self._flags["running"] else power_of(*self._domains[name].state()[:2])


def power_of(state: int, reason: int) -> str:
    """One of :data:`POWER`. A guest that is about to run, for libvirt has not heard of it from QEMU yet, runs."""
    starting = (libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_STARTING_UP)
    return "running" if (state, reason) == starting else POWER[state]


def _running(domain: t.Any, flags: int, definition: t.Optional[str]) -> str:
    """The live XML of a domain, with its CPU as it was defined: libvirt shows there the model that it came to.

    A read-only connection (no ``flags``) may not ask how it was defined.
    """
    live = str(domain.XMLDesc(flags))
    if not EXPANDED.search(live):
        return live
    asked = domain.XMLDesc(flags | libvirt.VIR_DOMAIN_XML_MIGRATABLE) if flags else None
    return with_started_cpu(live, definition or live, asked)
