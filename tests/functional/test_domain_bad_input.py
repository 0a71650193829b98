# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input for a domain: one message that names the option and the remedy, and nothing changed."""

from __future__ import annotations

import pytest

from .test_domain import guest

BOMB = "<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><domain><title>&b;</title></domain>"
EXTERNAL = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><domain><title>&x;</title></domain>"
DISK = {"file": "/nowhere/a.qcow2", "format": "qcow2"}

CASES = {
    "a size without meaning": ({"memory": "2XB"}, "memory: '2XB' is not a size"),
    "a number that should be a dictionary": ({"cpu": 2}, "cpu: it is a number, not a dictionary. Write what it has"),
    "a number further down": ({"disks": [dict(DISK, iotune=1)]}, "disks[0].iotune: it is a number, not a dictionary"),
    "two disks with one target": (
        {"disks": [dict(DISK, target="vda"), {"file": "/nowhere/b", "target": "vda"}]},
        "disks[1].target",
    ),
    "two disks with one file": ({"disks": [DISK, DISK]}, "disks[1].file"),
    "a MAC twice in one domain": (
        {"interfaces": [{"bridge": "b0", "mac": "52:54:00:00:00:01"}, {"bridge": "b0", "mac": "52:54:00:00:00:01"}]},
        "interfaces[1].mac",
    ),
    "a multicast MAC": ({"interfaces": [{"bridge": "b0", "mac": "01:54:00:00:00:01"}]}, "interfaces[0].mac"),
    "a network that is nowhere": ({"interfaces": [{"network": "nowhere"}]}, "interfaces[0].network: network 'nowhere'"),
    "a pool that is nowhere": ({"disks": [{"pool": "nowhere", "volume": "x"}]}, "disks[0].pool: pool 'nowhere'"),
    "malformed xml": ({"xml": "<domain><title>x</domain>"}, "xml: malformed XML"),
    "an element that libvirt would drop": ({"xml": "<domain><devises/></domain>"}, "<devises>"),
    "a value that the schema does not allow": (
        {"xml": "<domain><features><kvm><hidden state='maybe'/></kvm></features></domain>"},
        "state='maybe'",
    ),
    "an entity bomb": ({"xml": BOMB}, "xml: a document type declaration or an entity is not accepted"),
    "an external entity": ({"xml": EXTERNAL}, "xml: a document type declaration or an entity is not accepted"),
    "another name in the xml": ({"xml": "<domain><name>other</name></domain>"}, "the XML is about 'other'"),
    "another kind of xml": ({"xml": "<network/>"}, "the root element is <network>"),
    "more memory than the ceiling": ({"memory_max": "32MiB"}, "memory: memory is more than memory_max"),
    "a topology that does not add up": (
        {"cpu": {"topology": {"sockets": 2, "cores": 2, "threads": 1}}},
        "cpu.topology: 2 sockets x 2 cores x 1 threads are 4 vCPUs, not 1",
    ),
    "a disk without a source": ({"disks": [{"target": "vda"}]}, "disks[0]: this disk has no source"),
    "a domain that cannot be saved": ({"state": "saved"}, "state: "),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("check_mode", [True, False])
def test_bad_input_is_refused_before_anything_is_touched(module, virsh, unique, case, check_mode):
    options, expected = CASES[case]
    failed = module("domain", check_mode=check_mode, fails=True, **guest(unique, **options))
    assert expected in failed["msg"]
    assert unique not in virsh("list", "--all", "--name")


def test_an_unknown_option_is_named(module, unique):
    assert "memmory" in module("domain", fails=True, **guest(unique, memmory="1GiB"))["msg"]


def test_a_mac_that_another_domain_has_is_refused(module, virsh, unique):
    module("network", name=unique, forward={"mode": "isolated"})
    interfaces = [{"network": unique, "mac": "52:54:00:77:01:01"}]
    module("domain", **guest(unique, state="stopped", interfaces=interfaces))
    failed = module("domain", fails=True, **guest(unique + "b", state="stopped", interfaces=interfaces))
    assert f"already an interface of domain '{unique}'" in failed["msg"]
    both = [guest(name, state="stopped", interfaces=interfaces) for name in ("c1", "c2")]
    assert "domains[c" in module("converge", domains=both, fails=True)["msg"]
    assert "c1" not in virsh("list", "--all", "--name")
