# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What identifies the elements of a document, for tests that have a document and no kind."""

from __future__ import annotations

from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.resources.defined import DefinedKind
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.table import IDENTITIES
from ansible_collections.kvm.fleet.plugins.module_utils.xml.identities import Identities

KINDS = {kind.definition.root_tag: kind.definition.identities for kind in ALL_KINDS if isinstance(kind, DefinedKind)}
KINDS["volume"] = IDENTITIES


def identities_of(root: etree._Element) -> Identities:
    """The identities of the document's kind; a fragment that is no network's is a domain's."""
    return KINDS["network" if root.tag == "ip" else root.tag if root.tag in KINDS else "domain"]
