# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten namespace hosts (docs/lab.md) with 100 guests each, over SSH."""

from __future__ import annotations

import pathlib

from ...lab.namespace_hosts import Lab
from .. import documents, playbooks
from ..host import Host
from ..measure import Figure, alternate, ratio

HOSTS, GUESTS = 10, 100
ON_A_HOST = pathlib.Path("/srv/bench")  # each has files of its own


class Fleet:
    """All hosts have the same document."""

    def __init__(self, host: Host) -> None:
        lab = Lab(host.folder / "lab")
        lab.start(HOSTS)  # ends with this process
        how = {"options": ("--inventory", str(lab.inventory), "--forks", str(HOSTS))}
        self.noop = host.converge("fleet", documents.document(GUESTS, ON_A_HOST), **how)
        self.ping = playbooks.ping(host.folder, **how)
        self.noop.but(changed=True).run()
        there = lab.everywhere("virsh --quiet list --all --name | wc -l")
        if set(there.values()) != {str(GUESTS)}:
            raise RuntimeError(f"{GUESTS} guests were declared on each host; there are {there}")

    def measure(self) -> list[Figure]:
        """Against a ping of the same hosts with the same forks."""
        return [ratio(*alternate(self.noop.seconds, self.ping.seconds))]
