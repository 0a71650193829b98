# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On the managed host: run what Ansible sends for converge and tell where its time goes.

``inside.py launcher.py phases.json [functions.prof]``; the last is for cProfile, which makes it slower.
"""

from __future__ import annotations

import contextlib
import cProfile
import importlib
import importlib._bootstrap
import importlib.util
import json
import pathlib
import sys
import types
import typing as t

from clock import Clock

OURS = "ansible_collections.kvm.fleet.plugins.module_utils"

#: Module, class or function in it, phase. Names are the collection's own: whoever renames one corrects it here.
PHASES = (
    ("fleet_module", "FleetModule.__init__", "arguments"),
    ("module", "_validated", "arguments"),
    ("module", "wants_of", "arguments"),
    ("runner", "Runner.read", "read"),
    ("runner", "Runner.plan", "plan"),
    ("runner", "Runner.verify", "verify"),
    ("xml.parse", "parse", "parse XML"),
    ("fleet_module", "FleetModule.exit_json", "result"),
)


class Timed:
    """Stands in for the C module below libvirt's Python API."""

    def __init__(self, real: t.Any, clock: Clock) -> None:
        self._real, self._clock = real, clock

    def __getattr__(self, name: str) -> t.Any:
        found = getattr(self._real, name)
        if not isinstance(found, types.BuiltinFunctionType):
            return found
        timed = self._clock.timed("libvirt", found)
        setattr(self, name, timed)  # the next time it is found at once
        return timed


def main(sent: str, phases: str, functions: str | None = None) -> None:
    """Run it; its output is what a module prints."""
    clock = Clock("else")
    clock.wrap(importlib._bootstrap, "_find_and_load", "import")
    spec = importlib.util.spec_from_file_location("sent", sent)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not functions:
        sys.path.insert(0, module.find_code(module.home(), json.loads(module.GIVEN)[module.DIGEST]))
        _wrap(clock)
    profile = cProfile.Profile()
    with contextlib.suppress(SystemExit):
        if functions:
            profile.runcall(module.main)
        else:
            module.main()
    pathlib.Path(phases).write_text(json.dumps(clock.stop()))
    if functions:
        profile.dump_stats(functions)


def _wrap(clock: Clock) -> None:
    for name, place, phase in PHASES:
        owner: t.Any = importlib.import_module(f"{OURS}.{name}")
        *outer, last = place.split(".")
        for part in outer:
            owner = getattr(owner, part)
        clock.wrap(owner, last, phase)
    for kind in importlib.import_module(f"{OURS}.resources").KINDS:
        clock.wrap(kind, "show", "objects as results")
    libvirt = importlib.import_module("libvirt")
    libvirt.libvirtmod = Timed(libvirt.libvirtmod, clock)


if __name__ == "__main__":
    main(*sys.argv[1:])
