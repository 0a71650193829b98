# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module ``host_bridges``: everything it does on the host, but for what it documents."""

from __future__ import annotations

import os
import typing as t

from ..errors import FleetError, InvalidOption
from ..fleet_module import FleetModule
from ..host.emulator import read_text
from . import change as transaction
from .facts import Host, detect_stack, read_links
from .model import OPTIONS, Bridge, from_option
from .plan import RECORD, Change, plan
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


def main() -> None:
    module = FleetModule(
        SPEC,
        mutually_exclusive=[("bridges", "confirm")],
        required_one_of=[("bridges", "confirm")],
    )

    def run(argv: t.Sequence[str]) -> t.Tuple[int, str]:
        code, output, errors = module.run_command(list(argv))
        return code, output if code == 0 else errors or output

    try:
        if module.params["confirm"]:
            module.exit_json(changed=False, rollback=transaction.confirm(module.params["confirm"], run))
        change, stack = _plan(module.params, run)
        result: t.Dict[str, t.Any] = {
            "changed": bool(change),
            "stack": stack,
            "files": sorted(path for path in change.files if path != RECORD),
            "diff": [_diff(change, path) for path in sorted(change.files) if path != RECORD],
            "rollback": {"state": "none"},
        }
        if change and not module.check_mode:
            token = transaction.start(change, module.params["timeout"], run)
            result["rollback"] = {"state": "applying", "token": token}
        module.exit_json(**result)
    except FleetError as exc:
        module.fail_json(msg=str(exc))


def _plan(params: t.Mapping[str, t.Any], run: transaction.Run) -> t.Tuple[Change, str]:
    if params["timeout"] < 20:
        raise InvalidOption(
            f"{params['timeout']} s are too few to find a host again",
            where="timeout",
            remedy="Give 20 or more; a DHCP server and a slow switch need a minute",
        )
    name = params["stack"]
    if name == "detect":
        name = detect_stack(lambda unit: run(["systemctl", "--quiet", "is-active", unit])[0] == 0)
    host = Host(read_links(lambda argv: _output(run, argv)), Files())
    return plan_elements(params["bridges"], host, name), name


def plan_elements(elements: t.Sequence[t.Mapping[str, t.Any]], host: Host, stack: str) -> Change:
    """The change that the option ``bridges`` asks for."""
    present: t.List[Bridge] = []
    absent: t.List[str] = []
    for position, element in enumerate(elements):
        if element["state"] == "absent":
            absent.append(element["name"])
            continue
        try:
            present.append(from_option(element))
        except InvalidOption as exc:
            raise exc.below(f"bridges[{element['name'] or position}]") from exc
    return plan(present, absent, host, stack, _STACKS[stack])


class Files(t.Dict[str, str]):
    """The host's files by path, read when they are asked for; ``get`` is ``None`` for one that is not there."""

    def get(self, path: str, default: t.Any = None) -> t.Any:
        return read_text(path) if os.path.exists(path) else default


def _output(run: transaction.Run, argv: t.Sequence[str]) -> str:
    code, output = run(argv)
    if code:
        raise FleetError(f"{' '.join(argv)} failed: {output.strip()}")
    return output


def _diff(change: Change, path: str) -> t.Dict[str, str]:
    before, after = change.former[path], change.files[path]
    return {
        "before_header": path if before is not None else path + " (absent)",
        "after_header": path if after is not None else path + " (absent)",
        "before": before or "",
        "after": after or "",
    }
