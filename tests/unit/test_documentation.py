# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation has the options that modules accept, described in sentences, and its examples are valid."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pathlib
import re
import typing as t

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kvm.fleet.plugins.module_utils.host_loop import HostModule, HostPlan
from ansible_collections.kvm.fleet.plugins.module_utils.plan import Plan
from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import World
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.runner import Result, wants_of
from ansible_collections.kvm.fleet.plugins.module_utils.xml.quantities import AttributeSizeType
from ansible_collections.kvm.fleet.plugins.module_utils.xml.table import Items, Table
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import SizeType

COLLECTION = "ansible_collections.kvm.fleet.plugins"
ROOT = pathlib.Path(__file__).parents[2]


def _module(name: str) -> t.Any:
    return importlib.import_module(f"{COLLECTION}.modules.{name}")


MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
ROLES = sorted(path.parents[1].name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
BY_NOUN = {kind.noun: kind for kind in ALL_KINDS}
ENSURING = [*BY_NOUN, "converge"]
HOST = {name: module for name in MODULES if (module := getattr(_module(name), "MODULE", None)) is not None}

Tree = dict[str, t.Any]


@pytest.fixture
def argument_spec(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], Tree]:
    """``argument_spec("network")``: what the module gives to Ansible when it runs."""

    class Caught(Exception):
        pass

    def catch(_self: AnsibleModule, argument_spec: Tree, **_options: t.Any) -> t.NoReturn:
        raise Caught(argument_spec)

    def of(name: str) -> Tree:
        module = _module(name)
        with monkeypatch.context() as patched, pytest.raises(Caught) as caught:
            patched.setattr(AnsibleModule, "__init__", catch)
            module.main()
        return dict(caught.value.args[0])

    return of


def _said(name: str, part: str) -> t.Any:
    return yaml.safe_load(getattr(_module(name), part))


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


def _flat(shape: Tree, path: str = "") -> t.Iterator[tuple[str, Tree]]:
    """Each option by its path, without those within it."""
    for name, option in shape.items():
        yield path + name, {**option, "options": None}
        yield from _flat(option["options"], f"{path}{name}.")


#: What a description begins with: a capital letter, or the markup of a value, an option or the like.
SENTENCE = re.compile(r"(?:[A-Z]|[CFIMOPV]\().*\.", re.DOTALL)
#: The fewest words of a description. A noun alone repeats the option's name.
FEWEST_WORDS = 5
#: Words for which the field has better ones, and beginnings of half a sentence.
RIDDLES = re.compile(
    r"\b(?:told|tells?|ears|nothing is said|the first inside|who does|calls? (?:at|again)|has to say|made up|lets? go"
    r"|looks? at|in (?:words|libvirt's words)|anew each|not so)\b|^(?:As|Or|Its|Their|Of|The same) ",
    re.IGNORECASE,
)
#: Options that are numbers of something, by their names, and what they can be numbers of.
QUANTITIES = re.compile(
    r"timeout|delay|lease|period|quota|reconnect|mtu|bytes|iops|size|ram$|vram|vgamem|average|peak|burst|floor|length"
    r"|millisecs|bits|valid_for|renew_before|frequency|rotation_rate|timer"
)
UNITS = re.compile(
    r"second|kibibyte|byte|KiB|\bbits?\b|\bdays\b|operations|requests|packets|entries|threads|revolutions|\bHz\b"
)
SIZE = re.compile(r"\d(?:[KMGT]i?)?B\b|\bbytes\b")


def _faults(options: Tree, nested: str, sizes: t.Container[str], path: str = "") -> t.Iterator[str]:
    """What the descriptions of ``options`` lack; ``sizes`` are the paths of options that are sizes with a unit."""
    for name, option in options.items():
        texts = option.get("description") or ""
        paragraphs = [texts] if isinstance(texts, str) else texts
        whole = " ".join(paragraphs)
        choices = option["choices"].values() if isinstance(option.get("choices"), dict) else ()
        if not all(SENTENCE.fullmatch(text.strip()) for text in [*paragraphs, *choices]):
            yield f"{path}{name}: no sentence"
        if len(whole.split()) < FEWEST_WORDS:
            yield f"{path}{name}: fewer than {FEWEST_WORDS} words"
        yield from (f"{path}{name}: '{riddle}'" for riddle in _riddles([*paragraphs, *choices]))
        if path + name in sizes and not SIZE.search(whole):
            yield f"{path}{name}: no size as an example"
        if option.get("type") == "int" and QUANTITIES.search(name) and not UNITS.search(whole):
            yield f"{path}{name}: no unit"
        yield from _faults(option.get(nested) or {}, nested, sizes, f"{path}{name}.")


def _riddles(texts: t.Iterable[str]) -> list[str]:
    return [found.group() for text in texts for found in RIDDLES.finditer(text)]


def _sizes(table: Table, path: str = "") -> t.Iterator[str]:
    for entry in table:
        if isinstance(entry, Items):
            yield from _sizes(entry.members, f"{path}{entry.option}.")
        elif isinstance(entry.type, (SizeType, AttributeSizeType)):
            yield path + entry.option


@pytest.mark.parametrize("name", MODULES)
def test_the_documented_options_are_those_of_the_argument_spec(name: str, argument_spec) -> None:
    documented, accepted = (
        dict(_flat(shape))
        for shape in (_shape(_documented_options(name), "suboptions"), _shape(argument_spec(name), "options"))
    )
    different = sorted(path for path in {*documented, *accepted} if documented.get(path) != accepted.get(path))
    assert not different, f"not documented as the module has it: {', '.join(different)}"


@pytest.mark.parametrize("name", MODULES)
def test_every_option_is_described_in_sentences(name: str) -> None:
    sizes = set(_sizes(BY_NOUN[name].table)) if name in BY_NOUN else ()
    assert list(_faults(_documented_options(name), "suboptions", sizes)) == []


@pytest.mark.parametrize("name", ROLES)
def test_every_option_of_a_role_is_described_in_sentences(name: str) -> None:
    entry_points = yaml.safe_load((ROOT / "roles" / name / "meta/argument_specs.yml").read_text())["argument_specs"]
    for entry_point in entry_points.values():
        assert list(_faults(entry_point["options"], "options", ())) == []


@pytest.mark.parametrize(
    ("option", "fault"),
    [
        ({}, "no sentence"),
        ({"description": "The number of the queues"}, "no sentence"),
        ({"description": ["The number of the queues.", "at most eight."]}, "no sentence"),
        ({"description": "The kind of the device.", "choices": {"usb": "a bus"}}, "no sentence"),
        ({"description": "A timeout."}, "fewer than 5 words"),
        ({"description": "Whether the guest is told that it was migrated."}, "'told'"),
        ({"description": "Or the UUID of a mediated device."}, "'Or '"),
        ({"description": "How long the guest may take to answer.", "type": "int"}, "no unit"),
        ({"description": "The memory that the guest can use."}, "no size as an example"),
    ],
)
def test_a_poor_description_is_a_fault(option: Tree, fault: str) -> None:
    sizes = {"timeout"} if fault.startswith("no size") else ()
    assert f"timeout: {fault}" in list(_faults({"timeout": option}, "suboptions", sizes))


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
    kept = {name: one for name, one in arguments.items() if not (isinstance(one, str) and one.startswith("{{"))}
    return json.loads(re.sub(r"\{\{ \w+ \}\}", "any", json.dumps(kept)))


@pytest.mark.parametrize("name", ENSURING)
def test_documented_return_values_are_those_of_a_run(name: str) -> None:
    public = Result(Plan(), t.cast(World, None)).public()
    objects = {name} if name in BY_NOUN else {kind.plural for kind in KINDS}
    assert set(_said(name, "RETURN")) == (set(public) - {"changed"}) | objects


@pytest.mark.parametrize("noun", BY_NOUN)
def test_an_info_module_documents_the_return_values_of_its_module(noun: str) -> None:
    info = _said(f"{noun}_info", "RETURN")
    more = ["missing"] if "declared" in BY_NOUN[noun].info_options else []
    assert list(info) == [BY_NOUN[noun].plural, *more]
    objects = info[BY_NOUN[noun].plural]
    assert _said(noun, "RETURN")[noun]["contains"].items() <= objects["contains"].items()


@pytest.mark.parametrize("name", HOST)
def test_every_module_of_the_host_returns_its_actions_and_their_diff(name: str) -> None:
    module: HostModule[t.Any, t.Any] = HOST[name]
    nothing = dataclasses.replace(
        module, rules=(), read=lambda _host, _params: None, plan=lambda _found, _params: HostPlan(values={"ends": None})
    )
    returned = set(nothing.run(None, {}, check=True)) - {"changed", "ends"}
    assert {"actions", "diff"} <= returned <= set(_said(name, "RETURN"))


def test_the_modules_of_the_host_are_these() -> None:
    assert sorted(HOST) == ["certificate", "host_bridges", "host_kernel", "libvirt_config", "sasl_user"]
