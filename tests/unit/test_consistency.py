# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What belongs together is there: modules in their action group, roles' defaults, all that each kind has elsewhere."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import Kind
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS

ROOT = pathlib.Path(__file__).parents[2]
ROLES = sorted(path.parent.parent for path in ROOT.glob("roles/*/tasks/main.yml"))


def _load(path: pathlib.Path) -> t.Any:
    return yaml.safe_load(path.read_text()) if path.exists() else None


def test_the_action_group_all_is_every_module_that_has_a_uri() -> None:
    modules = sorted(
        path.stem for path in ROOT.glob("plugins/modules/*.py") if "\n  - kvm.fleet.connection\n" in path.read_text()
    )
    assert _load(ROOT / "meta/runtime.yml")["action_groups"]["all"] == modules


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.noun)
def test_every_kind_is_tested_with_a_real_libvirt(kind: Kind) -> None:
    test = ROOT / f"tests/functional/test_{kind.noun}.py"
    text = test.read_text() if test.exists() else ""
    assert f'"{kind.noun}"' in text and "virsh(" in text, (
        f"{test.name} has to test the module, with virsh as the witness"
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_the_role_of_the_guests_takes_objects_of_every_kind(kind: Kind) -> None:
    (task,) = [task for task in _load(ROOT / "roles/kvm_guests/tasks/main.yml") if "kvm.fleet.converge" in task]
    assert task["kvm.fleet.converge"].get(kind.plural) == f"{{{{ kvm_guests_{kind.plural} or [] }}}}"


def test_every_module_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    modules = [path.stem for path in ROOT.glob("plugins/modules/*.py")]
    assert [name for name in modules if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_roles_defaults_are_those_of_its_argument_specs(role: pathlib.Path) -> None:
    entry_points = _load(role / "meta/argument_specs.yml")["argument_specs"]
    specified = {
        name: option["default"]
        for entry_point in entry_points.values()
        for name, option in entry_point.get("options", {}).items()
        if "default" in option
    }
    # A list that may be left without a value is empty by default, and says no default: Ansible would want a list then.
    defaults = {
        name: value
        for name, value in (_load(role / "defaults/main.yml") or {}).items()
        if name in specified or value != []
    }
    assert defaults == specified
