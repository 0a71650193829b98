# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""100 guests from nothing, against a program that somebody wrote for exactly that."""

from __future__ import annotations

import json
import time

from .. import documents, payload
from ..host import Host, remove_guests, virsh
from ..measure import Figure, Sample, alternate, ratio
from ..playbooks import ROOT

GUESTS, RUNNING = 100, 20
BY_HAND = ROOT / "tests/bench/by_hand.py"
MODULE_REPEAT = 3


class Fresh:
    """The network, the pool and the image are there; overlays and domains are not."""

    def __init__(self, host: Host) -> None:
        self.host = host
        document = documents.document(GUESTS, host.folder, pool_count=1, network_count=1, running=RUNNING)
        host.converge("before", dict(document, domains=[], volumes=documents.images(1)), changed=True).run()
        self.playbook = host.converge("fresh", document, changed=True)
        self.payload = host.payload(self.playbook)
        # Both make the very same objects: by_hand.py gets the XML that libvirt has of ours.
        objects = [
            {
                "name": domain["name"],
                "volume": domain["disks"][0]["volume"],
                "volume_xml": virsh("vol-dumpxml", domain["disks"][0]["volume"], "pool0"),
                "domain_xml": virsh("dumpxml", "--inactive", domain["name"]),
                "start": domain["state"] == "running",
            }
            for domain in document["domains"]
        ]
        self.objects = host.folder / "objects.json"
        self.objects.write_text(json.dumps(objects))

    def measure(self) -> list[Figure]:
        """The whole playbook, with Ansible's start, against the script. What the module alone takes is told besides."""
        ours, by_hand = alternate(self._ours, self._by_hand)
        module = Sample(tuple(self._module() for _number in range(MODULE_REPEAT)))
        extra = {"module_seconds": module.public(), "ratio_of_the_module": module.median / by_hand.median}
        return [ratio(ours, by_hand, **extra)]

    def _ours(self) -> float:
        remove_guests()
        seconds = self.playbook.seconds()
        self._check()
        return seconds

    def _module(self) -> float:
        remove_guests()
        seconds = self.payload.run().seconds
        self._check()
        return seconds

    def _by_hand(self) -> float:
        remove_guests()
        started = time.monotonic()
        payload.run_python([str(BY_HAND), str(self.objects)])
        seconds = time.monotonic() - started
        self._check()
        return seconds

    def _check(self) -> None:
        there = [
            len(virsh(*listing).splitlines())
            for listing in (("list", "--all", "--name"), ("list", "--name"), ("vol-list", "pool0"))
        ]
        if there != [GUESTS, RUNNING, GUESTS + 1]:
            raise RuntimeError(f"not all that was asked for is there: {there}")
