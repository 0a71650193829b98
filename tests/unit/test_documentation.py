# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules say of themselves is what they accept, their examples work, and no option is without its words."""

from __future__ import annotations

import importlib
import pathlib
import typing as t

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kvm.fleet.plugins.module_utils.plan import Plan
from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import World
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.runner import Result, wants_of

COLLECTION = "ansible_collections.kvm.fleet.plugins"
MODULES = sorted(path.stem for path in (pathlib.Path(__file__).parents[2] / "plugins/modules").glob("*.py"))
BY_NOUN = {kind.noun: kind for kind in ALL_KINDS}
ENSURING = [*BY_NOUN, "converge"]

Tree = dict[str, t.Any]


@pytest.fixture
def argument_spec(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], Tree]:
    """``argument_spec("network")``: what the module gives to Ansible when it runs."""

    class Caught(Exception):
        pass

    def catch(_self: AnsibleModule, argument_spec: Tree, **_options: t.Any) -> t.NoReturn:
        raise Caught(argument_spec)

    def of(name: str) -> Tree:
        module = importlib.import_module(f"{COLLECTION}.modules.{name}")
        with monkeypatch.context() as patched, pytest.raises(Caught) as caught:
            patched.setattr(AnsibleModule, "__init__", catch)
            module.main()
        return dict(caught.value.args[0])

    return of


def _said(name: str, part: str) -> t.Any:
    return yaml.safe_load(getattr(importlib.import_module(f"{COLLECTION}.modules.{name}"), part))


def _documented_options(name: str) -> Tree:
    """The options in a module's documentation and in the fragments that it extends."""
    documentation = _said(name, "DOCUMENTATION")
    options = dict(documentation.get("options") or {})
    for fragment in documentation["extends_documentation_fragment"]:
        _namespace, _collection, plugin, *part = fragment.split(".")
        holder = importlib.import_module(f"{COLLECTION}.doc_fragments.{plugin}").ModuleDocFragment
        options.update(yaml.safe_load(getattr(holder, part[0].upper() if part else "DOCUMENTATION"))["options"])
    return options


def _shape(options: Tree, nested: str) -> Tree:
    """What has to be the same in both places: ``nested`` is what the options within an option are called there."""
    return {
        name: {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "default": option.get("default"),
            "choices": sorted(option["choices"]) if "choices" in option else None,  # a dict of them is as good
            "options": _shape(option.get(nested) or {}, nested),
        }
        for name, option in options.items()
    }


def _undescribed(options: Tree, path: str = "") -> t.Iterator[str]:
    for name, option in options.items():
        texts = option.get("description") or [""]
        choices = option.get("choices")
        words = [
            *([texts] if isinstance(texts, str) else texts),
            *(choices.values() if isinstance(choices, dict) else ()),
        ]
        if not all(isinstance(text, str) and text.strip() for text in words):
            yield path + name
        yield from _undescribed(option.get("suboptions") or {}, f"{path}{name}.")


@pytest.mark.parametrize("name", MODULES)
def test_the_documented_options_are_those_of_the_argument_spec(name: str, argument_spec) -> None:
    assert _shape(_documented_options(name), "suboptions") == _shape(argument_spec(name), "options")


@pytest.mark.parametrize("name", MODULES)
def test_every_option_is_described(name: str) -> None:
    assert list(_undescribed(_documented_options(name))) == []


@pytest.mark.parametrize("name", MODULES)
def test_every_example_is_valid(name: str, argument_spec) -> None:
    tasks = _said(name, "EXAMPLES")
    used = [(key, task[key] or {}) for task in tasks for key in task if key.startswith("kvm.fleet.")]
    assert f"kvm.fleet.{name}" in dict(used)
    for key, arguments in used:
        noun = key.rpartition(".")[2]
        checked = ArgumentSpecValidator(argument_spec(noun)).validate(_rendered(arguments))
        assert not checked.error_messages, (key, arguments)
        if noun in BY_NOUN:
            wants_of(ALL_KINDS, {BY_NOUN[noun].plural: [checked.validated_parameters]}, alone=True)
        if noun == "converge":
            wants_of(KINDS, {kind.plural: _elements(kind, checked.validated_parameters) for kind in KINDS})


def _elements(kind, arguments: Tree) -> list[Tree]:
    elements = []
    for element in arguments[kind.plural]:
        checked = ArgumentSpecValidator(kind.argument_spec()).validate(element)
        assert not checked.error_messages, element
        elements.append(checked.validated_parameters)
    return elements


def _rendered(arguments: Tree) -> Tree:
    """Options of an example whose value is the reader's own variable have a type that only the reader knows."""
    return {name: value for name, value in arguments.items() if not (isinstance(value, str) and value.startswith("{{"))}


@pytest.mark.parametrize("name", ENSURING)
def test_what_is_documented_as_returned_is_what_a_run_returns(name: str) -> None:
    public = Result(Plan(), t.cast(World, None)).public()
    objects = {name} if name in BY_NOUN else {kind.plural for kind in KINDS}
    assert set(_said(name, "RETURN")) == (set(public) - {"changed"}) | objects


@pytest.mark.parametrize("noun", BY_NOUN)
def test_what_an_info_module_says_of_an_object_is_what_its_module_says(noun: str) -> None:
    info = _said(f"{noun}_info", "RETURN")
    more = ["missing"] if "declared" in BY_NOUN[noun].info_options else []
    assert list(info) == [BY_NOUN[noun].plural, *more]
    objects = info[BY_NOUN[noun].plural]
    assert _said(noun, "RETURN")[noun]["contains"].items() <= objects["contains"].items()
