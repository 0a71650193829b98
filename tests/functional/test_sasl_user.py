# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SASL's users: set once, seen to be unchanged without a look at the password, set again when somebody meddled."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest


@pytest.fixture
def database(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "passwd.db"


@pytest.fixture
def ensure(module, database) -> t.Callable[..., bool]:
    """``ensure("alice", "secret")``: whether that changed something, as check mode said it would."""

    def run(name: str, password: str | None = None, **more: t.Any) -> bool:
        options = {"name": name, "password": password, "database": str(database), **more}
        predicted = module("sasl_user", check_mode=True, **options)
        real = module("sasl_user", **options)
        assert predicted["changed"] == real["changed"]
        assert predicted["diff"] == real["diff"]
        assert password is None or password not in str(real)
        assert not module("sasl_user", **options)["changed"]
        return real["changed"]

    return run


def users(database: pathlib.Path) -> list[str]:
    listed = subprocess.run(["sasldblistusers2", "-f", database], check=True, capture_output=True, text=True).stdout
    return sorted(line.partition("@")[0] for line in listed.splitlines())


def test_users_are_set_changed_and_removed(ensure, database):
    assert not ensure("alice", state="absent")
    assert not database.exists()
    assert ensure("alice", "one two")
    assert ensure("bob", "three")
    assert not ensure("alice", "one two")
    assert ensure("alice", "four")
    assert users(database) == ["alice", "bob"]
    assert b"four" in database.read_bytes()
    assert ensure("bob", state="absent")
    assert users(database) == ["alice"]
    assert not ensure("alice", "four")
    for file in (database, database.with_name("passwd.db.kvm-fleet")):
        assert file.stat().st_mode & 0o7777 == 0o600


def test_a_password_changed_by_others_is_set_again(ensure, database):
    ensure("alice", "mine")
    subprocess.run(["saslpasswd2", "-p", "-a", "libvirt", "-f", database, "alice"], check=True, input=b"theirs")
    assert b"theirs" in database.read_bytes()
    assert ensure("alice", "mine")
    assert b"mine" in database.read_bytes()


def test_hidden_keeps_the_password(module, ensure, database):
    failed = module("sasl_user", name="alice", password="(hidden)", database=str(database), fails=True)
    assert failed["msg"].startswith("password: (hidden) stands for the value that is there, and there is none")
    ensure("alice", "mine")
    assert not module("sasl_user", name="alice", password="(hidden)", database=str(database))["changed"]
    assert not ensure("alice", "mine")


@pytest.mark.parametrize(
    "name, password", [("a b", "x"), ("-d", "x"), ("alice", ""), ("alice", "x\ny"), ("alice", None)]
)
def test_names_and_passwords_that_saslpasswd2_misreads_are_refused(module, database, name, password):
    failed = module("sasl_user", name=name, password=password, database=str(database), fails=True)
    assert failed["msg"].startswith(("name: ", "password: "))
    assert not database.exists()
