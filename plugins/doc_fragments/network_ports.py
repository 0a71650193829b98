# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """What guests' ports in a network get: options of kvm.fleet.network."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
"""
        + shared_options.port(
            "",
            2,
            "The limits on the traffic of all guests of the network together. Not for macvtap or V(hostdev).",
        )
        + r"""
  port:
    description: >-
      Settings of the guests' ports at the network's bridge. A change takes effect when the network starts again.
    type: dict
    suboptions:
      isolated:
        description: >-
          Whether guests in the network cannot reach each other, only what is outside. libvirt's default is V(false).
        type: bool
  portgroups:
    description:
      - >-
        The complete list of the port groups, sets of settings that an interface of a guest can refer to, identified by
        O(portgroups[].name).
      - A change takes effect at once in a running network, for guests that are plugged in from then on.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the port group, as O(kvm.fleet.domain#module:interfaces[].portgroup) refers to it.
        type: str
        required: true
      default:
        description: Whether interfaces that refer to no port group use this one. libvirt's default is V(false).
        type: bool
"""
        + shared_options.port("portgroups[].", 6, "The limits on the traffic of each port.", inherits=True)
    )
