# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules of the kinds, their info modules and ``converge`` do: parameters in, result out."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import typing as t

from . import deps
from .connection import OPTIONS, explain, open_connection, shown
from .described import described
from .errors import FleetError, InvalidOption, Mistakes, element_path, together
from .fleet_module import FleetModule
from .misfit import misfit
from .resources import KINDS
from .resources.base import Kind, Session
from .resources.declared import differences
from .resources.defined import DefinedKind
from .rule import Rule, check
from .runner import Result, Runner, key_of, wants_of
from .validation import Validator

#: Options of every module that changes something, beside those of its kind.
COMMON = dict(OPTIONS, show_xml={"type": "bool", "default": False})


#: Of info modules that can compare.
INFO_RULES = (
    Rule(
        lambda params: params.get("as") == "spec" and params.get("declared") is not None,
        "declared",
        "spec is of existing objects",
        "Remove one of the two",
    ),
)


def main(kind: Kind) -> None:
    """A module that ensures one object of ``kind``: a document of one element."""
    module = FleetModule(dict(COMMON, **kind.argument_spec()), kind.secret_options())
    with module.failing_plainly():
        deps.require(sys.executable)
        kinds = KINDS if kind in KINDS else (*KINDS, kind)
        wants = wants_of(kinds, {kind.plural: [module.params]}, alone=True)
        result = _run(module, kinds, wants)
        state = result.world.state(kind.noun, wants[0].key)
        shown = kind.show(state) if state is not None and not wants[0].absent else {}
        shown.update(result.waited.get((kind.noun, wants[0].name), {}))
        module.exit_json(**dict(result.public(module.params["show_xml"]), **{kind.noun: shown}))


def main_converge() -> None:
    """The module that takes a whole host's document."""
    # What is secret in an element is known from the kind's own spec.
    element_list = {"type": "list", "elements": "dict", "default": [], "no_log": False}
    spec: t.Dict[str, t.Any] = {kind.plural: dict(element_list) for kind in KINDS}
    spec["parallel"] = {"type": "int", "default": 4}
    spec["restart"] = {"type": "str", "choices": ["never", "if_required"], "default": "never"}
    module = FleetModule(dict(COMMON, **spec), elements={kind.plural: kind for kind in KINDS}, large=True)
    with module.failing_plainly():
        deps.require(sys.executable)
        mistakes = Mistakes()
        with mistakes:
            if module.params["parallel"] < 1:
                raise InvalidOption("the number has to be at least 1", where="parallel", remedy="Declare 1 or more")
        document = {kind.plural: _validated(module, kind, kind.plural, mistakes) for kind in KINDS}
        if module.params["restart"] == "if_required":
            _restart_once(document)
        wants = wants_of(KINDS, document, mistakes=mistakes)
        result = _run(module, KINDS, wants, mistakes)
        objects: t.Dict[str, t.List[t.Any]] = {kind.plural: [] for kind in KINDS}
        for kind in KINDS:
            for want in wants:
                state = result.world.state(kind.noun, want.key)
                if want.kind == kind.noun and state is not None and not want.absent:
                    waited = result.waited.get((kind.noun, want.name), {})
                    objects[kind.plural].append(dict(kind.brief(state), **waited))
        module.exit_json(**dict(result.public(module.params["show_xml"]), **objects))


def _restart_once(document: t.Mapping[str, t.Sequence[t.Dict[str, t.Any]]]) -> None:
    """Let what waits for a restart be restarted, unless an object says otherwise itself."""
    for kind in KINDS:
        for element in document[kind.plural] if kind.restart_once else ():
            if element["restart"] is None:
                element["restart"] = kind.restart_once


def main_info(kind: Kind) -> None:
    """A module that reads the objects of ``kind``, over a read-only connection if that can read everything."""
    module = FleetModule(dict(OPTIONS, **kind.info_options), elements={"declared": kind})
    as_spec = module.params.get("as") == "spec"
    readonly = not (as_spec and kind.needs_write_access)
    with module.failing_plainly():
        deps.require(sys.executable)
        check(INFO_RULES, module.params)
        with contextlib.ExitStack() as stack:
            session = Session(
                stack.enter_context(_connected(module, readonly)), module.params["uri"], readonly=readonly
            )
            agents = stack.enter_context(_connected(module)) if module.params.get("agent") else None
            keys = kind.keys(session, module.params)
            states = kind.read(session, keys)
            found = {key: states[key] for key in sorted(states) if key in keys}
            declared = module.params.get("declared")
            if as_spec:
                specs, warnings = described(Runner(session, KINDS), kind, list(found.values()))
                for text in warnings:
                    module.warn(text)
                module.exit_json(changed=False, **{kind.plural: specs})
            inspect = kind.inspector(session, agents)
            shown = {key: dict(kind.show(state), **inspect(state)) for key, state in found.items()}
            more = {} if declared is None else _compared(module, session, t.cast(DefinedKind, kind), shown)
        module.exit_json(changed=False, **{kind.plural: list(shown.values())}, **more)


def _compared(
    module: FleetModule, session: Session, kind: DefinedKind, shown: t.Dict[t.Any, t.Dict[str, t.Any]]
) -> t.Dict[str, t.List[str]]:
    """Compare what is ``shown`` with what is declared, which becomes its ``drift``; returns what is not there."""
    mistakes = Mistakes()
    declared = _validated(module, kind, "declared", mistakes)
    mistakes.raise_all()
    wants = wants_of(KINDS, {kind.plural: declared}, called="declared")
    world = Runner(session, KINDS).read(wants)
    asked = [want for want in wants if want.kind == kind.noun and module.params["name"] in (None, want.name)]
    for want in asked:
        if want.key in shown:
            one = shown[want.key]
            one["drift"] = differences(kind, want, world, one.get("drift", ()))
    return {"missing": [want.name for want in asked if want.key not in shown and not want.absent]}


def _run(
    module: FleetModule, kinds: t.Sequence[Kind], wants: t.Sequence[t.Any], mistakes: t.Optional[Mistakes] = None
) -> Result:
    try:
        with _connected(module) as connection:
            session = Session(connection, module.params["uri"])
            runner = Runner(session, kinds, module.params.get("parallel", 1))
            result = runner.run(wants, module.check_mode, mistakes)
            if not module.check_mode:
                result = dataclasses.replace(result, waited=runner.wait(wants))
    except FleetError as exc:
        if mistakes is None or not mistakes.found or exc in mistakes.found:
            raise
        raise together([*mistakes.found, exc]) from exc  # the host could not be asked
    for text in result.plan.warnings:
        module.warn(text)
    for pending in result.plan.pending:
        options = ", ".join(change.option for change in pending.changes)
        module.warn(f"{pending.kind} '{pending.name}' has to be restarted for: {options}")
    return result


def _validated(module: FleetModule, kind: Kind, called: str, mistakes: Mistakes) -> t.List[t.Dict[str, t.Any]]:
    """The elements of the list that is ``called`` so, checked with the argument spec of the kind's own module."""
    validator = Validator(kind.argument_spec())
    elements = []
    for position, params in enumerate(module.params[called]):
        checked = validator.check(params)
        module.hide(checked.secrets)
        where = element_path(called, params, position)
        wrong = None if checked.fits else misfit(validator.spec, params, where)
        if wrong is None and checked.errors:
            remedy = f"The options are those of the module kvm.fleet.{kind.noun}"
            wrong = together([InvalidOption(text, where=where, remedy=remedy) for text in checked.errors])
        if wrong is None:
            elements.append(checked.complete)
        else:
            mistakes.found.append(wrong)
            mistakes.objects.add((kind.noun, key_of(kind, params)))
    return elements


@contextlib.contextmanager
def _connected(module: FleetModule, readonly: bool = False) -> t.Iterator[t.Any]:
    """A connection as the options say. Errors of reading calls are explained as well."""
    uri = module.params["uri"]
    with open_connection(uri, readonly, module.params["timeout"]) as connection:
        try:
            yield connection
        except deps.libvirt.libvirtError as exc:
            raise explain(exc, shown(uri)) from exc
