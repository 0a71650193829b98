# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The UEFI firmware that guests can have, by QEMU's firmware descriptors. Pure over a directory root.

libvirt chooses by these files too. Its own answer, the domain capabilities, is not given to read-only connections.
"""

from __future__ import annotations

import json
import os
import typing as t

from .emulator import read_text

#: A file in a later folder replaces one of the same name, an empty one hides it (docs/interop/firmware.json of QEMU).
FOLDERS = ("usr/share/qemu/firmware", "etc/qemu/firmware")


def find_firmware(arch: str, root: str = "/") -> t.Dict[str, bool]:
    """Whether guests of ``arch`` (``x86_64``) can have ``efi``, and ``secure_boot``."""
    features = [
        descriptor.get("features", [])
        for descriptor in _descriptors(root)
        if "uefi" in descriptor.get("interface-types", [])
        and arch in [target.get("architecture") for target in descriptor.get("targets", [])]
    ]
    return {"efi": bool(features), "secure_boot": any("secure-boot" in names for names in features)}


def _descriptors(root: str) -> t.List[t.Dict[str, t.Any]]:
    paths = {}
    for folder in (os.path.join(root, name) for name in FOLDERS):
        if os.path.isdir(folder):
            paths.update({name: os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".json")})
    found = []
    for path in paths.values():
        try:
            descriptor = json.loads(read_text(path))
        except ValueError:  # empty, or not for us to judge
            continue
        if isinstance(descriptor, dict):
            found.append(descriptor)
    return found
