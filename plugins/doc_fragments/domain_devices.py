# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small devices of a domain: what kvm.fleet.domain says of their options."""

from __future__ import annotations


class ModuleDocFragment:
    """Small devices of a domain."""

    DOCUMENTATION = r"""
options:
  rng:
    description:
      - Whether the guest has a virtio random number generator, fed from the host's.
      - V(true) for a new domain where nothing is said. A change takes effect at the next start.
    type: bool
  watchdog:
    description: >-
      A device that acts when the guest does not trigger it any more. A change takes effect at the next start.
    type: dict
    suboptions:
      model:
        description: >-
          What the guest sees. V(i6300esb) fits x86 machines, V(diag288) s390x. Mandatory where there is no watchdog
          yet.
        type: str
        choices: [i6300esb, itco, ib700, diag288]
      action:
        description: What is done to the guest. libvirt's default is V(reset).
        type: str
        choices: [reset, shutdown, poweroff, pause, none, dump, inject-nmi]
"""
