# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of a domain's elements. Pure.

libvirt's schema allows any, and libxml2, with which libvirt and we check it, refuses some: elements of several of the
schema's groups that stand apart from the rest of theirs. So they stand as libvirt writes them.
"""

from __future__ import annotations

from ....deps import Element

_ORDER = (
    *("name", "uuid", "genid", "title", "description", "metadata"),
    *("maxMemory", "memory", "currentMemory", "blkiotune", "memtune", "memoryBacking"),
    *("vcpu", "vcpus", "iothreads", "iothreadids", "defaultiothread", "cputune", "numatune", "resource"),
    *("sysinfo", "os", "idmap", "features", "cpu", "clock"),
    *("on_poweroff", "on_reboot", "on_crash", "on_lockfailure", "pm", "perf"),
    *("devices", "seclabel", "keywrap", "launchSecurity"),
)
_PLACE = {tag: place for place, tag in enumerate(_ORDER)}


def put_in_order(root: Element) -> None:
    """Sort the elements below ``<domain>``; those that we do not know go last, as they stand."""
    root[:] = sorted(root, key=lambda element: _PLACE.get(element.tag, len(_ORDER)))
