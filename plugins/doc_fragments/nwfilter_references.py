# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """The filters that a filter includes: the option filterrefs of kvm.fleet.nwfilter."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  filterrefs:
    description:
      - The complete list of the filters that this one includes, in their order.
      - They exist on the host, or are declared in the same document.
    type: list
    elements: dict
    suboptions:
      filter:
        description: The name of the included filter.
        type: str
        required: true
"""
        + shared_options.filter_parameters(6)
    )
