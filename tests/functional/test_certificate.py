# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates: asked for on the host, signed elsewhere, replaced when they have to be, and seen by openssl."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.module_utils.host import certificates

NAMES = ["kvm1.example.org", "10.0.0.5", "fd00::5"]


def openssl(*arguments: str) -> str:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout


@dataclasses.dataclass
class Site:
    """A host and the authority beside it; the test carries what travels between them."""

    module: t.Any
    folder: pathlib.Path

    def __post_init__(self) -> None:
        self.path, self.key, self.ca = (self.folder / f"host/{name}.pem" for name in ("cert", "private/key", "ca"))
        self.authority = str(self.folder / "authority")
        certificates.make_authority(self.authority, "Test authority")

    def options(self, **more: t.Any) -> dict[str, t.Any]:
        authority = pathlib.Path(certificates.authority_files(self.authority)[0]).read_text()
        return {
            "path": str(self.path),
            "key": str(self.key),
            "authority_path": str(self.ca),
            "common_name": "kvm1",
            "names": NAMES,
            "authority_certificate": authority,
            **more,
        }

    def issue(self, days: int = 100, **more: t.Any) -> dict[str, t.Any]:
        """Ask, sign, install; what came of the asking."""
        options = self.options(**more)
        checked = self.module("certificate", check_mode=True, **options)
        asked = self.module("certificate", **options)
        assert (checked["changed"], checked["reasons"]) == (asked["changed"], asked["reasons"])
        assert checked["request"] is None
        demand = certificates.Demand.of(options["common_name"], options["names"], options.get("purposes", ["server"]))
        issued = certificates.sign(self.authority, asked["request"].encode(), demand, days).decode()
        assert self.module("certificate", certificate=issued, **options)["changed"]
        again = self.module("certificate", **options)
        assert not again["changed"], again
        return asked


@pytest.fixture
def site(module, tmp_path: pathlib.Path) -> Site:
    return Site(module, tmp_path)


def test_certificate_is_issued_and_the_key_stays(site):
    asked = site.issue()
    assert asked["reasons"] == ["is missing"]
    assert "PRIVATE KEY" not in str(asked)
    text = openssl("x509", "-in", str(site.path), "-noout", "-text")
    for part in ("CN = kvm1", "DNS:kvm1.example.org, IP Address:10.0.0.5", "TLS Web Server Authentication"):
        assert part in text
    assert openssl("verify", "-CAfile", str(site.ca), "-purpose", "sslserver", str(site.path)).endswith("OK\n")
    assert site.key.stat().st_mode & 0o7777 == 0o600
    assert site.key.parent.stat().st_mode & 0o7777 == 0o700
    assert site.path.stat().st_mode & 0o7777 == site.ca.stat().st_mode & 0o7777 == 0o644
    assert openssl("pkey", "-in", str(site.key), "-pubout") == openssl(
        "x509", "-in", str(site.path), "-noout", "-pubkey"
    )


def test_certificate_is_renewed_when_it_ends_soon_and_not_before(site):
    site.issue(days=40)
    key, certificate = site.key.read_bytes(), site.path.read_bytes()
    assert not site.module("certificate", **site.options(renew_before=39))["changed"]
    (reason,) = site.issue(renew_before=41)["reasons"]
    assert reason.startswith("ends on ")
    assert site.key.read_bytes() == key
    assert site.path.read_bytes() != certificate


@pytest.mark.parametrize(
    "more, reason",
    [
        ({"names": ["kvm1.example.org"]}, "has other names"),
        ({"purposes": ["client", "server"]}, "has other purposes"),
        ({"common_name": "kvm2"}, "is for kvm1"),
    ],
)
def test_certificate_follows_what_is_declared(site, more, reason):
    site.issue()
    assert site.issue(**more)["reasons"] == [reason]


def test_names_in_another_order_or_spelling_are_the_same(site):
    site.issue()
    names = ["FD00:0::5", "KVM1.example.org", "10.0.0.5"]
    assert not site.module("certificate", **site.options(names=names))["changed"]


def test_a_lost_key_or_another_authority_renews_the_certificate(site, tmp_path):
    site.issue()
    site.key.unlink()
    assert site.issue()["reasons"] == ["has a key that is missing"]
    site.authority = str(tmp_path / "other")
    certificates.make_authority(site.authority, "Test authority")  # of the same name
    assert site.issue()["reasons"] == ["is of another authority"]
    openssl("verify", "-CAfile", str(site.ca), str(site.path))


def test_certificate_that_does_not_fit_is_not_installed(site):
    options = site.options()
    request = site.module("certificate", **options)["request"]
    demand = certificates.Demand.of("kvm1", ["elsewhere.example.org"], ["server"])
    issued = certificates.sign(site.authority, request.encode(), demand, 100).decode()
    failed = site.module("certificate", certificate=issued, fails=True, **options)
    assert "certificate: the certificate has other names" in failed["msg"]
    assert not site.path.exists()


def test_authority_signs_for_the_declared_name_only(site):
    request = site.module("certificate", **site.options(common_name="kvm2"))["request"]
    with pytest.raises(FleetError, match="asked for another certificate"):
        certificates.sign(site.authority, request.encode(), certificates.Demand.of("kvm1", [], ["server"]), 100)


@pytest.mark.parametrize(
    "more", [{"names": ["a,DNS:b"]}, {"names": ["a\nb"]}, {"common_name": "a/CN=b"}, {"common_name": "a\nb"}]
)
def test_a_name_with_openssl_syntax_is_refused(site, more):
    (option,) = more
    assert site.module("certificate", fails=True, **site.options(**more))["msg"].startswith(option)


def test_authority_is_created_once_and_its_key_is_never_replaced(site):
    files = [pathlib.Path(path) for path in certificates.authority_files(site.authority)]
    before = [path.read_bytes() for path in files]
    assert not certificates.make_authority(site.authority, "Test authority")
    assert [path.read_bytes() for path in files] == before
    assert files[1].stat().st_mode & 0o7777 == 0o600
    files[0].unlink()
    with pytest.raises(FleetError, match="there is a key"):
        certificates.make_authority(site.authority, "Test authority")


def test_a_file_that_is_no_certificate_is_an_error(site):
    site.issue()
    site.path.write_text("no certificate\n")
    assert "openssl" in site.module("certificate", fails=True, **site.options())["msg"]


def test_a_relative_path_is_refused(module, tmp_path):
    paths = {"path": "cert.pem", "key": str(tmp_path / "key"), "authority_path": "ca.pem"}
    failed = module("certificate", fails=True, common_name="a", **paths)
    assert failed["msg"].startswith("path: 'cert.pem' is not an absolute path. Start it with /. Also: authority_path: ")
