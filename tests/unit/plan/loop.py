# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reconcile loop with a kind of the tests' own: a thing is a file, its content is its one option."""

from __future__ import annotations

import dataclasses
import pathlib
import time
import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils.diff import LIVE, Change
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Action, Operation, Pending, Plan
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind, Reference, Session, Want
from ansible_collections.kvm.fleet.plugins.module_utils.runner import Runner, wants_of
from ansible_collections.kvm.fleet.plugins.module_utils.xml.table import Prop
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import STR


@dataclasses.dataclass
class Does(Operation):
    """An operation of any verb. What is written is ``text``; the XML is as of a definition."""

    verb: str
    text: str = ""
    before: str | None = None
    xml: str | None = None


class Files(Kind):
    """Things are files below ``folder``. ``applied`` are the actions that were executed, over all kinds in order."""

    table = (Prop("text", "text", STR),)
    options = {"needs": {"type": "str"}}

    def __init__(self, noun: str, folder: pathlib.Path, applied: list[str], uses: str) -> None:
        self.noun, self.plural, self.folder, self.applied, self.uses = noun, noun + "s", folder, applied, uses
        self.fails: dict[str, Exception] = {}  # what goes wrong, by the name of the thing
        self.refuses: dict[str, Exception] = {}  # and when it is planned
        self.planned: list[str] = []
        self.keeps: t.Callable[[str], str] = str  # what becomes of a text that is written
        self.late = False  # whether nothing happens in time
        self.seconds = 0.0  # how long an action takes

    def want(self, params, where):
        want = super().want(params, where)
        if not params.get("needs") or want.absent:
            return want
        return dataclasses.replace(want, references=(Reference(self.uses, params["needs"], want.at("needs")),))

    def implied(self, want):
        name = want.params.get("implies")
        return [(self.uses, {"name": name, "text": "implied", "state": "present"}, "implies")] if name else []

    def read(self, _session, keys):
        return {path.name: path.read_text() for path in (self.folder / self.noun).glob("*") if path.name in keys}

    def plan(self, want, world):
        self.planned.append(f"{self.noun} {want.name}")
        if want.name in self.refuses:
            raise self.refuses[want.name]
        there = world.state(self.noun, want.key)
        if want.absent:
            return Plan((Action(self.noun, want.name, Does("delete")),)) if there is not None else Plan()
        text = want.values.get("text", "")
        if there == text:
            return Plan()
        change = Change("text", there, text, LIVE)
        verb = "create" if there is None else "write"
        xml = {name: value and f"<thing passwd='{value}'/>" for name, value in (("before", there), ("xml", text))}
        return Plan((Action(self.noun, want.name, Does(verb, text, **xml), (change,)),))

    def executors(self):
        return self

    def execute(self, _session, action):
        self.applied.append(str(action))
        if action.name in self.fails:
            raise self.fails[action.name]
        time.sleep(self.seconds)
        path = self.folder / self.noun / action.name
        if self.late:
            return Pending(self.noun, action.name, action.changes)
        if action.verb == "delete":
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            with path.open("x" if action.verb == "create" else "w") as file:  # twice created is an error
                file.write(self.keeps(action.operation.text))
        return None


class Loop:
    """Three kinds that use each other, in the order in which they need each other."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.applied: list[str] = []
        self.kinds = [
            Files(noun, folder, self.applied, uses)
            for noun, uses in (("base", ""), ("disk", "base"), ("guest", "disk"))
        ]
        self.base, self.disk, self.guest = self.kinds
        self.runner = Runner(Session(None, f"test://{folder}"), self.kinds)

    @property
    def planned(self) -> list[str]:
        """What has been planned."""
        return [one for kind in self.kinds for one in kind.planned]

    def wants(self, document: dict[str, list[dict[str, t.Any]]], **how: t.Any) -> list[Want]:
        filled = {
            plural: [{"state": "present", "text": "x", **element} for element in elements]
            for plural, elements in document.items()
        }
        return wants_of(self.kinds, filled, **how)

    def run(self, document: dict[str, list[dict[str, t.Any]]], check: bool = False) -> dict[str, t.Any]:
        return self.runner.run(self.wants(document), check).public()
