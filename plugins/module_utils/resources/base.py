# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every kind of object shares with the runner: wants, states, the world they are planned in, and the interface."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ..connection import is_local
from ..errors import InvalidOption, MissingReference, Mistakes, join
from ..parallel import ReadWriteLock
from ..plan import Action, Operation, Pending, Plan
from ..rule import Rule
from ..xml import table as tables
from ..xml.types import STR, refuse_unwritable
from .host import Host
from .images import Images

#: Bytes. A file name has 255, and libvirt's longest ending for a file of an object is ``.xml.new``.
LONGEST_NAME = 247

#: What identifies an object of a kind: its name, or ``(pool, name)`` for a volume.
Key = t.Union[str, t.Tuple[str, str]]


class Reference(t.NamedTuple):
    """That an option (``where``) names another object, which has to exist or be declared.

    ``lasting``: always; else only while something is made of it, and then the kind checks. ``option`` is what the table
    calls the option, or the list that it is in, of an object that can be declared without it.
    """

    kind: str
    key: Key
    where: str
    lasting: bool = True
    option: t.Optional[str] = None


@dataclasses.dataclass(frozen=True)
class Want:
    """One declared object: validated, in compared form.

    ``values`` are the table's options, ``params`` everything as the user wrote it. What is ``implied`` was not written
    by the user, and all that is wrong with it is said of the option ``where`` it is implied.
    """

    kind: str
    key: Key
    where: str
    state: str
    values: tables.Desired
    params: t.Mapping[str, t.Any]
    references: t.Tuple[Reference, ...] = ()
    implied: bool = False

    @property
    def name(self) -> str:
        """What a message calls it: ``web1``, ``data/web1.qcow2``."""
        return self.key if isinstance(self.key, str) else "/".join(self.key)

    @property
    def absent(self) -> bool:
        return self.state == "absent"

    def at(self, option: str) -> str:
        """The path of one of its options, for messages."""
        return self.where if self.implied else join(self.where, option)

    def with_options(self, options: t.Iterable[str]) -> tables.Desired:
        """Its values, with those of ``options`` that no table has."""
        further = {option: tables.lookup(self.params, option) for option in options}
        return {**{option: value for option, value in further.items() if value is not None}, **self.values}


@dataclasses.dataclass
class Session:
    """The open connection and what the executing side has to know about it.

    ``done`` are the objects, as ``(noun, key)``, to which this run has done what leaves no trace that it could read.
    ``stale`` are the pools with files that libvirt has to find when all is done.
    """

    connection: t.Any
    uri: str
    readonly: bool = False
    done: t.Set[t.Tuple[str, Key]] = dataclasses.field(default_factory=set)
    stale: t.Set[str] = dataclasses.field(default_factory=set)
    _pool_locks: t.Dict[str, ReadWriteLock] = dataclasses.field(default_factory=dict)

    @property
    def local(self) -> bool:
        """True when the host's files can be looked at directly."""
        return is_local(self.uri)

    def pool_lock(self, pool: str) -> ReadWriteLock:
        """libvirt does not look again into a pool while it makes a volume in it: that is to be done alone."""
        return self._pool_locks.setdefault(pool, ReadWriteLock())


class Updated(t.Mapping[Key, t.Any]):
    """Objects of one kind, those of ``keys`` as they were read ``now``, the others as they were ``before``."""

    def __init__(self, before: t.Mapping[Key, t.Any], now: t.Mapping[Key, t.Any], keys: t.AbstractSet[Key]) -> None:
        self._before, self._now, self._keys = before, now, keys

    def __getitem__(self, key: Key) -> t.Any:
        return (self._now if key in self._keys else self._before)[key]

    def __iter__(self) -> t.Iterator[Key]:
        yield from (key for key in self._before if key not in self._keys)
        yield from (key for key in self._keys if key in self._now)

    def __len__(self) -> int:
        return sum(1 for _key in self)


@dataclasses.dataclass
class World:
    """Everything that planning may look at: the current objects and the declared ones, by kind and key.

    ``host`` answers what is asked for too rarely to be read every time.
    """

    current: t.Dict[str, t.Mapping[Key, t.Any]]
    declared: t.Dict[str, t.Dict[Key, Want]]
    host: Host
    local: bool = True
    _answers: t.Dict[t.Any, t.Any] = dataclasses.field(default_factory=dict, repr=False)

    def once(self, question: t.Any, answer: t.Callable[[], t.Any]) -> t.Any:
        """What ``answer()`` returns, computed for the first who asks: what follows from this world does not change."""
        if question not in self._answers:
            self._answers[question] = answer()
        return self._answers[question]

    @property
    def images(self) -> Images:
        """Who needs which image."""
        return t.cast(Images, self.once("images", lambda: Images(self.host)))

    def state(self, kind: str, key: Key) -> t.Any:
        """The object as it is now, or ``None``."""
        return self.current.get(kind, {}).get(key)

    def want(self, kind: str, key: Key) -> t.Optional[Want]:
        """The object as it is declared, or ``None``."""
        return self.declared.get(kind, {}).get(key)

    def check_reference(self, reference: Reference) -> None:
        """:raises MissingReference: the object neither exists nor is declared, or is declared ``absent``."""
        want = self.want(reference.kind, reference.key)
        name = reference.key if isinstance(reference.key, str) else "/".join(reference.key)
        if want is not None and want.absent:
            raise MissingReference(
                f"{reference.kind} '{name}' is declared absent",
                where=reference.where,
                remedy="Remove one of the two declarations",
                option=reference.option,
            )
        if want is None and self.state(reference.kind, reference.key) is None:
            raise MissingReference(
                f"{reference.kind} '{name}' neither exists on the host nor is declared",
                where=reference.where,
                remedy="Declare it, or correct the name",
                option=reference.option,
            )


SomeOperation = t.TypeVar("SomeOperation", bound=Operation)
#: Takes the session, the name of the object and the operation. ``False``: a guest has been asked, and has not done its
#: part in time.
Executor = t.Callable[[Session, str, SomeOperation], t.Optional[bool]]


class Executors:
    """What executes the operations of a kind, by their classes: nothing else changes anything.

    ``@EXECUTORS(Start)`` puts in the function that it decorates; those of ``others`` are taken over.

    :raises TypeError: an operation has two.
    """

    def __init__(self, *others: Executors) -> None:
        self.by_class: t.Dict[t.Type[Operation], t.Callable[..., t.Optional[bool]]] = {}
        for other in others:
            for operation, executor in other.by_class.items():
                self._add(operation, executor)

    def __call__(
        self, operation: t.Type[SomeOperation]
    ) -> t.Callable[[Executor[SomeOperation]], Executor[SomeOperation]]:
        def add(executor: Executor[SomeOperation]) -> Executor[SomeOperation]:
            self._add(operation, executor)
            return executor

        return add

    def _add(self, operation: t.Type[Operation], executor: t.Callable[..., t.Optional[bool]]) -> None:
        if operation in self.by_class:
            raise TypeError(f"two functions execute {operation.__name__}")
        self.by_class[operation] = executor

    def execute(self, session: Session, action: Action) -> t.Optional[Pending]:
        """Returns what has to wait after all, because a guest did not do its part."""
        done = self.by_class[type(action.operation)](session, action.name, action.operation)
        return Pending(action.kind, action.name, action.changes) if done is False else None


def check_name(name: str, where: str) -> None:
    """:raises InvalidOption: no object can be called that."""
    try:
        refuse_unwritable(name)
    except InvalidOption as exc:
        raise exc.below(where) from None
    if name.strip() in ("", ".", "..") or "/" in name or "\n" in name:
        raise InvalidOption(f"'{name}' cannot be a name", where, "Leave slashes and line breaks out of it")
    length = len(name.encode())
    if length > LONGEST_NAME:
        raise InvalidOption(
            f"a name of {length} bytes is too long",
            where,
            f"Use {LONGEST_NAME} at most: libvirt keeps files of this name, with endings of its own",
        )


class Kind:
    """One kind of object: how to validate, read, plan and apply it. The runner knows kinds only through this."""

    noun: str = ""
    plural: str = ""
    table: tables.Table = ()
    states: t.Tuple[str, ...] = ("present", "absent")
    #: Whether several of its objects may be worked on at the same time.
    at_once = True
    #: Options beside the table, with their argument specs (dotted names nest).
    options: t.Mapping[str, t.Any] = {}
    #: Those of them that are shown to nobody, as paths; ``no_log`` ones say so themselves.
    confidential: t.Tuple[str, ...] = ()
    #: Whether ``as: spec`` needs a connection that may write: libvirt shows all of the object only there.
    needs_write_access = False
    #: What the option ``restart`` of an object that does not declare it is, where a document asks for restarts once.
    restart_once: t.Optional[str] = None
    #: Options of the kind's info module.
    info_options: t.Mapping[str, t.Any] = {"name": {"type": "str"}}

    def argument_spec(self) -> t.Dict[str, t.Any]:
        """The argument spec of one element; the module's own is this plus ``uri``."""
        common = {
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": list(self.states), "default": self.states[0]},
        }
        return tables.argument_spec(self.table, dict(common, **self.options))

    def secret_options(self) -> t.FrozenSet[str]:
        """The paths of options that are shown to nobody; ``no_log`` ones say so in the argument spec as well."""
        return tables.secret_options(self.table) | set(self.confidential)

    #: The rules between its options, which :meth:`want` and what plans the definition apply.
    rules: t.Tuple[Rule, ...] = ()

    def want(self, params: t.Mapping[str, t.Any], where: str) -> Want:
        """One element of a document, normalised. :raises InvalidOption: with the option's path."""
        mistakes = Mistakes()
        with mistakes:
            check_name(params["name"], join(where, "name"))
        with mistakes:
            tables.normalise(self._beside, params, where)
        values: tables.Desired = {}
        with mistakes:
            values = tables.normalise(self.table, params, where)
        mistakes.raise_all()
        return Want(self.noun, self.key(params), where, params["state"], values, params)

    @functools.cached_property
    def _beside(self) -> tables.Table:
        """The options beside the table that are names of something, or paths, as a table that checks them."""
        texts = {name for name, spec in self.options.items() if spec["type"] == "str" and "choices" not in spec}
        documents = {name for name in texts if self.options[name].get("no_log") or name == "xml"}
        return tuple(tables.Prop(name, "", STR) for name in self.options if name in texts - documents)

    def implied(self, want: Want) -> t.List[t.Tuple[str, t.Dict[str, t.Any], str]]:
        """Objects of other kinds that ``want`` declares with it: their nouns and options, and by which option of it."""
        return []

    def key(self, params: t.Mapping[str, t.Any]) -> Key:
        """What identifies the element."""
        return params["name"]

    def arrange(self, wants: t.List[Want]) -> t.List[Want]:
        """The declared objects in an order in which each comes after those of its kind that it needs."""
        return wants

    def named(self, want: Want) -> t.AbstractSet[str]:
        """Kinds of which ``want`` needs those that its references name, and no others: it may be brought about before,
        or while, others of these kinds are.
        """
        return frozenset()

    def exchanged(self, actions: t.Sequence[Action]) -> t.Tuple[t.AbstractSet[t.Any], t.AbstractSet[t.Any]]:
        """What an object gives up and what it takes by ``actions``, of things that only one can have at a time."""
        return frozenset(), frozenset()

    def keys(self, session: Session, params: t.Mapping[str, t.Any]) -> t.Set[Key]:
        """The objects that the info module was asked for: one by name, or all."""
        raise NotImplementedError

    def read(self, session: Session, keys: t.Set[Key]) -> t.Mapping[Key, t.Any]:
        """The current state of those of ``keys`` that exist (more is allowed). Never changes anything."""
        raise NotImplementedError

    def plan(self, want: Want, world: World) -> Plan:
        """What has to be done for ``want``. Pure."""
        raise NotImplementedError

    def executors(self) -> Executors:
        """What executes the actions of :meth:`plan`. It is imported here: a run that has nothing to do does without."""
        raise NotImplementedError

    def finish(self, session: Session) -> None:
        """What has to be done once, after all actions, also when some failed."""

    def wait(self, session: Session, want: Want) -> t.Dict[str, t.Any]:
        """Wait until the object is usable, where the user asked for it. Returns what is returned besides then."""
        return {}

    def inspector(self, session: Session, agents: t.Any) -> t.Callable[[t.Any], t.Dict[str, t.Any]]:
        """What only the info module returns on a current state, beside :meth:`show`.

        ``agents`` is a connection that guests may be asked over themselves, or ``None``.
        """
        return lambda _state: {}

    def spec_of(self, state: t.Any, world: World) -> t.Tuple[t.Dict[str, t.Any], t.List[str]]:
        """A current state as the options that declare it, of a kind whose info module has ``as: spec``, and what an
        object made of them would not have.

        :raises FleetError: it cannot be declared as it is.
        """
        raise NotImplementedError

    def show(self, state: t.Any) -> t.Dict[str, t.Any]:
        """A current state as plain data, in the words of the options."""
        raise NotImplementedError

    def brief(self, state: t.Any) -> t.Dict[str, t.Any]:
        """The part of :meth:`show` that says which object it is and whether it is active.

        It is all that ``converge`` returns on a host's thousand objects.
        """
        return self.show(state)
