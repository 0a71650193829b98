# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Definitions with what options do not have, or libvirt rewrites: made through ``xml``, told, and made anew the same.

``make test-adoption`` has all of libvirt's own; these are the kinds of them, in our own words."""

from __future__ import annotations

import subprocess

import pytest

from ..adoption.compare import differences
from .lifecycle import settle

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

#: What virt-install writes for ``--osinfo debian12 --disk … --cdrom … --network network=…``, as its library does it.
VIRT_INSTALL = (
    "<metadata><libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
    "<libosinfo:os id='http://debian.org/debian/12'/></libosinfo:libosinfo></metadata>"
    "<currentMemory unit='MiB'>64</currentMemory><vcpu>2</vcpu>"
    "<os><type arch='x86_64' machine='q35'>hvm</type><boot dev='cdrom'/><boot dev='hd'/></os>"
    "<features><acpi/><apic/>{features}</features><cpu mode='host-model'/>"
    "<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/>"
    "<timer name='hpet' present='no'/></clock>"
    "<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>"
    "<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>"
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/><source file='/srv/a.qcow2'/>"
    "<target dev='vda' bus='virtio'/></disk><disk type='file' device='cdrom'><driver name='qemu' type='raw'/>"
    "<source file='/srv/a.iso'/><target dev='sda' bus='sata'/><readonly/></disk>"
    "<controller type='usb' model='qemu-xhci' ports='15'/><controller type='pci' model='pcie-root'/>"
    + 14
    * "<controller type='pci' model='pcie-root-port'/>"
    + "<interface type='network'><source network='default'/><mac address='52:54:00:0b:8b:ad'/>"
    "<model type='virtio'/></interface><console type='pty'/>"
    "<channel type='unix'><source mode='bind'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    "<input type='tablet' bus='usb'/>{display}"
    "<memballoon model='virtio'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices>"
)
VNC = "<graphics type='vnc' port='-1'/><video><model type='virtio'/></video>"
SPICE = (
    "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>"
    "<graphics type='spice' port='-1' tlsPort='-1' autoport='yes'><image compression='off'/></graphics>"
    "<sound model='ich9'/><video><model type='virtio'/></video>"
    "<redirdev bus='usb' type='spicevmc'/><redirdev bus='usb' type='spicevmc'/>"
)
CODE = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"

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
    "virt-install": VIRT_INSTALL.format(features="", display=VNC),
    "virt-install with SPICE": VIRT_INSTALL.format(features="<vmport state='off'/>", display=SPICE),
    "two boards": "<sysinfo type='smbios'><baseBoard><entry name='product'>a</entry></baseBoard><baseBoard>"
    "<entry name='product'>b</entry><entry name='serial'>2</entry></baseBoard></sysinfo>"
    "<os><type arch='x86_64' machine='q35'>hvm</type><smbios mode='sysinfo'/></os>",
    "no TLS": Q35 + "<devices><serial type='tcp'><source mode='connect' host='127.0.0.1' service='4001' tls='no'/>"
    "<protocol type='raw'/></serial><graphics type='spice' port='5901' tlsPort='-1' autoport='no' "
    "defaultMode='insecure'><channel name='main' mode='insecure'/></graphics></devices>",
    "ports of monitors": Q35 + "<devices><disk type='network'><driver name='qemu' type='raw'/><source protocol='rbd' "
    "name='pool/image'><host name='a' port='6789'/><host name='b' port='3300'/><host name='c'/></source>"
    "<target dev='vda' bus='virtio'/></disk></devices>",
    "labels": Q35 + "<devices><serial type='file'><source path='/tmp/log'><seclabel model='dac' relabel='no'/></source>"
    "</serial></devices><seclabel type='static' model='dac' relabel='yes'><label>+107:+107</label></seclabel>",
    "no label": Q35 + "<seclabel type='none' model='dac'/>",
    "entropy from others": Q35 + "<devices><rng model='virtio'><rate bytes='1234' period='2000'/><backend model='egd' "
    "type='udp'><source mode='bind' service='1234'/><source mode='connect' host='1.2.3.4' service='1234'/></backend>"
    "</rng><rng model='virtio'><backend model='egd' type='tcp'><source mode='connect' host='1.2.3.4' service='99'/>"
    "<protocol type='raw'/></backend></rng><rng model='virtio'><backend model='builtin'/></rng></devices>",
    "builtin entropy": Q35 + "<devices><rng model='virtio'><backend model='builtin'/></rng></devices>",
    "model of the host's": Q35 + "<cpu mode='host-model'><model fallback='forbid'>Haswell</model></cpu>",
    "secure loader": "<os><type arch='x86_64' machine='q35'>hvm</type>"
    "<loader readonly='yes' secure='yes' type='pflash'>"
    + CODE
    + "</loader><nvram template='/usr/share/OVMF/OVMF_VARS_4M.ms.fd'/></os><features><smm state='on'/></features>",
    "USB of i686": "<os><type arch='i686' machine='pc'>hvm</type></os><devices><controller type='usb' index='0' "
    "model='piix3-uhci'/><controller type='usb' index='1' model='nec-xhci' ports='4'/></devices>",
    "no USB": Q35 + "<devices><controller type='usb' index='0' model='none'/></devices>",
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


@pytest.mark.parametrize("options", [(), ("--security-info",), ("--inactive",), ("--migratable",)])
def test_what_virsh_says_of_a_running_guest_can_be_pasted(module, virsh, unique, tmp_path, options):
    """All that libvirt fills in when it starts a guest, as it is: for the guest that runs, and for a new one."""
    for name, image_format in (("a.qcow2", "qcow2"), ("a.iso", "raw")):
        subprocess.run(["qemu-img", "create", "-q", "-f", image_format, tmp_path / name, "1M"], check=True)
    module("network", name="default", bridge="br-odd", forward={"mode": "isolated"})
    written = VIRT_INSTALL.format(features="", display=VNC).replace("/srv/", f"{tmp_path}/")
    made = {"name": unique, "xml": f"<domain type='qemu'>{HEAD}{written.replace('host-model', 'maximum')}</domain>"}
    module.start("domain", **made).result()
    assert virsh("domstate", unique).strip() == "running"
    assert not module("domain", **made)["changed"]

    pasted = {"name": unique, "xml": virsh("dumpxml", unique, *options)}
    devices = virsh("dumpxml", unique).count("<alias ")
    done = settle(module, "domain", **pasted)
    assert not done["pending"] and virsh("dumpxml", unique).count("<alias ") == devices
    before = virsh("dumpxml", "--inactive", unique)
    virsh("destroy", unique)
    virsh("undefine", unique)
    module.start("domain", state="stopped", **pasted).result()
    assert not module("domain", state="stopped", **pasted)["changed"]
    assert differences(before, virsh("dumpxml", "--inactive", unique)) == []


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
