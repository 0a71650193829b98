# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes what QEMU measures the processor for: an encrypted volume.

How often QEMU hashes a passphrase follows from how often it can in a second of processor time, whatever ``iter-time``
says. It begins with a few milliseconds, in a thread of its own, and the kernel only adds to that thread's time when its
clock ticks. Versions 7.2.14 to 9.2 take none for a failure (QEMU 10 measures longer then), so that making the volume
fails by chance: one time in ten where little is going on, one in three and more on a busy host, and more on a faster
one. What failed took some hundredths of a second in most cases, and libvirt has removed it.
"""

from __future__ import annotations

import typing as t

from ...deps import libvirt
from ...errors import LibvirtFailed

#: How often it is tried, which does not depend on what else the host is doing: when nineteen in twenty fail, all fail
#: once in a hundred thousand million cases.
ATTEMPTS = 500
#: QEMU's words; libvirt passes them on, and its code says no more than that a program failed.
_NO_TIME_PASSED = "Unable to get accurate CPU usage"


def make(create: t.Callable[[], t.Any], where: str) -> t.Any:
    """What ``create()`` returns, called until QEMU has measured the processor.

    :raises LibvirtFailed: about ``where``: it never has.
    """
    failed = None
    for _attempt in range(ATTEMPTS):
        try:
            return create()
        except libvirt.libvirtError as exc:
            if _NO_TIME_PASSED not in (exc.get_error_message() or ""):
                raise
            failed = exc
    raise LibvirtFailed(
        f"QEMU failed to measure the processor {ATTEMPTS} times in a row",
        where=where or None,
        remedy="Run again when the host has less to do; QEMU 10 and newer measure it in any case",
    ) from failed
