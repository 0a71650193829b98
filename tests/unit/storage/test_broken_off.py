# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A call that breaks off is not one that libvirt refuses: libvirt may be going on with it, and it stays recorded."""

from __future__ import annotations

import types

import libvirt
import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources import record_files, unfinished
from ansible_collections.kvm.fleet.plugins.module_utils.resources.snapshot import apply
from ansible_collections.kvm.fleet.plugins.module_utils.resources.snapshot import records as snapshots
from ansible_collections.kvm.fleet.plugins.module_utils.resources.snapshot.operations import Create
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume import incomplete

URI = "qemu+ssh://kvm1/system"


@pytest.fixture(autouse=True)
def records(monkeypatch, tmp_path):
    monkeypatch.setattr(record_files, "folder", lambda: str(tmp_path))


class Failed(libvirt.libvirtError):
    def __init__(self, code: int) -> None:
        super().__init__("failed")
        self.code = code

    def get_error_code(self) -> int:
        return self.code


BROKEN_OFF, FULL = libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_ERR_OPERATION_FAILED


def answering(answer):
    """A lookup: what is there, or the code of the error that libvirt answers with."""

    def look_up(_name):
        if isinstance(answer, int):
            raise Failed(answer)
        return answer

    return look_up


@pytest.mark.parametrize("how", [incomplete.COPIED, incomplete.FILLED, incomplete.EMPTY])
@pytest.mark.parametrize(
    ("failed", "asked", "recorded"),
    [
        (BROKEN_OFF, BROKEN_OFF, True),  # the connection has gone, and libvirtd is making it
        (BROKEN_OFF, "volume", True),
        (libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_OPERATION_INVALID, True),  # the pool is not active
        (FULL, libvirt.VIR_ERR_NO_STORAGE_VOL, False),
        (FULL, libvirt.VIR_ERR_NO_STORAGE_POOL, False),
        (libvirt.VIR_ERR_STORAGE_VOL_EXIST, "volume", False),  # it is somebody else's
    ],
)
def test_a_volume_of_a_call_that_broke_off_stays_recorded(how, failed, asked, recorded):
    pool = types.SimpleNamespace(storageVolLookupByName=answering(asked))
    gone = asked == libvirt.VIR_ERR_NO_STORAGE_POOL
    connection = types.SimpleNamespace(storagePoolLookupByName=answering(asked if gone else pool))
    session = types.SimpleNamespace(uri=URI, local=False, connection=connection)
    with pytest.raises(libvirt.libvirtError), incomplete.made(session, "data", "a", how):
        raise Failed(failed)
    assert (("volume", "data/a") in unfinished.steps(URI)) is recorded


@pytest.mark.parametrize(
    ("asked", "recorded"), [(BROKEN_OFF, True), ("snapshot", True), (libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT, False)]
)
def test_a_snapshot_of_a_call_that_broke_off_stays_ours(monkeypatch, asked, recorded):
    monkeypatch.setattr(apply.time, "time", lambda: 1000)

    def broken_off(_xml, _flags):
        raise Failed(BROKEN_OFF)

    domain = types.SimpleNamespace(
        name=lambda: "web1",
        UUIDString=lambda: "u",
        snapshotCreateXML=broken_off,
        snapshotLookupByName=answering(asked),
    )
    connection = types.SimpleNamespace(lookupByName=lambda _name: domain)
    session = types.SimpleNamespace(uri=URI, local=False, connection=connection)
    with pytest.raises(libvirt.libvirtError):
        apply._create(session, "web1/nightly", Create("<domainsnapshot/>", "web1", 0))
    assert snapshots.is_ours(URI, "u", "nightly", 1001) is recorded
