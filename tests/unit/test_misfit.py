# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a new user gets wrong in the shape of options, and what is said to that."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.misfit import misfit
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, NETWORK, VOLUME

CASES = [
    (DOMAIN, {"cpus": 2}, "cpus: there is no such option. Perhaps it is vcpus"),
    (DOMAIN, {"vcpu": 2}, "vcpu: there is no such option. Perhaps it is vcpus"),
    (DOMAIN, {"disks": [{"path": "/a"}]}, "disks[0].path: there is no such option. Perhaps it is file."),
    (DOMAIN, {"disks": [{"file": "/a"}, {"bsu": "scsi"}]}, "disks[1].bsu: there is no such option. Perhaps it is bus."),
    (DOMAIN, {"xyzzy": 1}, "xyzzy: there is no such option. Options here are acpi_table, agent, "),
    (DOMAIN, {"disks": ["/a"]}, "disks[0]: '/a' is not a dictionary. Write what it has, such as alias, "),
    (DOMAIN, {"disks": {"file": "/a"}}, "disks: it is a dictionary, not a list. Begin each item with '- '."),
    (DOMAIN, {"cpu": "host-passthrough"}, "cpu: 'host-passthrough' is not a dictionary. Write what it has, such as"),
    (
        DOMAIN,
        {"cpu": {"numa": [{"memory": "1GiB"}], "mod": "x"}},
        "cpu.mod: there is no such option. Perhaps it is mode",
    ),
    (NETWORK, {"forward": "nat"}, "forward: 'nat' is not a dictionary. Write what it has, such as addresses, dev, "),
    (VOLUME, {"source": "https://a.example/b"}, "source: 'https://a.example/b' is not a dictionary. Write what it has"),
    (VOLUME, {"size": "1GiB"}, "size: there is no such option. Perhaps it is capacity."),
]


@pytest.mark.parametrize(("kind", "options", "expected"), CASES)
def test_it_is_named_with_what_was_meant(kind, options, expected):
    assert str(misfit(kind.argument_spec(), options)).startswith(expected)


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a", "memory": "1GiB", "disks": [{"file": "/a", "iotune": {"total_bytes_sec": 1}}], "cpu": None},
        {"_ansible_check_mode": True, "cpu": "mode=host-model", "clock": '{"offset": "utc"}', "xml": "<domain/>"},
        {"metadata": {"http://a.example": "<a/>"}, "cloud_init": {"user_data": "x", "meta_data": {"any": {}}}},
    ],
)
def test_what_fits_is_left_to_ansible(options):
    assert misfit(DOMAIN.argument_spec(), options) is None
