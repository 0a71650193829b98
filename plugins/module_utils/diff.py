# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs, option by option, in the user's words. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .deps import Element

#: How a change takes effect: at once; at the next start of the object; only by making it anew (never done silently).
LIVE, RESTART, RECREATE = "live", "restart", "recreate"


@dataclasses.dataclass(frozen=True)
class Change:
    """One option that is not as declared.

    ``option`` is the path as the user writes it (``memory``, ``disks[vdb].cache``); ``before`` and ``after`` are plain
    data ready to be shown. ``op`` is ``set``, or ``add``/``remove`` for an item of a list. ``items`` is the dotted
    name of the innermost list it belongs to (``disks``, ``ips.dhcp.hosts``), ``element`` that item's XML: the new one,
    or the old one for ``remove``; ``parents`` are the whole document and the items around it, outermost first.
    ``value`` is what an option is set to in the compared form, for what executes it.
    """

    option: str
    before: t.Any
    after: t.Any
    apply: str = RESTART
    op: str = "set"
    items: str = ""
    element: t.Optional[Element] = dataclasses.field(default=None, compare=False, repr=False)
    parents: t.Tuple[Element, ...] = dataclasses.field(default=(), compare=False, repr=False)
    value: t.Any = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def nested(self) -> t.Tuple[Element, ...]:
        """The XML of the item, behind that of the items around it, outermost first."""
        return self.parents[1:] + (() if self.element is None else (self.element,))

    def public(self) -> t.Dict[str, t.Any]:
        """As it stands in a module's result."""
        return {"option": self.option, "before": self.before, "after": self.after}


def describe_change(change: t.Mapping[str, t.Any]) -> str:
    """A public change as one line: ``memory: 1GiB → 2GiB``."""
    return f"{change['option']}: {plain(change['before'])} → {plain(change['after'])}"


def plain(value: t.Any) -> str:
    """A value in the words of a diff: YAML's, in one line."""
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {plain(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(plain(item) for item in value) + "]"
    return str(value)
