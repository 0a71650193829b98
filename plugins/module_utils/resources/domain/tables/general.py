# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who a domain is, and what libvirt does when something happens to it. Pure."""

from __future__ import annotations

from ....diff import LIVE, RECREATE
from ....xml.table import Prop
from ....xml.types import LINES, PATH, STR, TEXT, UUID, choice
from .metadata import METADATA

IDENTITY = (
    Prop("type", "@type", choice("auto", "kvm", "qemu"), new="auto"),
    Prop("uuid", "uuid", UUID, RECREATE),
    Prop("title", "title", TEXT, LIVE, absent=""),
    Prop("description", "description", LINES, LIVE, absent=""),
    Prop("metadata", "metadata", METADATA, LIVE),
    Prop("genid", "genid", UUID),
    Prop("emulator", "devices/emulator", PATH),
    Prop("resource.partition", "resource/partition", STR),
    Prop("resource.appid", "resource/fibrechannel/@appid", STR),
)

_ACTIONS = ("destroy", "restart", "preserve", "rename-restart")

EVENTS = (
    Prop("on_poweroff", "on_poweroff", choice(*_ACTIONS)),
    Prop("on_reboot", "on_reboot", choice(*_ACTIONS)),
    Prop("on_crash", "on_crash", choice(*_ACTIONS, "coredump-destroy", "coredump-restart")),
    Prop("on_lockfailure", "on_lockfailure", choice("ignore", "pause", "poweroff", "restart")),
)
