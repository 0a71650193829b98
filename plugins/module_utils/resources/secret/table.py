# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The property table of secrets (https://libvirt.org/formatsecret.html). Pure."""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...diff import LIVE, RECREATE
from ...xml import path as xmlpath
from ...xml.table import Prop
from ...xml.types import LINES, STR, UUID, YES_NO, Type, choice

NONE = "none"

#: The element that names what a secret of each usage is for, in the order of libvirt's virSecretUsageType.
NAMED_BY = {NONE: "", "volume": "volume", "ceph": "name", "iscsi": "target", "tls": "name", "vtpm": "name"}


class _NameType(Type):
    """What the secret is for. How libvirt calls the element depends on the usage."""

    def read(self, root: Element, path: str) -> t.Optional[str]:
        element = NAMED_BY.get(xmlpath.get_text(root, "usage/@type") or NONE)
        return xmlpath.get_text(root, f"{path}/{element}") if element else None

    def write(self, root: Element, path: str, value: str) -> None:
        element = NAMED_BY[xmlpath.get_text(root, "usage/@type") or NONE]
        xmlpath.set_text(root, f"{path}/{element}", value)


TABLE = (
    Prop("usage", "usage/@type", choice(*NAMED_BY), RECREATE, absent=NONE, drop="usage", required=True),
    Prop("name", "usage", _NameType(STR.spec, STR.parse), RECREATE),
    Prop("uuid", "uuid", UUID, RECREATE),
    Prop("description", "description", LINES, LIVE, absent=""),
    Prop("private", "@private", YES_NO, RECREATE, absent=False),
    Prop("ephemeral", "@ephemeral", YES_NO, LIVE, absent=False),
)
