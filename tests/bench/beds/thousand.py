# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with 1,000 guests, 20 of them running."""

from __future__ import annotations

from ..host import Host
from ..measure import Figure, Sample, alternate, ratio

GUESTS, RUNNING = 1000, 20
PEAK_REPEAT = 3


class Thousand:
    """1,000 domains with a volume each."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.document, noop = host.guests(GUESTS, RUNNING)
        title = {"title": "Changed"}
        domains = [dict(one, **title) if one["name"] == "guest500" else one for one in self.document["domains"]]
        #: What is there now, and what is the same but for one domain.
        self.noop, self.changed = noop, host.converge("changed", dict(self.document, domains=domains))

    def measure_noop(self) -> list[Figure]:
        """Against a ping, and its memory."""
        against_ping = ratio(*alternate(self.noop.seconds, self.host.ping().seconds))
        payload = self.host.payload(self.noop)
        runs = [payload.run() for _number in range(PEAK_REPEAT)]
        module_seconds = Sample(tuple(run.seconds for run in runs)).public()
        return [
            against_ping,
            Figure.of(Sample(tuple(run.peak_mib for run in runs), "MiB"), module_seconds=module_seconds),
        ]

    def measure_one(self) -> list[Figure]:
        """A title to and fro, against nothing to do."""
        return [ratio(*alternate(self._change, self._noop))]

    def _noop(self) -> float:
        return self.noop.seconds()

    def _change(self) -> float:
        self.noop, self.changed = self.changed, self.noop
        return self.noop.but(changed=True).seconds()
