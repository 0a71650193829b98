# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that gets more and more guests: what one more costs."""

from __future__ import annotations

import statistics

from ..host import Host
from ..measure import Figure, Sample, alternate, exponent

COUNTS = (100, 1000, 3000)


class Growing:
    """Domains with a volume each, none running."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.empty = host.payload(host.converge("empty", {"domains": []}))

    def measure(self) -> list[Figure]:
        """The module's process for each count, less what it takes without any: starting must not hide the growth.

        Both are run in turn, and the differences of the pairs taken.
        """
        pairs = {count: self._seconds(count) for count in COUNTS}
        beyond = {
            count: statistics.median(full - empty for full, empty in zip(ours.values, others.values, strict=True))
            for count, (ours, others) in pairs.items()
        }
        extra = {
            "seconds": {str(count): ours.public() for count, (ours, _empty) in pairs.items()},
            "seconds_without_domains": {str(count): empty.public() for count, (_ours, empty) in pairs.items()},
            "seconds_beyond": {str(count): seconds for count, seconds in beyond.items()},
            "exponent_with_start": exponent({count: ours.median for count, (ours, _empty) in pairs.items()}),
        }
        return [Figure(exponent(beyond), pairs[COUNTS[-1]][0], extra=extra)]

    def _seconds(self, count: int) -> tuple[Sample, Sample]:
        _document, noop = self.host.guests(count)
        payload = self.host.payload(noop)
        return alternate(lambda: payload.run().seconds, lambda: self.empty.run().seconds)
