# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine's cache, as tests ask for it."""

from __future__ import annotations

import pathlib
import platform
import subprocess
import sys

TOOL = pathlib.Path(__file__).parents[1] / "tools/cache.py"


def directory(sort: str) -> pathlib.Path:
    """The directory of the things of a sort (tools/cache.py)."""
    return pathlib.Path(subprocess.check_output([sys.executable, TOOL, "directory", sort], text=True).strip())


def debian_image() -> pathlib.Path:
    """Where the image of this machine's own Debian is, or goes: the lab keeps those of others beside it."""
    return directory("images") / f"debian-{platform.freedesktop_os_release()['VERSION_CODENAME']}.qcow2"
