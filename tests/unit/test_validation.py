# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checking with what of a spec is needed, if anything, says exactly what Ansible says with all of it."""

from __future__ import annotations

import functools
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.kvm.fleet.plugins.module_utils import validation
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, KINDS, NETWORK, VOLUME
from ansible_collections.kvm.fleet.plugins.module_utils.validation import Validator

from .plan import case_files

ELEMENTS: list[tuple[t.Any, dict[str, t.Any]]] = [
    (DOMAIN, {"name": "web1"}),
    (DOMAIN, {"name": "web1", "vcpus": "2", "disks": [{"pool": "a", "volume": "b"}, {"file": "/x", "cache": "none"}]}),
    (DOMAIN, {"name": "web1", "wait": {"for": ["ip"]}, "cloud_init": {"user_data": {"a": 1}}}),
    (DOMAIN, {"name": "web1", "vcpus": None, "disks": []}),
    (DOMAIN, {"name": "web1", "vcpus": True, "autostart": 1, "memory": 1024, "title": 7}),
    (DOMAIN, {"name": "web1", "vcpus": 2, "autostart": True, "disks": [{"file": "~/x"}, {"file": "/$HOME/x"}]}),
    (DOMAIN, {"name": "web1", "disks": {"file": "/x"}}),
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


@functools.cache
def validators(kind: t.Any) -> tuple[ArgumentSpecValidator, Validator]:
    """Ansible's and ours, for all elements of a document."""
    return ArgumentSpecValidator(kind.argument_spec()), Validator(kind.argument_spec())


def assert_as_ansible_says(kind: t.Any, params: dict[str, t.Any]) -> None:
    ansible, ours = validators(kind)
    whole, checked = ansible.validate(params), ours.check(params)
    assert [*checked.errors] == whole.error_messages
    assert checked.secrets == whole._no_log_values
    if not whole.error_messages:
        assert checked.complete == whole.validated_parameters


@pytest.mark.parametrize(("kind", "params"), ELEMENTS)
def test_validation_has_the_errors_of_ansible(kind, params):
    assert_as_ansible_says(kind, params)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_validation_of_planner_cases_has_the_errors_of_ansible(kind):
    own: list[dict[str, t.Any]] = []
    others: list[dict[str, t.Any]] = []
    for path in case_files.PATHS:
        case = case_files.read(path)
        own += case.get("also", {}).get(kind.plural, ())
        (own if path.parent.name == kind.noun else others).append(case["declared"])
    for params in own + others[::10]:  # what other kinds have does not fit
        for named in (params, {"name": "one", "pool": "a", **params}):
            assert_as_ansible_says(kind, named)


def test_valid_parameters_do_not_reach_ansibles_validator(monkeypatch):
    monkeypatch.setattr(validation, "ArgumentSpecValidator", None)
    fits = {
        "name": "web1",
        "vcpus": 2,
        "state": "running",
        "autostart": True,
        "disks": [{"file": "/x", "cache": "none"}],
    }
    complete = Validator(DOMAIN.argument_spec()).check(fits).complete
    assert complete["force"] is False and complete["interfaces"] is None and complete["disks"][0]["serial"] is None


def test_undeclared_options_do_not_reach_ansibles_validator():
    spec = Validator(DOMAIN.argument_spec()).asked([{"name": "web1", "disks": [{"file": "/x"}, {"cache": "none"}]}])
    assert "interfaces" not in spec and "state" in spec
    assert set(spec["disks"]["options"]) >= {"file", "cache"} and len(spec["disks"]["options"]) < 20
