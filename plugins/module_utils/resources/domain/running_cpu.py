# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CPU of a running domain as it was defined when it started: libvirt shows the expanded model. Pure."""

from __future__ import annotations

import copy
import re
import typing as t

from ...deps import Element
from ...xml import parse
from ...xml import path as xmlpath

#: In the live XML of a domain whose CPU was expanded to a model.
EXPANDED = re.compile("<cpu[^>]* check=.full.")

#: A feature of models that hypervisors do not give their guests: libvirt disables it unasked.
_NEVER_GIVEN = "monitor"

_NO = ("disable", "forbid")


def with_started_cpu(live: str, definition: str, asked: t.Optional[str]) -> str:
    """The live XML with its CPU as it was defined when it started, as far as that can be determined.

    ``asked`` is the XML with which libvirt would move the domain (``None``: it gives none). The CPU is as it was
    defined there, unless that was the host's model.
    """
    root, defined = parse.parse(live), parse.parse(definition).find("cpu")
    cpu = xmlpath.the(root, "cpu")
    if asked is None:
        own, hosts = _from_definition(cpu, defined)
    else:
        own, hosts = _from_migratable(xmlpath.the(parse.parse(asked), "cpu"), defined)
    own = copy.deepcopy(own)
    if hosts:
        own.attrib.update({"mode": "host-model", "check": "partial"})
        own.attrib.pop("match", None)
        _remove(own, lambda one: one.tag in ("model", "vendor", "feature"))
        if defined is not None and defined.get("mode") == "host-model":
            own = copy.deepcopy(defined)
    there = {one.get("name"): one.get("policy") for one in cpu.iterfind("feature")}
    _remove(own, lambda one: one.tag == "feature" and _contradict(one.get("policy"), there.get(one.get("name"))))
    said = () if defined is None else [one.get("name") for one in defined.iterfind("feature")]
    _remove(own, lambda one: one.get("name") == _NEVER_GIVEN and one.get("policy") in _NO and _NEVER_GIVEN not in said)
    root.replace(cpu, own)
    return parse.to_text(root)


def _from_migratable(own: Element, defined: t.Optional[Element]) -> t.Tuple[Element, bool]:
    """The CPU, and whether it was the host's model: that is shown as the expanded model, checked in full."""
    full = own.get("check") == "full"
    return own, full and (defined is None or defined.get("mode") == "host-model" or defined.get("check") != "full")


def _from_definition(cpu: Element, defined: t.Optional[Element]) -> t.Tuple[Element, bool]:
    """The same determined from the definition, unless that is another by now. Only the host's model has a vendor."""
    if defined is None:
        return cpu, False
    mode = defined.get("mode")
    if mode == "host-model":
        return cpu, cpu.find("vendor") is not None
    return (defined if mode == "custom" and defined.findtext("model") == cpu.findtext("model") else cpu), False


def _contradict(policy: t.Optional[str], live: t.Optional[str]) -> bool:
    """Of what belongs to the model, and is there, the live XML says nothing."""
    return (policy in _NO) != (live in _NO)


def _remove(cpu: Element, which: t.Callable[[Element], bool]) -> None:
    for element in [one for one in cpu if which(one)]:
        cpu.remove(element)
