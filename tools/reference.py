# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes two pages of docs/ from the tables and rules of the kinds. `make docs`.

reconcile.md: what a change of each option does to what runs. rules.md: which options go together.
"""

from __future__ import annotations

import collections
import pathlib
import re
import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.bridges import actions as bridges
from ansible_collections.kvm.fleet.plugins.module_utils.diff import LIVE, RECREATE, RESTART
from ansible_collections.kvm.fleet.plugins.module_utils.host import sasl, settings, tls
from ansible_collections.kvm.fleet.plugins.module_utils.host.kernel import setup as kernel
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.calls import CALLS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.devices import LISTS, PLUGGABLE, UPDATABLE
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.rule import DEFINITION, HOST, Rule
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables

DOCS = pathlib.Path(__file__).parents[1] / "docs"
CLASSES = (LIVE, RESTART, RECREATE)

RECONCILE = """# What a change does

<!-- Written by tools/reference.py from the property tables: change those, then run `make docs`. -->

For every option of every kind of object: what happens to an active object when the declared value differs.

- **live**: it changes in the active object, and in its definition. Where the guest or QEMU cannot change it, it is
  pending as those of the next class are.
- **restart**: it changes in the definition, and is pending until the next start: the result has `restart_required`, and
  names it in `pending`. A domain with `restart: if_required`, and a network or pool with `restart: if_unused` or
  `always`, is restarted for it.
- **recreate**: it is refused before anything is changed. Make the object absent first.

An inactive object changes at once, except for what is **recreate**. An option that is not declared is never changed. A
declared list is complete: `disks` stands for adding and removing items, `disks[].cache` for an option of an item. What
has no option is declared in `xml`, and is pending until the next start.
"""


RULES = """# Rules between options

<!-- Written by tools/reference.py from the rules of the kinds: change those, then run `make docs`. -->

What is refused before anything is changed, with the option that the message names and the remedy. `…` stands for
declared values. All mistakes in a document are reported together, but for those of what needs a mistaken object. Some
rules are about the declared options alone, others (*) about the resulting definition, which contains them, or (**)
about the host that they are declared for.
"""

#: Modules of the host itself that have rules.
HOST_MODULES: dict[str, tuple[Rule, ...]] = {
    "certificate": tls.RULES,
    "host_bridges": bridges.RULES,
    "host_kernel": kernel.RULES,
    "libvirt_config": settings.RULES,
    "sasl_user": sasl.RULES,
}
MARKS = {DEFINITION: " *", HOST: " **"}


class Row(t.NamedTuple):
    """One option: its path as the user writes it, where it is in the XML, what a change does, and when."""

    option: str
    place: str
    apply: str
    note: str


def rows(kind: Kind) -> list[Row]:
    """Every option of a kind's table, in its order."""
    return list(_rows(kind, kind.table))


def _rows(kind: Kind, table: tables.Table, option: str = "", place: str = "", items: str = "") -> t.Iterator[Row]:
    for entry in table:
        name, where = option + entry.option, place + entry.path
        if isinstance(entry, tables.Items):
            inner = f"{items}.{entry.option}" if items else entry.option
            yield Row(name, where, *_effect_of_list(kind, entry, items))
            yield from _rows(kind, entry.members, f"{name}[].", f"{where}/", inner)
        else:
            yield Row(name, where, *_effect(kind, entry, items))


def _effect_of_list(kind: Kind, entry: tables.Items, items: str) -> tuple[str, str]:
    if kind.noun == "domain" and not items and entry.option in LISTS:
        plugs = PLUGGABLE.get(entry.option)
        return (RESTART, "") if plugs is None else (LIVE, _said(plugs))
    return _effect(kind, entry, items)


def _effect(kind: Kind, entry: t.Any, items: str) -> tuple[str, str]:
    if kind.noun != "domain":
        return entry.apply, ""
    if items.partition(".")[0] in LISTS:
        return (RESTART if entry.apply == LIVE and items.partition(".")[0] not in UPDATABLE else entry.apply), ""
    call = next((call for call in CALLS if (items.partition(".")[0] or entry.option) in call.options), None)
    return entry.apply, _said(call.possible) if call is not None and entry.apply == LIVE else ""


def _said(condition: t.Callable[..., t.Any]) -> str:
    """What the code says of the cases in which it is possible."""
    return (condition.__doc__ or "").partition("\n")[0]


def render_reconcile() -> str:
    """The page on changes."""
    found = {kind: rows(kind) for kind in ALL_KINDS if kind.table}
    text = RECONCILE + "\n## In numbers\n\n| kind | options | live | restart | recreate |\n|---|---|---|---|---|\n"
    total: collections.Counter[str] = collections.Counter()
    for kind, listed in found.items():
        counts = collections.Counter(row.apply for row in listed)
        total += counts
        text += _line(f"[{kind.noun}](#{kind.noun})", len(listed), *(counts[one] for one in CLASSES))
    text += _line("all", total.total(), *(total[one] for one in CLASSES))
    for kind, listed in found.items():
        text += f"\n## {kind.noun}\n\n"
        text += f"| option of `kvm.fleet.{kind.noun}` | in libvirt's XML | a change is | |\n|---|---|---|---|\n"
        text += "".join(_line(f"`{row.option}`", f"`{row.place}`", row.apply, row.note) for row in listed)
    return text


def render_rules() -> str:
    """The page on rules."""
    comparing = [kind for kind in ALL_KINDS if "declared" in kind.info_options]
    ruled = {
        **{kind.noun: kind.rules for kind in ALL_KINDS},
        **{f"{kind.noun}_info": module.INFO_RULES for kind in comparing},
        **HOST_MODULES,
    }
    return RULES + "".join(_rules_of(name, rules) for name, rules in ruled.items() if rules)


def _rules_of(module: str, rules: t.Iterable[Rule]) -> str:
    text = f"\n## {module}\n\n| option of `kvm.fleet.{module}` | what is refused | remedy |\n|---|---|---|\n"
    for rule in rules:
        option = ".".join(filter(None, [*(f"{one}[]" for one in rule.of), rule.at]))
        what = re.sub(r"\{\d\}", "…", rule.what) + MARKS.get(rule.scope, "")
        text += _line(f"`{option}`" if option else "", what, re.sub(r"\{\d\}", "…", rule.remedy))
    return text


#: What writes which page.
PAGES: dict[str, t.Callable[[], str]] = {"reconcile.md": render_reconcile, "rules.md": render_rules}


def _line(*cells: t.Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells).rstrip() + " |\n"


if __name__ == "__main__":
    for name, render in PAGES.items():
        (DOCS / name).write_text(render())
        print(f"written: docs/{name}")
