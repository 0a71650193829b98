# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a good administrator would write instead: libvirt's own API, four threads, one connection.

``by_hand.py objects.json`` makes each object's volume, defines its domain, and starts it where that is asked for. It
looks at nothing that is there already.
"""

from __future__ import annotations

import concurrent.futures
import json
import pathlib
import sys
import typing as t

import libvirt


def main(path: str) -> None:
    """Make everything that the file names."""
    connection = libvirt.open("qemu:///system")
    pool = connection.storagePoolLookupByName("pool0")

    def make(one: dict[str, t.Any]) -> None:
        pool.createXML(one["volume_xml"], 0)
        domain = connection.defineXML(one["domain_xml"])
        if one["start"]:
            domain.create()

    with concurrent.futures.ThreadPoolExecutor(4) as workers:
        list(workers.map(make, json.loads(pathlib.Path(path).read_text())))
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
