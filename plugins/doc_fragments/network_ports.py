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
    description: The guests' ports at the network's bridge.
    type: dict
    suboptions:
      isolated:
        description: Whether guests reach only what is outside, and not each other. libvirt's default is V(false).
        type: bool
  portgroups:
    description:
      - >-
        Kinds of ports, of which a guest's interface names one; complete, identified by O(portgroups[].name).
      - Changed at once in a running network, for guests that are plugged in from then on.
    type: list
    elements: dict
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      default:
        description: Whether interfaces that name none are of this one. libvirt's default is V(false).
        type: bool
"""
        + shared_options.port("portgroups[].", 6, "The limits on the traffic of each port.", inherits=True)
        + r"""
"""
    )
