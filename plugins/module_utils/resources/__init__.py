# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of objects, in the order in which they need each other: the users come last."""

from __future__ import annotations

from .domain.kind import Domain
from .network.kind import Network
from .nwfilter.kind import NWFilter
from .pool.kind import Pool
from .secret.kind import Secret
from .volume.kind import Volume

SECRET = Secret()
NWFILTER = NWFilter()
NETWORK = Network()
POOL = Pool()
VOLUME = Volume()
DOMAIN = Domain()

#: What a document can declare.
KINDS = (SECRET, NWFILTER, NETWORK, POOL, VOLUME, DOMAIN)
