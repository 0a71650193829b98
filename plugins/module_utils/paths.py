# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the collection keeps on a host what is its own.

Its name is ``kvm-fleet`` there, in the names of files that other programs read too: some of them pass over names with a
dot.
"""

from __future__ import annotations

NAME = "kvm-fleet"
#: On top of each file that is written for another program.
HEADER = "# Written by kvm.fleet, which replaces the whole file.\n"

STATE = f"/var/lib/{NAME}"
SETTINGS = f"/etc/{NAME}"
#: Empty after each boot.
RUNTIME = f"/run/{NAME}"
