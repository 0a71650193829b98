# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/reconcile.md and rules.md are what tables and rules say; what is said of a change is what the planner does."""

from __future__ import annotations

import importlib
import importlib.util
import pathlib
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.diff import LIVE
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.calls import CALLS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.devices import LISTS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables

MODULES = "ansible_collections.kvm.fleet.plugins.modules"
TOOL = pathlib.Path(__file__).parents[2] / "tools" / "reference.py"


@pytest.fixture(scope="module")
def tool() -> t.Any:
    spec = importlib.util.spec_from_file_location("reference", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["reconcile.md", "rules.md"])
def test_reference_pages_are_up_to_date(tool, page):
    assert (tool.DOCS / page).read_text() == tool.PAGES[page](), (
        "the tables or rules have changed: run `make docs`, or PYTHONPATH=.cache/collections python "
        "tools/reference.py, and commit what that writes"
    )


def test_every_module_of_the_host_with_rules_is_in_the_rules_page(tool):
    names = [path.stem for path in (TOOL.parents[1] / "plugins/modules").glob("*.py")]
    modules = {name: importlib.import_module(f"{MODULES}.{name}") for name in names}
    ruled = {name for name, module in modules.items() if getattr(getattr(module, "MODULE", None), "rules", ())}
    assert ruled <= {*tool.HOST_MODULES}, "put its rules into HOST_MODULES of tools/reference.py"


def test_every_option_is_in_the_reconcile_page(tool):
    def count(table: tables.Table) -> int:
        return sum(1 + (count(entry.members) if isinstance(entry, tables.Items) else 0) for entry in table)

    for kind in ALL_KINDS:
        assert len(tool.rows(kind)) == count(kind.table)


def test_every_live_option_of_a_domain_has_a_call():
    """Beside the devices, which are plugged and updated by their lists."""
    called = {option for call in CALLS for option in call.options}
    live = {
        entry.option
        for entry in DOMAIN.table
        if entry.apply == LIVE and not (isinstance(entry, tables.Items) and entry.option in LISTS)
    }
    assert live - called == set()
