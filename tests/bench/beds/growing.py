# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that gets more and more guests: what one more costs."""

from __future__ import annotations

import statistics

from ..host import Host
from ..measure import Figure, Sample, exponent

COUNTS = (100, 1000, 3000)
REPEAT = 3


class Growing:
    """Domains with a volume each, none running."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def measure(self) -> list[Figure]:
        """The module's process for each count, less what it takes without any: starting must not hide the growth."""
        empty = self.host.payload(self.host.converge("empty", {"domains": []}))
        fixed = statistics.median(empty.run().seconds for _number in range(REPEAT))
        seconds = {count: self._module_seconds(count) for count in COUNTS}
        growth = {count: sample.median - fixed for count, sample in seconds.items()}
        extra = {
            "empty_seconds": fixed,
            "seconds": {str(count): sample.public() for count, sample in seconds.items()},
            "milliseconds_per_domain": {str(count): growth[count] / count * 1000 for count in COUNTS},
            "exponent_with_start": exponent({count: sample.median for count, sample in seconds.items()}),
        }
        return [Figure(exponent(growth), seconds[COUNTS[-1]], extra=extra)]

    def _module_seconds(self, count: int) -> Sample:
        _document, noop = self.host.guests(count)
        payload = self.host.payload(noop)
        return Sample(tuple(payload.run().seconds for _number in range(REPEAT)))
