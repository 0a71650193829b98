# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""libvirt's errors in our words, by their codes."""

from __future__ import annotations

import errno

import libvirt
import pytest

from ansible_collections.kvm.fleet.plugins.module_utils import connection
from ansible_collections.kvm.fleet.plugins.module_utils.errors import Conflict, FleetError, LibvirtFailed, NoSpace

#: Objects of libvirt's own test driver: how it is defined, removed, and used once it has gone.
GOING = {
    "domain": (
        lambda host: host.defineXML(
            "<domain type='test'><name>a</name><memory>1</memory><os><type>hvm</type></os></domain>"
        ),
        lambda domain: domain.undefine(),
        lambda domain: domain.create(),
    ),
    "network": (
        lambda host: host.networkDefineXML("<network><name>a</name></network>"),
        lambda network: network.undefine(),
        lambda network: network.create(),
    ),
    "pool": (
        lambda host: host.storagePoolDefineXML(
            "<pool type='dir'><name>a</name><target><path>/a</path></target></pool>"
        ),
        lambda pool: pool.undefine(),
        lambda pool: pool.create(),
    ),
    "volume": (
        lambda host: host.storagePoolLookupByName("default-pool").createXML(
            "<volume><name>a</name><capacity>1</capacity></volume>"
        ),
        lambda volume: volume.delete(),
        lambda volume: volume.delete(),
    ),
    "snapshot": (
        lambda host: host.lookupByName("test").snapshotCreateXML("<domainsnapshot><name>a</name></domainsnapshot>"),
        lambda snapshot: snapshot.delete(),
        lambda snapshot: snapshot.domain().snapshotLookupByName("a"),
    ),
}


@pytest.fixture
def host():
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    with connection.open_connection("test:///default") as opened:
        yield opened


def failure(code: int, message: str, number: int = 0) -> libvirt.libvirtError:
    """As libvirt raises it. Its own drivers have to be in trouble before they say some of these."""
    error = libvirt.libvirtError(message)
    error.err = (code, libvirt.VIR_FROM_STORAGE, message, libvirt.VIR_ERR_ERROR, None, None, None, number, 0)
    return error


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("qemu:///system", "qemu:///system"),
        ("qemu+tcp://user@kvm1/system", "qemu+tcp://user@kvm1/system"),
        ("qemu+tcp://user:c4nary@kvm1:16509/system?a=b@c", "qemu+tcp://user:(hidden)@c"),
        ("qemu+tcp://user:c4/na@ry@kvm1/system", "qemu+tcp://user:(hidden)@kvm1/system"),
    ],
)
def test_a_uri_is_shown_without_its_password(uri, shown):
    assert connection.shown(uri) == shown
    refused = connection.connection_error(failure(libvirt.VIR_ERR_RPC, f"no way to {uri}"), uri)
    assert "c4nary" not in str(refused) and "c4/na" not in str(refused)


def explained(call, *args) -> FleetError:
    with pytest.raises(libvirt.libvirtError) as failed:
        call(*args)
    return connection.explain(failed.value, "domain web1")


@pytest.mark.parametrize("noun", GOING)
def test_an_object_removed_meanwhile_is_a_conflict(host, noun):
    make, remove, use = GOING[noun]
    made = make(host)
    remove(made)
    error = explained(use, made)
    assert isinstance(error, Conflict)
    assert str(error).startswith("domain web1: ")
    assert str(error).endswith("; it changed during this run. Run again: the next run starts from what is there then.")


@pytest.mark.parametrize(
    "name",
    (
        *(f"VIR_ERR_NO_{noun}" for noun in ("DOMAIN", "NETWORK", "STORAGE_POOL", "STORAGE_VOL", "SECRET", "NWFILTER")),
        *("VIR_ERR_NO_DOMAIN_SNAPSHOT", "VIR_ERR_STORAGE_VOL_EXIST", "VIR_ERR_DOM_EXIST", "VIR_ERR_NETWORK_EXIST"),
    ),
)
def test_libvirt_error_codes_that_are_conflicts(name):
    error = connection.explain(failure(getattr(libvirt, name), "no longer as it was"), "pool data")
    assert isinstance(error, Conflict)
    assert str(error).startswith("pool data: no longer as it was; it changed during this run")


def test_other_libvirt_error_codes_are_no_conflicts(host):
    error = explained(host.lookupByName("test").create)
    assert isinstance(error, LibvirtFailed)
    assert str(error).startswith("domain web1: libvirt refuses: ")


@pytest.mark.parametrize(
    "error",
    [
        failure(libvirt.VIR_ERR_SYSTEM_ERROR, "cannot write", errno.ENOSPC),
        failure(libvirt.VIR_ERR_INTERNAL_ERROR, "qemu-img: error while writing: No space left on device"),
    ],
)
def test_a_full_disk_is_recognised_by_errno_or_message(error):
    told = connection.explain(error, "volume data/a")
    assert isinstance(told, NoSpace)
    assert str(told).endswith("Free some room there, or use another pool.")


def test_another_errno_is_no_full_disk():
    told = connection.explain(failure(libvirt.VIR_ERR_SYSTEM_ERROR, "no", errno.EACCES), "")
    assert isinstance(told, LibvirtFailed)


@pytest.mark.parametrize("lookup", ("lookupByName", "networkLookupByName", "storagePoolLookupByName"))
def test_looking_up_a_missing_object_gives_none(host, lookup):
    assert connection.find(getattr(host, lookup), "nobody") is None


def test_a_lookup_that_fails_otherwise_fails(host):
    with pytest.raises(libvirt.libvirtError):
        connection.find(host.lookupByUUIDString, "no uuid")
