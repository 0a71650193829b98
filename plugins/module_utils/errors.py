# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of the collection: one class per cause, each with what, where and the remedy."""

from __future__ import annotations

import typing as t

#: How many objects, or further errors, one message lists: a wrong name may be that of a thousand objects' pool.
MANY = 20

FleetErrorT = t.TypeVar("FleetErrorT", bound="FleetError")


def join(where: str, option: str) -> str:
    """The path of an option below ``where``; either may be empty. ``[0]`` follows without a dot."""
    return where + option if option.startswith("[") else ".".join(filter(None, (where, option)))


def element_path(option: str, params: t.Any, position: int) -> str:
    """The path of an element of a list: by its name, where it has one that can be shown."""
    name = params.get("name", position) if isinstance(params, dict) else position
    return f"{option}[{name if str(name).isprintable() else position}]"


class FleetError(Exception):
    """Something that the user has to know; ``FleetModule.failing_plainly`` lets it out as one message.

    :arg what: what is wrong, a sentence without a final full stop.
    :arg where: the option path (``domains[web1].disks[0].target``) or object (``pool data``) it is about.
    :arg remedy: what to do about it, a sentence without a final full stop.
    :arg option: the option of an object that is to blame, as the kind's table calls it; of what is in a list, the list.
    :ivar also: what went wrong besides.
    """

    def __init__(
        self,
        what: str,
        where: t.Optional[str] = None,
        remedy: t.Optional[str] = None,
        option: t.Optional[str] = None,
    ) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        self.option = option
        self.also: t.Sequence[FleetError] = ()
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        text = f"{text}. {self.remedy}." if self.remedy else text + "."
        more = [f"And {len(self.also) - MANY} more."] if len(self.also) > MANY else []
        return " ".join([text, *(f"Also: {error}" for error in self.also[:MANY]), *more])

    def below(self: FleetErrorT, prefix: str) -> FleetErrorT:
        """The same error, its place said from further up: ``target`` below ``disks[0]`` is ``disks[0].target``."""
        self.where = join(prefix, self.where or "")
        self.args = (str(self),)
        return self


def together(errors: t.Sequence[FleetErrorT]) -> FleetErrorT:
    """Several errors as one: the first, and what went wrong besides."""
    first, *others = errors
    more: t.List[FleetError] = [*first.also]
    for error in others:
        more += [error, *error.also]
        error.also = ()
    first.also = more
    first.args = (str(first),)
    return first


class InvalidOption(FleetError):
    """An option's value has no meaning, or two options contradict each other."""


class InvalidXml(FleetError):
    """XML is malformed, unsafe, not what libvirt's schema allows, or without what is always there."""


class MissingReference(FleetError):
    """An object refers to another that neither exists on the host nor is declared."""


class MissingDependency(FleetError):
    """A Python library or a program that the host needs is not installed."""


class ConnectionFailed(FleetError):
    """libvirt's daemon does not answer at the URI."""


class AccessDenied(FleetError):
    """The user may not open the socket, the file or the device."""


class SourceError(FleetError):
    """Content (a URL, a file) cannot be had or ends early."""


class ChecksumMismatch(SourceError):
    """Content is there but is not what its checksum says."""


class NoSpace(FleetError):
    """The pool or the file system has no room for what is declared."""


class Refused(FleetError):
    """The change would destroy something, or stop a guest, without being forced."""


class Conflict(FleetError):
    """Somebody else changed the object between reading and writing it."""


class NotKept(FleetError):
    """libvirt accepted a change and did not keep it."""


class TimedOut(FleetError):
    """Something did not happen in the time given for it."""


class LibvirtFailed(FleetError):
    """libvirt refused a call for a reason that no other class names."""


class Mistakes:
    """Collects mistakes in a declaration: a block ``with`` it that finds a mistake just ends."""

    _KINDS = (InvalidOption, InvalidXml, MissingReference, MissingDependency, SourceError, NoSpace, Refused)

    def __init__(self) -> None:
        self.found: t.List[FleetError] = []
        #: The objects that have some, by kind and key (``None``: nobody can say which one it is), and what needs those.
        self.objects: t.Set[t.Tuple[str, t.Any]] = set()

    def __enter__(self) -> None:
        """There is nothing to begin."""

    def __exit__(self, _kind: t.Any, error: t.Any, _traceback: t.Any) -> bool:
        if not isinstance(error, self._KINDS):
            return False
        self.found.append(error)
        return True

    def raise_all(self) -> None:
        """:raises FleetError: the first one found, with the others."""
        if self.found:
            raise together(self.found)
