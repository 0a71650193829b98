#!/usr/bin/env python3
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's machines that the scenarios in $LAB_SCENARIOS need; without it, all.

KVM hosts are virtual machines whose emulated CPU has AMD-V; that of ``refused`` has not.
"""

import json
import os

MACHINES = {"kvm_hosts": ["debian12", "debian13"], "refused_hosts": ["refused"]}
NEEDED = {"host_refused": ["refused"], "demo": ["debian13"]}  # other scenarios: all KVM hosts

scenarios = os.environ.get("LAB_SCENARIOS", "").split()
needed = [machine for scenario in scenarios for machine in NEEDED.get(scenario, MACHINES["kvm_hosts"])]
groups = {
    group: {"hosts": [machine for machine in machines if not scenarios or machine in needed]}
    for group, machines in MACHINES.items()
}
print(json.dumps({"molecule": {"children": list(MACHINES)}, **groups, "_meta": {"hostvars": {}}}))
