# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only reconcile loop: desired, current, plan, apply, verify, result."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import tempfile
import time
import typing as t

from . import connection, order, parallel
from .deps import libvirt
from .errors import (
    MANY,
    AccessDenied,
    FleetError,
    InvalidOption,
    Mistakes,
    NotKept,
    TimedOut,
    element_path,
    together,
)
from .paths import NAME
from .plan import Action, Pending, Plan, render
from .resources.base import Kind, Reference, Session, Updated, Want, World
from .resources.host import Host
from .resources.leftovers import Leftovers
from .resources.operations import Define
from .xml import parse, secrets

#: How long a run waits for another run on the same host, in seconds.
LOCK_TIMEOUT = 600


@dataclasses.dataclass
class Result:
    """What a run did, or would do."""

    plan: Plan
    world: World
    #: What is known of objects that were waited for, by kind and name.
    waited: t.Mapping[order.Name, t.Dict[str, t.Any]] = dataclasses.field(default_factory=dict)

    def public(self, with_xml: bool = False) -> t.Dict[str, t.Any]:
        """As a module returns it."""
        actions = [action.public() for action in self.plan.actions]
        pending = [one.public() for one in self.plan.pending]
        text = render(actions, pending)
        if with_xml:
            text += "".join(_xml_diff(action) for action in self.plan.actions)
        return {
            "changed": bool(actions),
            "actions": actions,
            "diff": {"prepared": text},
            "restart_required": bool(self.plan.pending),
            "pending": pending,
        }


class Progress:
    """What has become of the ``steps`` so far. ``failed`` are also those that were not tried, with ``None``."""

    def __init__(self, steps: order.Steps) -> None:
        self.done: t.Dict[order.Name, t.List[Action]] = {name: [] for name in steps}
        self.late: t.Dict[order.Name, t.List[Pending]] = {name: [] for name in steps}
        self.failed: t.Dict[order.Name, t.Optional[FleetError]] = {}

    def check(self) -> None:
        """:raises FleetError: something failed."""
        in_order = [(name, self.failed[name]) for name in self.done if name in self.failed]
        errors = [error for _name, error in in_order if error is not None]
        if not errors:
            return
        done = [str(action) for actions in self.done.values() for action in actions]
        untried = [f"{kind} {name}" for (kind, name), error in in_order if error is None]
        notes = [note for note in (_some("done", done), _some("not tried", untried)) if note]
        first = errors[0]
        first.also = errors[1:]
        first.what += f" ({'; '.join(notes)})" if notes else ""
        if done:
            first.remedy = ". ".join(
                filter(None, (first.remedy, "What is done stays, and the next run goes on from it"))
            )
        first.args = (str(first),)
        raise first


def _some(what: str, texts: t.Sequence[str]) -> str:
    more = [f"and {len(texts) - MANY} more"] if len(texts) > MANY else []
    return f"{what}: {', '.join([*texts[:MANY], *more])}" if texts else ""


class Runner:
    """Runs the loop for a document: ``{plural: [parameters of one element, …]}``.

    :arg parallel: on how many objects it works at a time.
    """

    def __init__(self, session: Session, kinds: t.Sequence[Kind], parallel: int = 1) -> None:
        self.session = session
        self.kinds = (Leftovers(), *kinds)
        self.parallel = parallel
        self.by_noun = {kind.noun: kind for kind in self.kinds}

    def run(self, wants: t.Sequence[Want], check: bool, mistakes: t.Optional[Mistakes] = None) -> Result:
        """Bring the host to ``wants``; with ``check`` only say what that would take.

        :arg mistakes: those of the rest of the document: then nothing is done, and all are told together.
        :raises FleetError: nothing was touched if it comes from validating, reading or planning.
        """
        every = [*wants, Leftovers.standing]
        if mistakes is not None and mistakes.found:
            self._look(every, mistakes)
        with contextlib.ExitStack() as stack:
            alone = check or stack.enter_context(_lock(self.session, 0))
            try:
                world, plan = self._look(every)
                waits = bool(plan.actions) and not alone
            except FleetError:
                if alone:
                    raise
                waits = True  # another run may be creating the missing object
            if waits:  # then see what is left to do
                stack.enter_context(_lock(self.session, LOCK_TIMEOUT))
                world, plan = self._look(every)
            if check or not plan.actions:  # the one place where check mode stops
                return Result(plan, world)
            late = self.apply(plan, every)
            touched = [want for want in every if (want.kind, want.name) in order.steps_of(plan.actions)]
            after = self.read(every, touched, world) if len(touched) < len(wants) else self.read(every)
            left = self.plan(touched, after)
            self.verify(left, late)
        waited = tuple(one for one in plan.pending if (one.kind, one.name) not in order.steps_of(plan.actions))
        pending = _merged(order.ordered(self.kinds, every), waited + left.pending + late)
        return Result(dataclasses.replace(plan, pending=pending), after)

    def _look(self, wants: t.Sequence[Want], mistakes: t.Optional[Mistakes] = None) -> t.Tuple[World, Plan]:
        """What is there, and what has to be done."""
        world = self.read(wants)
        return world, self.plan(wants, world, mistakes)

    def wait(self, wants: t.Sequence[Want]) -> t.Dict[order.Name, t.Dict[str, t.Any]]:
        """Wait for what the declared objects were asked to be ready for. Other runs may go on meanwhile.

        Returns by object what is returned of it besides.
        """
        there = [want for want in wants if not want.absent]
        return {(want.kind, want.name): self.by_noun[want.kind].wait(self.session, want) for want in there}

    def read(
        self, wants: t.Sequence[Want], of: t.Optional[t.Sequence[Want]] = None, before: t.Optional[World] = None
    ) -> World:
        """Everything that planning ``wants`` can ask for, in bulk; or only what planning those ``of`` them can, and the
        rest as it was ``before``.
        """
        declared: t.Dict[str, t.Dict[t.Any, Want]] = {kind.noun: {} for kind in self.kinds}
        keys: t.Dict[str, t.Set[t.Any]] = {kind.noun: set() for kind in self.kinds}
        for want in wants:
            declared[want.kind][want.key] = want
        for want in wants if of is None else of:
            keys[want.kind].add(want.key)
            for reference in want.references:
                keys[reference.kind].add(reference.key)
        current: t.Dict[str, t.Mapping[t.Any, t.Any]] = {}
        for kind in self.kinds:
            noun = kind.noun
            try:
                current[noun] = kind.read(self.session, keys[noun]) if keys[noun] else {}
            except libvirt.libvirtError as exc:
                raise connection.explain(exc, kind.plural) from exc
            if before is not None:
                current[noun] = Updated(before.current[noun], current[noun], keys[noun])
        return World(current, declared, Host(self.session.connection, self.session.uri), self.session.local)

    def plan(self, wants: t.Sequence[Want], world: World, mistakes: t.Optional[Mistakes] = None) -> Plan:
        """All that has to be done, in order: what goes away first lets go, what is needed comes first.

        :arg mistakes: those that were found before.
        :raises FleetError: the first mistake, with all others. What needs a mistaken object is no mistake of its own.
        """
        mistakes = Mistakes() if mistakes is None else mistakes
        for want in wants:
            for reference in want.references if not want.absent else ():
                if reference.lasting and not _is_mistaken(reference, world, mistakes):
                    with mistakes:
                        world.check_reference(reference)
                        continue
                    mistakes.objects.add((want.kind, want.key))
        world = _without(world, mistakes.objects)
        in_order: t.List[Want] = []
        with mistakes:
            in_order = order.ordered(self.kinds, wants)
        may_go = not mistakes.found
        plans = []
        for want in in_order:
            name = (want.kind, want.key)
            if want.absent and not may_go:  # who is mistaken may be the one that lets go of it
                continue
            if name not in mistakes.objects and not any(_is_mistaken(one, world, mistakes) for one in want.references):
                with mistakes:
                    plans.append(self._plan_one(want, world))
                    continue
            mistakes.objects.add(name)
            if want.kind != self.kinds[-1].noun:  # as nothing needs those, and they may let go of others
                world = _without(world, {name})
        mistakes.raise_all()
        return Plan.of(plans)

    def _plan_one(self, want: Want, world: World) -> Plan:
        plan = self.by_noun[want.kind].plan(want, world)
        of = (want.kind, want.name)
        return dataclasses.replace(plan, actions=tuple(dataclasses.replace(action, of=of) for action in plan.actions))

    def apply(self, plan: Plan, wants: t.Sequence[Want]) -> t.Tuple[Pending, ...]:
        """Execute the actions, each object's in order, several objects at a time where none waits for the other.

        Returns what has to wait because a guest did not do its part.

        :raises FleetError: the first failure in the order of the plan, when all that did not need what failed is done;
            it names the object, what was done, what was not tried, and the other failures.
        """
        steps = order.steps_of(plan.actions)
        waiting = order.Waiting(self.kinds, wants, steps)
        progress = Progress(steps)

        def work(node: order.Name) -> None:
            if node not in steps:
                return
            if waiting.is_hopeless(node, progress.failed):
                progress.failed[node] = None
                return
            for action in steps[node]:
                try:
                    progress.late[node] += filter(None, [self._execute(action)])
                except FleetError as exc:
                    exc.what = f"{action} failed: {exc.what}"
                    progress.failed[node] = exc
                    return
                progress.done[node].append(action)

        trouble: t.List[FleetError] = []
        try:
            parallel.work_off(waiting.graph, work, self.parallel)
        finally:
            for kind in self.kinds:
                try:
                    kind.finish(self.session)
                except FleetError as exc:
                    trouble.append(exc)
                except libvirt.libvirtError as exc:
                    trouble.append(connection.explain(exc, kind.plural))
        progress.check()  # what failed before says more
        if trouble:
            raise together(trouble)
        return tuple(pending for late in progress.late.values() for pending in late)

    def _execute(self, action: Action) -> t.Optional[Pending]:
        try:
            return self.by_noun[action.kind].executors().execute(self.session, action)
        except libvirt.libvirtError as exc:
            raise connection.explain(exc, f"{action.kind} {action.name}") from exc

    def verify(self, left: Plan, late: t.Sequence[Pending]) -> None:
        """After applying, nothing may be ``left`` to do but what is known to be ``late``.

        :raises NotKept: naming the options that libvirt did not keep.
        """
        waiting = [(one.kind, one.name, change) for one in late for change in one.changes]
        left_actions = [
            action
            for action in left.actions
            if not action.changes or any((action.kind, action.name, change) not in waiting for change in action.changes)
        ]
        if not left_actions:
            return
        action = left_actions[0]
        fields = ", ".join(change.option for change in action.changes)
        raise NotKept(
            f"libvirt accepted '{action}' and did not keep it{': ' + fields if fields else ''}",
            where=f"{action.kind} {action.name}",
            remedy="Compare with what libvirt shows of it; declare a value as libvirt writes it",
        )


def _is_mistaken(reference: Reference, world: World, mistakes: Mistakes) -> bool:
    """Whether what is referred to is mistaken, or may be that of which nobody can say what it is."""
    kind, key = reference.kind, reference.key
    unknown = (kind, None) in mistakes.objects and world.want(kind, key) is None and world.state(kind, key) is None
    return unknown or (kind, key) in mistakes.objects


def _without(world: World, mistaken: t.AbstractSet[t.Tuple[str, t.Any]]) -> World:
    """The world as if what is mistaken were not declared."""
    if not mistaken:
        return world
    declared = {
        noun: {key: want for key, want in wants.items() if (noun, key) not in mistaken}
        for noun, wants in world.declared.items()
    }
    return dataclasses.replace(world, declared=declared)


def key_of(kind: Kind, params: t.Any) -> t.Any:
    """What identifies a mistaken element; ``None``: nobody can say."""
    try:
        key = kind.key({**filled(kind.argument_spec(), {}), **params})
    except (FleetError, KeyError, TypeError, ValueError, AttributeError):
        return None
    parts = key if isinstance(key, tuple) else (key,)
    return key if all(isinstance(part, str) for part in parts) else None


def wants_of(
    kinds: t.Sequence[Kind],
    document: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]],
    alone: bool = False,
    called: t.Optional[str] = None,
    mistakes: t.Optional[Mistakes] = None,
) -> t.List[Want]:
    """The declared objects of a document, and those that they imply. Pure.

    :arg alone: the document is a single module's: its options stand at the top.
    :arg called: what the option is called whose elements these are, if it is not a kind's plural.
    :arg mistakes: gets those that are found; what is mistaken is left out.
    :raises InvalidOption: with the option's path; also for an object that is declared twice. Without ``mistakes``.
    """
    wants: t.Dict[t.Tuple[str, t.Any], Want] = {}
    found = Mistakes() if mistakes is None else mistakes
    by_noun = {kind.noun: kind for kind in kinds}

    def add(kind: Kind, params: t.Mapping[str, t.Any], where: str, implied: bool = False) -> None:
        want = kind.want(params, where)
        if implied:
            references = tuple(reference._replace(where=where) for reference in want.references)
            want = dataclasses.replace(want, implied=True, references=references)
        if (want.kind, want.key) in wants:
            raise InvalidOption(
                f"{want.kind} '{want.name}' is declared twice",
                where=where or None,
                remedy="Merge the two declarations",
            )
        wants[(want.kind, want.key)] = want
        for noun, options, option in kind.implied(want):
            try:
                add(by_noun[noun], filled(by_noun[noun].argument_spec(), options), want.at(option), implied=True)
            except FleetError as exc:  # about what nobody wrote
                exc.where = want.at(option)
                raise

    for kind in kinds:
        for position, params in enumerate(document.get(kind.plural) or ()):
            with found:
                add(kind, params, "" if alone else element_path(called or kind.plural, params, position))
                continue
            found.objects.add((kind.noun, key_of(kind, params)))
    if mistakes is None:
        found.raise_all()
    return [want for key, want in wants.items() if key not in found.objects]


def filled(spec: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """Options as Ansible hands them over: every one there, with its default."""
    return {name: options.get(name, one.get("default")) for name, one in spec.items()}


def _merged(wants: t.Sequence[Want], pending: t.Sequence[Pending]) -> t.Tuple[Pending, ...]:
    """One entry per object, in the order of ``wants``, each change once."""
    merged: t.Dict[order.Name, t.List[t.Any]] = {(want.kind, want.name): [] for want in wants}
    for one in pending:
        changes = merged[(one.kind, one.name)]
        changes += [change for change in one.changes if change not in changes]
    return tuple(Pending(*name, tuple(changes)) for name, changes in merged.items() if changes)


@contextlib.contextmanager
def _lock(session: Session, timeout: float) -> t.Iterator[bool]:
    """Keep other runs of this collection off the same daemon; yields whether the lock is ours.

    Runs of other users, and from other machines over a remote URI, are not seen: there libvirt's own errors have to do.

    :raises TimedOut: it was not free within ``timeout`` seconds (0: do not wait, yield ``False``).
    """
    folder = next(
        (path for path in ("/run/lock", os.environ.get("XDG_RUNTIME_DIR", "")) if os.access(path, os.W_OK)), ""
    )
    # A file of another user could not be opened: /run/lock is everybody's (fs.protected_regular).
    name = f"{NAME}-{os.getuid()}-{hashlib.sha256(session.uri.encode()).hexdigest()[:12]}.lock"
    path = os.path.join(folder or tempfile.gettempdir(), name)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as exc:
        raise AccessDenied(
            f"the lock '{path}' cannot be opened ({exc.strerror})",
            remedy="Look who made it, then remove it: it has to be a file of this user",
        ) from exc
    try:
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield True
                return
            except BlockingIOError:
                if not timeout:
                    yield False
                    return
                if time.monotonic() > deadline:
                    raise TimedOut(
                        f"another run has been changing this host for {int(timeout)} seconds",
                        where="uri",
                        remedy="Wait for it to end, then run again",
                    ) from None
                time.sleep(0.1)
    finally:
        os.close(descriptor)


def _xml_diff(action: Action) -> str:
    """Both definitions of a ``define``, compared line by line; secrets hidden."""
    if not isinstance(action.operation, Define):
        return ""
    import difflib  # which takes time, and a no-op does without

    before, after = (
        parse.to_text(secrets.hidden(parse.parse(text))) if text else ""
        for text in (action.operation.before, action.operation.xml)
    )
    title = f"{action.kind} {action.name}"
    return "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), title, title))
