# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that domains alone have. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...plan import Operation
from .. import operations
from .devices.resolve import Awaited

#: Volumes by their pools and names.
Volumes = t.Sequence[t.Tuple[str, str]]
#: One thing that a call sets: the option or list, what becomes of it (``set``; ``add`` or ``remove`` for an item), and
#: the value or the item's values in the compared form.
Setting = t.Tuple[str, str, t.Any]


@dataclasses.dataclass(eq=False, repr=False)
class Define(operations.Define):
    """``volumes`` are those whose paths its disks, by target, are given once their pools are active."""

    volumes: t.Mapping[str, Awaited] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(eq=False, repr=False)
class Undefine(Operation):
    """``leaves`` are the volumes that a later action of the plan removes, to be recorded before the domain has gone."""

    verb = "undefine"
    keep_nvram: bool = False
    leaves: Volumes = ()


@dataclasses.dataclass(eq=False, repr=False)
class Start(Operation):
    verb = "start"
    paused: bool


@dataclasses.dataclass(eq=False, repr=False)
class Rename(Operation):
    """``old`` is the name so far; ``variables`` are files that are called after it, and what they are to be called.
    ``leaves`` are seeds that a later action of the plan removes, ``(pool, volume, path)``."""

    verb = "rename"
    old: str
    variables: t.Sequence[t.Tuple[str, str]] = ()
    leaves: t.Sequence[t.Tuple[str, str, str]] = ()


@dataclasses.dataclass(eq=False, repr=False)
class FinishRename(Operation):
    """What a run that ended early has left: ``links``, second names of files with UEFI variables. ``ends``: no seed."""

    verb = "finish"
    links: t.Sequence[str]
    ends: bool


class Resume(Operation):
    verb = "resume"


class Suspend(Operation):
    verb = "suspend"


class WakeUp(Operation):
    verb = "wakeup"


class Reset(Operation):
    verb = "reset"


class Save(Operation):
    verb = "save"


@dataclasses.dataclass(eq=False, repr=False)
class Destroy(Operation):
    """``leaves`` as of :class:`Undefine`."""

    verb = "destroy"
    leaves: Volumes = ()


@dataclasses.dataclass(eq=False, repr=False)
class ShutDown(Operation):
    """The guest has ``timeout`` seconds; then it is switched off by ``force``, or that is an error about ``where``.
    ``leaves`` as of :class:`Undefine`."""

    verb = "shutdown"
    timeout: int
    force: bool
    where: str
    leaves: Volumes = ()


class Restart(ShutDown):
    verb = "restart"


@dataclasses.dataclass(eq=False, repr=False)
class RemoveVolumes(Operation):
    verb = "remove_volumes"
    volumes: Volumes


@dataclasses.dataclass(eq=False, repr=False)
class RemoveSeed(Operation):
    """``places`` are what a disk that is on the volume may call it."""

    verb = "remove_seed"
    volume: t.Tuple[str, str]
    places: t.Tuple[t.Any, ...]


@dataclasses.dataclass(eq=False, repr=False)
class Attach(Operation):
    """The device ``element`` of the ``list`` of devices."""

    verb = "attach"
    list: str
    element: t.Any


@dataclasses.dataclass(eq=False, repr=False)
class Detach(Operation):
    """The device ``xml`` of the ``list`` of devices."""

    verb = "detach"
    xml: str
    list: str


@dataclasses.dataclass(eq=False, repr=False)
class Update(Operation):
    """The device ``xml``, in place."""

    verb = "update"
    xml: str


@dataclasses.dataclass(eq=False, repr=False)
class SetIotune(Operation):
    """The limits ``values`` of the disk ``device``, as its options are called."""

    verb = "set_iotune"
    values: t.Mapping[str, t.Any]
    device: t.Mapping[str, t.Any]


@dataclasses.dataclass(eq=False, repr=False)
class Call(Operation):
    """One of libvirt's calls for a domain that runs (``calls.py``), by its verb."""

    verb: str
    settings: t.Sequence[Setting]
