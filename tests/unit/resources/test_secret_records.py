# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is remembered of the values of private secrets: whether a value is that one, and nothing else."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources import record_files
from ansible_collections.kvm.fleet.plugins.module_utils.resources.secret import records

UUID = "5f6cbb8e-3c38-4b35-a7be-7f80f5a2d201"
HERE = ("qemu:///system", True, UUID)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(record_files, "folder", lambda: str(tmp_path))
    return tmp_path / "secrets"


def test_a_secret_record_verifies_a_value_without_containing_it(folder):
    records.write(*HERE, b"s3cr3t-!")
    known = records.read(*HERE)
    assert known.fits(b"s3cr3t-!") and not known.fits(b"s3cr3t-?")
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
    assert "s3cr3t" not in file.read_text()


def test_two_records_of_one_value_look_different():
    assert records.fingerprint(b"s3cr3t-!") != records.fingerprint(b"s3cr3t-!")


def test_a_record_is_about_one_host_and_one_secret():
    records.write(*HERE, b"s3cr3t-!")
    assert records.read("qemu+ssh://other/system", False, UUID) is None
    assert records.read(HERE[0], True, UUID[:-1] + "2") is None


def test_a_secret_record_is_void_after_a_foreign_change(monkeypatch):
    monkeypatch.setattr(records, "_identity", lambda _local, _uuid: "7:1")
    records.write(*HERE, b"s3cr3t-!")
    assert records.read(*HERE) is not None
    monkeypatch.setattr(records, "_identity", lambda _local, _uuid: "8:2")
    assert records.read(*HERE) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"identity": 1}', "\xff"])
def test_an_invalid_secret_record_is_ignored(folder, text):
    records.write(*HERE, b"s3cr3t-!")
    (file,) = folder.iterdir()
    file.write_text(text, "latin-1")
    known = records.read(*HERE)
    assert known is None or not known.fits(b"s3cr3t-!")


def test_a_forgotten_secret_record_is_deleted(folder):
    records.write(*HERE, b"s3cr3t-!")
    records.forget(HERE[0], UUID)
    records.forget(HERE[0], UUID)
    assert list(folder.iterdir()) == []
