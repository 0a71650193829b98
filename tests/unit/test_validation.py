# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checking with the part of a spec that is needed says exactly what checking with all of it says."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, NETWORK, VOLUME
from ansible_collections.kvm.fleet.plugins.module_utils.validation import looked_for, validate

ELEMENTS: list[tuple[t.Any, dict[str, t.Any]]] = [
    (DOMAIN, {"name": "web1"}),
    (DOMAIN, {"name": "web1", "vcpus": "2", "disks": [{"pool": "a", "volume": "b"}, {"file": "/x", "cache": "none"}]}),
    (DOMAIN, {"name": "web1", "wait": {"for": ["ip"]}, "cloud_init": {"user_data": {"a": 1}}}),
    (DOMAIN, {"name": "web1", "vcpus": None, "disks": []}),
    (DOMAIN, {"vcpus": 2}),  # no name
    (DOMAIN, {"name": "web1", "vcpu": 2}),  # unknown
    (DOMAIN, {"name": "web1", "disks": [{"fille": "/x"}]}),
    (DOMAIN, {"name": "web1", "disks": [{"iotune": {"rad": 1}}]}),
    (DOMAIN, {"name": "web1", "disks": "none"}),
    (DOMAIN, {"name": "web1", "disks": [7]}),
    (DOMAIN, {"name": "web1", "vcpus": "two"}),
    (DOMAIN, {"name": "web1", "state": "runing"}),
    (DOMAIN, {"name": "web1", "wait": {}}),
    (DOMAIN, {"name": "web1", "graphics": [{"type": "vnc", "password": "s3cret"}]}),
    (NETWORK, {"name": "lan", "ips": [{"address": "10.0.0.1", "dhcp": {"ranges": [{"start": "10.0.0.2"}]}}]}),
    (VOLUME, {"name": "a", "pool": "b", "source": {"url": "https://x", "checksum": "sha256:1"}}),
]


@pytest.mark.parametrize(("kind", "params"), ELEMENTS)
def test_the_part_says_what_the_whole_says(kind, params):
    whole = ArgumentSpecValidator(kind.argument_spec()).validate(params)
    part, complete = validate(kind.argument_spec(), params)
    assert part.error_messages == whole.error_messages
    assert part._no_log_values == whole._no_log_values
    if not whole.error_messages:
        assert complete == whole.validated_parameters


def test_what_nobody_states_is_not_looked_for():
    spec = looked_for(DOMAIN.argument_spec(), [{"name": "web1", "disks": [{"file": "/x"}, {"cache": "none"}]}])
    assert "interfaces" not in spec and "state" in spec
    assert set(spec["disks"]["options"]) >= {"file", "cache"} and len(spec["disks"]["options"]) < 20
