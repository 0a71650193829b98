# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many messages a no-op sends to libvirt, counted where libvirt's client puts them on the wire."""

from __future__ import annotations

import pathlib
import re

from .. import documents
from ..host import Host, remove_guests
from ..measure import Figure, Sample

FEW, MANY = 10, 40

#: A call (type 0) of libvirt's own protocol (program 0x20008086), as its log tells it.
CALL = re.compile(r"RPC_CLIENT_MSG_TX_QUEUE: .* prog=536903814 .* type=0 ")


class Calls:
    """Two sizes of the same host: the difference is what each object costs."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def measure(self) -> list[Figure]:
        """Calls for each domain that is off; with its volume, and running, besides."""
        counts = {
            kind: (self._calls(FEW, **how), self._calls(MANY, **how))
            for kind, how in {
                "domain": {"volumes": False, "running": False},
                "domain_and_volume": {"volumes": True, "running": False},
                "running_domain": {"volumes": False, "running": True},
            }.items()
        }
        slopes = {kind: (many - few) / (MANY - FEW) for kind, (few, many) in counts.items()}
        slope, constant = slopes["domain"], counts["domain"][0] - FEW * slopes["domain"]
        return [Figure.of(Sample((slope,), "calls"), constant=constant, calls_per=slopes)]

    def _calls(self, count: int, *, volumes: bool, running: bool) -> int:
        """Of the no-op of that many guests."""
        document = documents.document(count, self.host.folder, running=count if running else 0)
        if not volumes:
            document["volumes"] = []
            document["domains"] = [{**domain, "disks": []} for domain in document["domains"]]
        noop = self.host.converge(f"calls-{count}-{volumes}-{running}", document)
        noop.but(changed=True).run()
        log = pathlib.Path(f"{noop.path}.log")
        self.host.payload(noop).run(LIBVIRT_LOG_FILTERS="1:rpc", LIBVIRT_LOG_OUTPUTS=f"1:file:{log}")
        calls = len(CALL.findall(log.read_text()))
        remove_guests()
        return calls
