# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain that is acted on: how it is found, what it shows, and how long its guest may take."""

from __future__ import annotations

import time
import typing as t

from ...deps import Element, libvirt
from ...xml import parse
from ..base import Session

#: How long a guest may take to give up a device or memory, in seconds, before the change counts as pending.
GUEST_TIMEOUT = 20


def found(session: Session, name: str) -> t.Any:
    return session.connection.lookupByName(name)


def live(domain: t.Any) -> Element:
    """What runs, as XML."""
    return parse.parse(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE))


def until(domain: t.Any, reached: t.Callable[[Element], bool]) -> bool:
    """Whether what runs comes to what was asked of the guest, in time."""
    deadline = time.monotonic() + GUEST_TIMEOUT
    while not reached(live(domain)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
