# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second private host: modules run there, and what its virsh says. A test calls :func:`elsewhere`; that runs this."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile
import typing as t

ROOT = pathlib.Path(__file__).parents[2]

#: Commands: ``["module", name, options]`` or ``["virsh", argument, …]``.
Commands = list[list[t.Any]]


def elsewhere(commands: Commands) -> list[t.Any]:
    """Run ``commands`` in order on a host of their own; returns each module's result and each virsh's output."""
    done = subprocess.run(
        [ROOT / "tests/private_host.sh", sys.executable, __file__],
        input=json.dumps(commands),
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def _main() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / ".cache/collections")]
    from tests.functional.module_runner import ModuleRunner

    module = ModuleRunner(pathlib.Path(tempfile.mkdtemp()))
    told: list[t.Any] = []
    for what, *arguments in json.load(sys.stdin):
        if what == "module":
            told.append(module(arguments[0], **arguments[1]))
        else:
            told.append(subprocess.run([what, *arguments], text=True, capture_output=True, check=True).stdout)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    _main()
