# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The code that hosts keep: all of the collection that runs there, and Ansible's own part of every module."""

from __future__ import annotations

import functools
import io
import os
import pathlib
import zipfile

from ansible import module_utils as ansible_module_utils

from ansible_collections.kvm.fleet.plugins.plugin_utils.kept_code.modules import kvm_fleet_kept_code as launcher

#: Where Python finds the collection's plugins.
OURS = "ansible_collections/kvm/fleet/plugins"
#: Folders of what is sent that no module of ours uses.
UNUSED = {"__pycache__", "csharp", "facts", "powershell"}


def roots() -> dict[str, pathlib.Path]:
    """Where the packages are that are sent."""
    plugins = pathlib.Path(__file__).parents[2]
    return {
        "ansible/module_utils": pathlib.Path(str(ansible_module_utils.__file__)).parent,
        f"{OURS}/module_utils": plugins / "module_utils",
        f"{OURS}/modules": plugins / "modules",
    }


@functools.cache
def files() -> dict[str, bytes]:
    """The code by its path below a folder that Python looks for modules in."""
    found = {}
    for package, root in roots().items():
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(set(folders) - UNUSED)
            inside = os.path.normpath(os.path.join(package, os.path.relpath(folder, root)))
            for name in names:
                if name.endswith(".py"):
                    with open(os.path.join(folder, name), "rb") as file:
                        found[f"{inside}/{name}"] = file.read()
    # A package is all here: without these Python would look for more of it elsewhere.
    for folder in {os.fspath(folder) for path in found for folder in pathlib.PurePath(path).parents[:-1]}:
        found.setdefault(f"{folder}/__init__.py", b"")
    return dict(sorted(found.items()))


@functools.cache
def digest() -> str:
    """What identifies this code."""
    return launcher.digest_of(files())


def archive() -> bytes:
    """The code as a ZIP archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as content:
        for path, code in files().items():
            content.writestr(path, code)
    return written.getvalue()
