# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On the lab's machines: keeps what Python has compiled of archives, in which Ansible sends its modules.

An emulated CPU takes seconds for that, for each task: more than for all else that most of them do.
"""

import _imp
import marshal
import os
import sys
import zipimport

FOLDER = "/var/cache/lab-compiled"
compile_source = zipimport._compile_source


def compiled(path, source):
    """The code of a source, as ``zipimport`` has it."""
    name = f"{FOLDER}/{sys.hexversion:x}-{len(source)}-{_imp.source_hash(0, source).hex()}"
    try:
        with open(name, "rb") as file:
            return marshal.load(file)
    except OSError:
        return keep(name, compile_source(path, source))


def keep(name, code):
    """The code, written down unless this user must not."""
    try:
        os.makedirs(FOLDER, exist_ok=True)
        with open(f"{name}.{os.getpid()}", "wb") as file:
            marshal.dump(code, file)
        os.replace(file.name, name)
    except OSError:
        pass
    return code


zipimport._compile_source = compiled
