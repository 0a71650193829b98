# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume to make, as it is planned. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ...content import seed as seeds
from ...content.source import Source
from ...paths import NAME
from ...xml import table as tables
from .location import Location
from .table import FORMAT_OPTIONS

#: In the directory of a pool; what is left of an interrupted download stays in it for a week.
WORK_FOLDER = f".{NAME}"


def _qemu(value: t.Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


@dataclasses.dataclass(frozen=True)
class NewVolume:
    """A volume to make. ``path`` is where it will be; ``capacity`` (bytes) may be ``None`` where the content says it.

    At most one of ``source``, ``copy_of`` (pool and name; ``copied`` is where that is), ``backing_of`` (likewise, with
    ``backing``) and ``seed``. Where a volume of a pool that comes up in this run is, is looked up when it is needed.
    ``where`` is the option path of the volume. ``values`` are all options of its table that are declared, ``xml`` is
    what is declared besides.
    """

    pool: str
    name: str
    path: str
    format: str
    directory: bool
    sparse: bool
    where: str
    capacity: t.Optional[int] = None
    backing_of: t.Optional[t.Tuple[str, str]] = None
    backing: t.Optional[Location] = None
    source: t.Optional[Source] = None
    copy_of: t.Optional[t.Tuple[str, str]] = None
    copied: t.Optional[Location] = None
    seed: t.Optional[seeds.SeedData] = None
    values: tables.Desired = dataclasses.field(default_factory=dict)
    preallocation: str = "off"
    xml: t.Optional[str] = dataclasses.field(default=None, repr=False)

    @property
    def format_options(self) -> tables.Desired:
        """Those of the table that are about the format; libvirt's own default is QEMU's version of 2010."""
        declared = {entry.option: self.values[entry.option] for entry in FORMAT_OPTIONS if entry.option in self.values}
        return dict({"compat": "1.1"}, **declared) if self.format == "qcow2" else {}

    @property
    def image_options(self) -> t.List[str]:
        """The same, and the preallocation, as ``qemu-img`` takes them."""
        given = {name: _qemu(value) for name, value in self.format_options.items() if name in self.values}
        if self.preallocation != "off":
            given["preallocation"] = self.preallocation
        return [f"{name}={value}" for name, value in given.items()]
