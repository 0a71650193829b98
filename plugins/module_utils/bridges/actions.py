# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``host_bridges`` reads of its host, plans and does: a change is begun, and another run confirms it."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ..diff import Change
from ..errors import FleetError, InvalidOption, Mistakes
from ..host.emulator import read_text
from ..host_loop import HostAction, HostPlan, Params, Run, Values
from ..rule import Rule, of
from . import rollback
from .facts import NetworkFacts, detect_stack, read_links
from .model import OPTIONS, Bridge, from_option
from .plan import RECORD, Exchange, plan
from .rules import ABSENT, PRESENT, TOGETHER
from .stacks import Stack, ifupdown, netplan, networkd, networkmanager

_STACKS: t.Dict[str, Stack] = {
    "netplan": netplan.STACK,
    "networkmanager": networkmanager.STACK,
    "networkd": networkd.STACK,
    "ifupdown": ifupdown.STACK,
}

SPEC: t.Dict[str, t.Any] = {
    "bridges": {"type": "list", "elements": "dict", "options": OPTIONS},
    "stack": {"type": "str", "choices": ["detect", *_STACKS], "default": "detect"},
    "timeout": {"type": "int", "default": 120},
    "confirm": {"type": "str"},
}

#: What must hold before the host is looked at.
BEFORE = (
    Rule(
        lambda params: params["timeout"] < 20 and params["timeout"],
        "timeout",
        "{0} s are too few to find a host again",
        "Give 20 or more; a DHCP server and a slow switch need a minute",
    ),
)

#: All rules of the module.
RULES = (
    *BEFORE,
    *TOGETHER,
    *(rule for stack in _STACKS.values() for rule in stack.rules),
    *of("bridges", (*PRESENT, *ABSENT)),
)


@dataclasses.dataclass(frozen=True)
class Found:
    """The host and the name of its network stack; or, where a change is to be confirmed, whether that has ended."""

    host: NetworkFacts
    stack: str = ""
    ended: bool = False


@dataclasses.dataclass(frozen=True)
class Begin(HostAction):
    """Begins the change. It goes on when the module has ended, verifies itself, and is confirmed by another run."""

    verified: t.ClassVar[bool] = False
    exchange: t.Optional[Exchange] = dataclasses.field(default=None, compare=False, repr=False)
    timeout: int = 0

    def do(self, host: Run) -> Values:
        token = rollback.start(t.cast(Exchange, self.exchange), self.timeout, host)
        return {"rollback": {"state": "applying", "token": token}}

    def detail(self) -> str:
        """The files, line by line."""
        return "".join(_diff(t.cast(Exchange, self.exchange)))


@dataclasses.dataclass(frozen=True)
class Confirm(HostAction):
    """Makes a change final that has been applied; of one that was undone it says why, and forgets it."""

    verified: t.ClassVar[bool] = False
    token: str = ""

    def do(self, host: Run) -> Values:
        return {"rollback": rollback.confirm(self.token, host)}


def read_host(run: Run, params: Params) -> Found:
    """The host's devices and files. :raises InvalidOption: no network stack that we know is running."""
    if params["confirm"]:
        return Found(NetworkFacts({}), ended=rollback.has_ended(params["confirm"]))
    stack = params["stack"]
    if stack == "detect":
        stack = detect_stack(lambda unit: run(["systemctl", "--quiet", "is-active", unit])[0] == 0)
    return Found(NetworkFacts(read_links(lambda argv: _output(run, argv)), Files()), stack)


def plan_bridges(found: Found, params: Params) -> HostPlan:
    """The change that the declared bridges take. Pure.

    :raises FleetError: the declaration contradicts itself or the host, or would cut the host off by design.
    """
    if params["confirm"]:
        confirm = Confirm(kind="bridges", name="change", verb="confirm", token=params["confirm"])
        return HostPlan((confirm,) if found.ended else (), values={"rollback": {"state": "applying"}})
    exchange = plan_elements(params["bridges"], found.host, found.stack)
    begin = Begin(
        kind="bridges",
        name=found.stack,
        verb="configure",
        changes=changes_of(exchange),
        exchange=exchange,
        timeout=params["timeout"],
    )
    files = sorted(path for path in exchange.files if path != RECORD)
    values = {"stack": found.stack, "files": files, "rollback": {"state": "none"}}
    return HostPlan((begin,) if exchange else (), values=values)


def plan_elements(elements: t.Sequence[t.Mapping[str, t.Any]], host: NetworkFacts, stack: str) -> Exchange:
    """The exchange that the option ``bridges`` asks for."""
    present: t.List[Bridge] = []
    mistakes = Mistakes()
    for element in (one for one in elements if one["state"] == "present"):
        with mistakes:
            try:
                present.append(from_option(element))
            except InvalidOption as exc:
                raise _below(exc, f"bridges[{element['name']}]") from exc
    mistakes.raise_all()
    absent = [element["name"] for element in elements if element["state"] == "absent"]
    return plan(present, absent, host, stack, _STACKS[stack])


def changes_of(exchange: Exchange) -> t.Tuple[Change, ...]:
    """The options of bridges that differ; of a bridge that comes or goes all that was said of it."""
    changes = []
    for name in sorted({**exchange.before, **exchange.after}):
        where = f"bridges[{name}]"
        old, new = (side[name].options() if name in side else None for side in (exchange.before, exchange.after))
        if old is None or new is None:
            changes.append(Change(where, old, new, op="add" if old is None else "remove"))
            continue
        different = [option for option in sorted({**old, **new}) if old.get(option) != new.get(option)]
        changes += [Change(f"{where}.{option}", old.get(option), new.get(option)) for option in different]
    return tuple(changes)


class Files(t.Dict[str, str]):
    """The host's files by path, read when they are asked for; ``get`` is ``None`` for one that is not there."""

    def get(self, path: str, default: t.Any = None) -> t.Any:
        return read_text(path) if os.path.exists(path) else default


def _below(error: FleetError, where: str) -> FleetError:
    """All mistakes of an element, each with its place."""
    error.also = [one.below(where) for one in error.also]
    return error.below(where)


def _output(run: Run, argv: t.Sequence[str]) -> str:
    code, output = run(argv)
    if code:
        raise FleetError(f"{' '.join(argv)} failed: {output.strip()}")
    return output


def _diff(exchange: Exchange) -> t.Iterator[str]:
    import difflib  # which takes time, and a no-op does without

    for path in sorted(path for path in exchange.files if path != RECORD):
        old, new = exchange.former[path], exchange.files[path]
        before, after = (path if text is not None else path + " (absent)" for text in (old, new))
        yield from difflib.unified_diff((old or "").splitlines(True), (new or "").splitlines(True), before, after)
