# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Misspelt variables of roles."""

from __future__ import annotations

import pathlib
import time

import pytest
import yaml

from ansible_collections.kvm.fleet.plugins.plugin_utils.misnamed import misnamed

ROLES = pathlib.Path(__file__).parents[2] / "roles"
KNOWN = {
    option
    for path in ROLES.glob("*/meta/argument_specs.yml")
    for spec in yaml.safe_load(path.read_text())["argument_specs"].values()
    for option in spec["options"]
}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("kvm_guest_domains", "kvm_guests_domains"),
        ("kvm_guests_domain", "kvm_guests_domains"),
        ("kvmguests_domains", "kvm_guests_domains"),
        ("kvm_guests_pool", "kvm_guests_pools"),
        ("kvm_guests_netwroks", "kvm_guests_networks"),
        ("KVM_guests_networks", "kvm_guests_networks"),
        ("kvm_hosts_bridges", "kvm_host_bridges"),
        ("kvm_image_checksums", "kvm_image_checksum"),
    ],
)
def test_a_misspelt_variable_is_found_with_what_was_meant(name, meant):
    assert misnamed([name, "ansible_facts", "kvm"], KNOWN) == [(name, meant)]


@pytest.mark.parametrize(
    "name",
    [
        *sorted(KNOWN),
        *("kvm_guests_domains_web", "kvm_guests_domains2", "kvm_guests_base_domains", "kvm_guests_owner", "kvm_hosts"),
        *("kvm_fleet_inventory", "web_guests_domains", "groups", "kvm_guests", "__kvm_host_config"),
    ],
)
def test_an_option_and_a_variable_of_the_users_own_are_left_alone(name):
    assert misnamed([name], KNOWN) == []


def test_a_thousand_variables_take_no_time():
    names = [f"{prefix}_{number}_of_mine" for number in range(500) for prefix in ("ansible", "kvm_guests")]
    begun = time.process_time()
    assert misnamed(names, KNOWN) == []
    assert time.process_time() - begun < 1
