# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's certificate takes: a key, a request, what is given for it, and nothing while all is as declared."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.host.certificates import Certificate, Demand
from ansible_collections.kvm.fleet.plugins.module_utils.host.tls import Found, Seen, plan_certificate

PARAMS = {
    "path": "/pki/cert.pem",
    "key": "/pki/key.pem",
    "authority_path": "/pki/ca.pem",
    "common_name": "kvm1",
    "names": ["kvm1.example.org"],
    "purposes": ["server"],
    "certificate": None,
    "authority_certificate": "the authority",
}
GOOD = Seen(Certificate(Demand.of("kvm1", ["kvm1.example.org"], ["server"]), b"key", "some day"), False, True)
THERE = Found(installed=GOOD, given=None, key=b"key", authority=b"the authority")


def steps(found: Found, **params: t.Any) -> list[str]:
    return [
        f"{action} {action.detail().strip()}".strip()
        for action in plan_certificate(found, {**PARAMS, **params}).actions
    ]


def test_nothing_is_done_while_all_is_as_declared():
    assert steps(THERE) == []
    assert steps(THERE, common_name="kvm1", names=["KVM1.example.org"]) == []


def test_a_host_without_any_makes_a_key_and_asks():
    nothing = Found(None, None, None, b"")
    assert steps(nothing) == ["create key /pki/key.pem", "request certificate /pki/cert.pem because it is missing"]


def test_renewal_uses_the_existing_key():
    soon = dataclasses.replace(THERE, installed=dataclasses.replace(GOOD, ends=True))
    assert steps(soon) == ["request certificate /pki/cert.pem because it ends on some day"]


def test_declared_certificate_is_installed_with_its_authority():
    given = Found(None, GOOD, b"key", b"another authority")
    assert steps(given, certificate="pem") == ["install certificate /pki/ca.pem", "install certificate /pki/cert.pem"]


@pytest.mark.parametrize(
    ("key", "why"), [(None, "has a key that is missing"), (b"other", "is for another key")], ids=["none", "other"]
)
def test_certificate_without_its_key_is_refused_in_check_mode_too(key, why):
    with pytest.raises(InvalidOption, match=f"certificate: the certificate {why}"):
        steps(Found(None, GOOD, key, b""), certificate="pem")
