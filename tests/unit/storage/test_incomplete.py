# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An incomplete volume differs from a whole one by its beginning, and from somebody else's by what is recorded."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import Refused
from ansible_collections.kvm.fleet.plugins.module_utils.resources import unfinished
from ansible_collections.kvm.fleet.plugins.module_utils.resources.images import Images
from ansible_collections.kvm.fleet.plugins.module_utils.resources.volume.incomplete import (
    COPIED,
    FILLED,
    MARK,
    begins_incomplete,
    refuse_used,
)

from ..plan.host_facts import HostFacts

BEGUN = {"how": FILLED, "boot": "this"}
LEFT = MARK + b"content"
CONTENT = b"content" * 1000
#: What was on the disks before, behind what LVM clears.
CLEARED = bytes(4096) + b"old" * 100


@pytest.fixture(autouse=True)
def this_boot(monkeypatch):
    monkeypatch.setattr(unfinished, "boot", lambda: "this")


@pytest.mark.parametrize("directory", [True, False])
@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("record", [None, BEGUN])
def test_a_marked_volume_is_incomplete(record, directory, local):
    assert begins_incomplete(LEFT, record, directory, local)
    assert not begins_incomplete(CONTENT, record, directory, local)


@pytest.mark.parametrize("beginning", [b"", CLEARED, bytes(5000)])
def test_a_volume_without_a_record_is_complete(beginning):
    assert not begins_incomplete(beginning, None, True, True)
    assert not begins_incomplete(beginning, None, False, True)
    assert not begins_incomplete(beginning, None, False, False)


def test_an_empty_file_is_complete_where_no_records_are_kept():
    assert begins_incomplete(b"", None, True, False)
    assert not begins_incomplete(bytes(512), None, True, False)


@pytest.mark.parametrize(
    "beginning, directory, expected",
    [
        (b"", True, True),  # the mark would have been the first that is in it
        (bytes(4096), True, False),
        (CLEARED, False, True),
        (bytes(4095) + b"x" + bytes(4096), False, False),
    ],
)
def test_a_recorded_empty_file_without_a_mark_is_incomplete(beginning, directory, expected):
    assert begins_incomplete(beginning, BEGUN, directory, True) is expected


@pytest.mark.parametrize("boot, expected", [("this", False), ("another", True), (None, False)])
def test_a_recorded_copy_is_complete_unless_the_host_rebooted(boot, expected):
    """Of a remote host nobody knows that (None)."""
    for beginning in (CONTENT, bytes(4096), b""):
        assert begins_incomplete(beginning, {"how": COPIED, "boot": boot}, True, True) is expected


PATH, PLACE = "/var/lib/libvirt/images/a", ("path", "/var/lib/libvirt/images/a")


@pytest.mark.parametrize(
    ("record", "directory", "marked", "used", "refused"),
    [
        ({"how": COPIED}, True, False, True, True),
        ({"how": COPIED}, False, False, True, True),
        ({"how": COPIED}, True, False, False, False),
        ({"how": FILLED}, True, False, True, False),  # empty: nobody has anything in it
        ({"how": FILLED}, False, True, True, False),
        ({"how": FILLED}, False, False, True, True),  # it begins as LVM would have it, and may be somebody's
        (None, True, True, True, False),
    ],
)
def test_what_may_be_whole_and_somebody_has_is_not_made_anew(record, directory, marked, used, refused):
    disks = [{"domain": "web1", "source": PATH}] if used else []
    host = t.cast(t.Any, HostFacts.of({"pool": (), "domain": (), "volume": (), "snapshot": ()}, disks=disks))
    told = {("volume", "data/a"): dict(record, file="/x.json")} if record else {}
    host = dataclasses.replace(host, unfinished=told, marked=[PATH] if marked else [])
    with pytest.raises(Refused, match="domain web1 has it by now.*'/x.json'") if refused else contextlib.nullcontext():
        refuse_used(host, Images(host), ("data", "a"), PLACE, PATH, directory, "")
