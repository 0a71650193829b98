# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Definitions with what options do not have, or libvirt rewrites: made through ``xml``, told, and made anew the same.

``make test-adoption`` has all of libvirt's own; these are the kinds of them, in our own words."""

from __future__ import annotations

import pytest

from ..adoption.compare import differences

HEAD = "<memory unit='MiB'>64</memory>"
CELL = "<cpu><numa><cell id='0' cpus='0' memory='65536'/></numa></cpu>"
DIMM = "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>"
VIRTIO_MEM = (
    "<memory model='virtio-mem'><target><size unit='MiB'>128</size><node>0</node><block unit='MiB'>2</block>"
    "<requested unit='MiB'>64</requested></target></memory>"
)
RNG = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
Q35, PC = (
    "<os><type arch='x86_64' machine='q35'>hvm</type></os>",
    "<os><type arch='x86_64' machine='pc'>hvm</type></os>",
)

#: What stands in a domain of 64 MiB, by what it shows.
DOMAINS = {
    "old machine": "<os><type arch='x86_64' machine='pc-q35-5.2'>hvm</type></os>",
    "hole": Q35 + "<devices><controller type='pci' index='0' model='pcie-root'><pcihole64 unit='GiB'>1</pcihole64>"
    "</controller></devices>",
    "no hotplug": Q35 + "<devices><controller type='pci' index='0' model='pcie-root'/><controller type='pci' index='1' "
    "model='pcie-root-port'><target hotplug='off'/></controller></devices>",
    "node of a bus": Q35
    + "<vcpu>1</vcpu><cpu><numa><cell id='0' cpus='0' memory='65536'/></numa></cpu><devices><controller "
    "type='pci' index='1' model='pcie-expander-bus'><target busNr='200'><node>0</node></target></controller></devices>",
    "second scsi": PC
    + "<devices><controller type='scsi' index='0' model='virtio-scsi'/><controller type='scsi' index='1' "
    "model='lsilogic'/><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/a.img'/>"
    "<target dev='sda' bus='scsi'/><address type='drive' controller='1' unit='0'/></disk></devices>",
    "link up": Q35 + "<devices><interface type='user'><mac address='52:54:00:00:00:09'/><model type='virtio'/>"
    "<link state='up'/></interface></devices>",
    "two dimms": f"<maxMemory slots='4' unit='GiB'>1</maxMemory>{Q35}<vcpu>1</vcpu>{CELL}"
    f"<devices>{DIMM}{DIMM}</devices>",
    "virtio-mem": f"<maxMemory slots='4' unit='GiB'>1</maxMemory>{Q35}<vcpu>1</vcpu>{CELL}"
    f"<devices>{VIRTIO_MEM}{VIRTIO_MEM}</devices>",
    "two rngs": f"{Q35}<devices>{RNG}{RNG}</devices>",
    "dbus": Q35 + "<devices><serial type='dbus'><source channel='org.example.one'/></serial></devices>",
    "full check": Q35 + "<cpu mode='custom' match='exact' check='full'><model fallback='forbid'>qemu64</model></cpu>",
    "balloon": Q35 + "<devices><memballoon model='virtio' autodeflate='on'/></devices>",
    "no balloon": Q35 + "<devices><memballoon model='none'/></devices>",
    "two videos": Q35 + "<devices><graphics type='vnc'/><video><model type='qxl' primary='yes'/></video>"
    "<video><model type='qxl'/></video></devices>",
    "stateless": "<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type><loader stateless='yes'/></os>",
    "sysinfo": Q35 + "<sysinfo type='smbios'><system><entry name='manufacturer'>x</entry></system></sysinfo>",
    "two consoles": Q35 + "<devices><console type='pty'/><console type='pty'><target type='virtio' port='0'/></console>"
    "</devices>",
    "guestfwd": Q35 + "<devices><channel type='pipe'><source path='/tmp/a'/><target type='guestfwd' address='10.0.2.1' "
    "port='4600'/></channel></devices>",
    "redirfilter": Q35
    + "<devices><redirdev bus='usb' type='spicevmc'/><graphics type='spice' autoport='yes'/><redirfilter>"
    "<usbdev class='0x08' vendor='0x1234' product='0xbeef' version='9.4' allow='yes'/></redirfilter></devices>",
    "no listen": Q35 + "<devices><graphics type='vnc'><listen type='none'/></graphics></devices>",
    "two listens": Q35 + "<devices><graphics type='spice' autoport='yes'><listen type='address' address='127.0.0.1'/>"
    "<listen type='address' address='127.0.0.2'/></graphics></devices>",
    "ich9": Q35 + "<devices><controller type='usb' index='0' model='ich9-ehci1'/><controller type='usb' index='0' "
    "model='ich9-uhci1'><master startport='0'/></controller></devices>",
    "less now": "<currentMemory unit='MiB'>32</currentMemory>" + Q35,
    "cells": Q35 + "<vcpu>2</vcpu><cpu><numa><cell cpus='0-1' memory='65536'/></numa></cpu>",
    "udp": Q35 + "<devices><serial type='udp'><source mode='connect' host='127.0.0.1' service='4001'/>"
    "<source mode='bind' host='127.0.0.1' service='4002'/></serial></devices>",
    "nameless": Q35 + "<devices><channel type='unix'><target type='virtio'/></channel><channel type='unix'>"
    "<target type='virtio' name='org.example.a'/></channel></devices>",
}


@pytest.mark.parametrize("what", DOMAINS)
def test_an_odd_domain_is_made_from_xml_and_equal_when_rebuilt(module, virsh, unique, what):
    options = {"name": unique, "state": "stopped", "xml": f"<domain>{HEAD}{DOMAINS[what]}</domain>"}
    module.start("domain", **options).result()
    again = module("domain", check_mode=True, **options)
    assert not again["changed"], again["diff"]["prepared"]
    before = virsh("dumpxml", "--inactive", unique)
    told = module("domain_info", name=unique, **{"as": "spec"})
    (spec,) = told["domains"]
    assert "warnings" not in told, told["warnings"]
    applied = module("domain", check_mode=True, **spec)
    assert not applied["changed"], applied["diff"]["prepared"]
    virsh("undefine", unique, "--nvram")
    module.start("domain", **spec).result()
    assert differences(before, virsh("dumpxml", "--inactive", unique)) == [], spec


#: What stands in a network, by what it shows.
NETWORKS = {
    "plain names": "<bridge name='br-odd'/><dns forwardPlainNames='yes'/><ip address='10.99.1.1' prefix='24'/>",
    "no prefix": "<forward mode='nat'/><bridge name='br-odd'/><ip family='ipv4' address='10.99.1.1'/>",
    "no mode": "<forward><nat ipv6='yes'/></forward><bridge name='br-odd'/><ip address='10.99.1.1' prefix='24'/>",
}


@pytest.mark.parametrize("what", NETWORKS)
def test_an_odd_network_is_made_from_xml_and_equal_when_rebuilt(module, virsh, unique, what):
    options = {"name": unique, "state": "inactive", "xml": f"<network>{NETWORKS[what]}</network>"}
    module.start("network", **options).result()
    assert not module("network", check_mode=True, **options)["changed"]
    before = virsh("net-dumpxml", "--inactive", unique)
    (spec,) = module("network_info", name=unique, **{"as": "spec"})["networks"]
    assert not module("network", check_mode=True, **spec)["changed"]
    virsh("net-undefine", unique)
    module.start("network", **spec).result()
    assert differences(before, virsh("net-dumpxml", "--inactive", unique)) == [], spec


def test_the_usual_cpu_of_an_architecture_that_has_no_maximum(module, conn, unique):
    """This host may have no QEMU for it: then it says so."""
    result = module.start("domain", name=unique, arch="riscv64", memory="64MiB", state="stopped").result(fails=None)
    assert "maximum CPU" not in result.get("msg", "")
