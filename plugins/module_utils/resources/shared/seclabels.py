# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security labels: of a domain, and of what a device has on the host. Pure.

https://libvirt.org/formatdomain.html#security-label
"""

from __future__ import annotations

from ...rule import Rule
from ...xml.table import Items, Prop, Table
from ...xml.types import STR, YES_NO

#: What a label says wherever it is.
LABEL: Table = (
    Prop("model", "@model", STR),
    Prop("relabel", "@relabel", YES_NO),
    Prop("label", "label", STR),
)


def of_source(path: str = "source/seclabel") -> Items:
    """The labels of a device's source, where they are not those of its domain: one of each security driver."""
    return Items("seclabels", path, LABEL, identity=(("model",),))


#: Of a device that has the option of :func:`of_source`.
RULES = (
    Rule(
        lambda item: any(("label" in one) == (one.get("relabel") is False) for one in item.get("seclabels", ())),
        "seclabels",
        "a source has either a label or relabel: false",
        "Declare label, or relabel: false",
    ),
)
