# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Existing objects as the options that declare them: every definition that a real libvirt wrote."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS, spec
from ansible_collections.kvm.fleet.plugins.module_utils.resources.base import World
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse

from ..plan import case_files as cases
from .specs import ROOTS, SECRET, check_comes_out, described


def recorded() -> t.Iterator[t.Any]:
    """By the noun of their kind."""
    for path in sorted(cases.RECORDED.glob("*.xml")):
        tag = parse.parse(path.read_text()).tag
        (noun,) = (noun for noun, root_tag in ROOTS.items() if root_tag == tag)
        if not path.stem.endswith(".live"):
            for active in (False, True):
                given = {"recorded": path.stem, "active": active}
                yield pytest.param(noun, given, id=f"{path.stem}-{'active' if active else 'inactive'}")


@pytest.mark.parametrize(("noun", "given"), list(recorded()))
def test_declaring_a_spec_gives_the_same_object(noun, given):
    check_comes_out(noun, given)


def test_the_spec_of_a_declared_guest_is_minimal():
    state = cases.state_of("domain", {"recorded": "web1"})
    options = described("domain", state).options
    assert options.pop("disks")[1:] == [
        {
            "format": "qcow2",
            "cache": "none",
            "file": "/var/lib/libvirt/images/data.qcow2",
            "target": "vdb",
            "alias": "ua-data",
        },
        {"device": "cdrom", "file": "/var/lib/libvirt/images/install.iso", "target": "sda"},
    ]
    assert options.pop("interfaces") == [{"mac": "52:54:00:77:00:05", "network": "lan"}]
    assert options.pop("graphics") == [{"type": "vnc", "password": "(hidden)"}]
    options.pop("features", None), options.pop("clock", None)
    assert options == {
        "name": "web1",
        "state": "stopped",
        "memory": "512MiB",
        "memory_max": "1GiB",
        "vcpus": 1,
        "vcpus_max": 2,
        "machine": "pc-q35-7.2",
    }


def test_a_login_in_a_url_is_kept_by_a_spec_and_not_told():
    """Beside it what can be told, and options that can be declared: nothing of them would change the guest."""
    url = "ds=nocloud;s=http://u:s3cr3t-!@h/"
    places = {"title": "web", "description": f"from {url}", "os/cmdline": url, "os/kernel": "/boot/k"}
    found = described("domain", cases.state_of("domain", {"recorded": "web1", "edit": places}))
    assert found.unsaid == [] and SECRET not in str(found.options)
    assert (found.options["title"], found.options["kernel"]) == ("web", "/boot/k")
    assert "<cmdline>(hidden)</cmdline>" in found.options["xml"]


def test_inputs_are_told_without_those_on_ps2_that_every_guest_has():
    def inputs(**given):
        found = described("domain", cases.state_of("domain", given))
        assert "<input" not in (found.xml or "")
        return found.options.get("inputs")

    assert inputs(recorded="web1") is None
    assert inputs(recorded="legacy") == [{"type": "tablet", "bus": "usb"}]
    mine = {"type": "mouse", "bus": "ps2", "alias": "ua-mouse"}
    named = {"devices/input[@bus='ps2']/alias/@name": "ua-mouse"}
    assert inputs(recorded="legacy", edit=named) == [{"type": "tablet", "bus": "usb"}, mine]


def test_a_spec_leaves_out_what_runs_otherwise_than_defined():
    state = cases.state_of(
        "domain", {"recorded": "web1", "active": True, "edit_definition": {"title": "a", "cpu/@mode": "host-model"}}
    )
    found = described("domain", state)
    assert found.unsaid == ["title"] and "title" not in found.options
    as_defined = {"mode": "host-model", "check": "none"}
    assert found.options["cpu"] == as_defined, "it waits for the next start: nothing is done for it"


def test_a_spec_has_a_missing_network_in_its_xml():
    state = cases.state_of("domain", {"recorded": "web1"})
    host = World({"domain": {"web1": state}}, {kind.noun: {} for kind in KINDS}, t.cast(t.Any, cases.HostFacts()))
    found = spec.draft(cases.BY_NOUN["domain"], state, host)
    spec.verify(found, dataclasses.replace(host, current={**{one.noun: {} for one in KINDS}, **host.current}))
    assert "interfaces" not in found.options
    assert '<source network="lan"/>' in found.options["xml"]


def test_what_breaks_a_rule_of_ours_is_said_as_it_is():
    """The list that has the option to blame goes into xml, whatever its place in the list is."""
    same = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>"
    root = parse.parse((cases.RECORDED / "web1.xml").read_text())
    root.find("devices").extend([parse.parse(same), parse.parse(same)])
    found = described("domain", cases.state_of("domain", {"xml": parse.to_text(root)}))
    assert "interfaces" not in found.options and "disks" in found.options
    assert found.options["xml"].count("52:54:00:00:00:01") == 2


#: By architecture: its machine, and USB controllers of it.
USB = {
    "ppc64": ("pseries", "<controller type='usb' index='0' model='pci-ohci'/>"),
    "ppc64le": ("pseries", "<controller type='usb' index='0' model='nec-xhci' ports='8'/>"),
    "aarch64": ("virt", "<controller type='usb' index='0' model='qemu-xhci' ports='15'/>"),
    "armv7l": ("versatilepb", "<controller type='usb' index='0'/>"),
    "s390x": ("s390-ccw-virtio", "<controller type='usb' index='0' model='none'/>"),
    "mips": ("malta", "<controller type='usb' index='0' model='piix4-uhci'/>"),
    "riscv64": (
        "virt",
        "<controller type='usb' index='1' model='ich9-ehci1'/><controller type='usb' index='1' "
        "model='ich9-uhci1'><master startport='0'/></controller>",
    ),
}


@pytest.mark.parametrize("arch", USB)
def test_usb_controllers_of_other_architectures_come_out_the_same(arch):
    machine, controllers = USB[arch]
    check_comes_out(
        "domain",
        {
            "xml": f"<domain type='qemu'><name>web1</name><memory unit='KiB'>65536</memory><currentMemory unit='KiB'>"
            f"65536</currentMemory><vcpu placement='static'>1</vcpu><os>"
            f"<type arch='{arch}' machine='{machine}'>hvm</type></os>"
            f"<devices><emulator>/usr/bin/qemu-system-{arch}</emulator>{controllers}</devices></domain>"
        },
    )


def test_a_spec_contains_nothing_generated():
    root = parse.parse((cases.RECORDED / "web1.live.xml").read_text())
    world = World({}, {}, t.cast(t.Any, cases.HostFacts()))
    stripped = parse.to_text(cases.BY_NOUN["domain"].definition.without_generated(root, world))
    assert "<address" not in stripped


#: A definition with a secret wherever one can be.
GUARDED = """<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>web1</name>
  <memory unit='MiB'>64</memory><currentMemory unit='MiB'>64</currentMemory><vcpu>1</vcpu>
  <sysinfo type='fwcfg'><entry name='opt/a'>s3cr3t-!</entry></sysinfo>
  <os><type arch='x86_64' machine='q35'>hvm</type></os><devices>
  <disk type='network' device='cdrom'><driver name='qemu' type='raw'/>
    <source protocol='https' name='a' query='s3cr3t-!'>
    <host name='h'/><cookies><cookie name='c'>s3cr3t-!</cookie></cookies></source><target dev='sda' bus='sata'/>
    <readonly/></disk>
  <graphics type='vnc' listen='0.0.0.0' passwd='s3cr3t-!' passwdValidTo='2031-01-01T00:00:00'/></devices>
  <qemu:commandline><qemu:arg value='-fw_cfg'/><qemu:arg value='s3cr3t-!'/><qemu:env name='E' value='s3cr3t-!'/>
  </qemu:commandline></domain>"""


def test_a_spec_has_hidden_for_secrets():
    found = described("domain", cases.state_of("domain", {"xml": GUARDED}))
    assert found.unsaid == [] and SECRET not in str(found.options)
    (display,), (disk,) = found.options["graphics"], found.options["disks"]
    assert (display["password"], display["valid_to"]) == ("(hidden)", "2031-01-01T00:00:00")
    assert disk["network"]["query"] == found.options["sysinfo"]["fwcfg"][0]["value"] == "(hidden)"
    assert found.options["xml"].count("(hidden)") == 3


@pytest.mark.parametrize("left", ["graphics", "disks", "sysinfo", "xml"])
def test_declaring_hidden_without_a_secret_is_refused(left):
    """On another host; one after the other, as the secrets themselves are put in."""
    found = described("domain", cases.state_of("domain", {"xml": GUARDED}))
    options = {name: one for name, one in found.options.items() if name not in {"graphics", "disks", "sysinfo", "xml"}}
    want = found.kind.want({**dict(spec._nothing_said(found.kind)), **options, left: found.options[left]}, "")
    world = dataclasses.replace(found.host, current={kind.noun: {} for kind in KINDS})
    with pytest.raises(
        InvalidOption, match=f"^{left}.*: .hidden. stands for the value that is there, and there is none"
    ):
        found.kind.plan(want, world)


def test_the_version_of_a_machine_is_told():
    """The newest one, which its alias stands for, is another board."""
    for machine in ("pc-q35-4.0", "pc-i440fx-2.1", "q35"):
        state = cases.state_of("domain", {"recorded": "web1", "edit": {"os/type/@machine": machine}})
        assert described("domain", state).options.get("machine") == (None if machine == "q35" else machine)


def test_explicit_defaults_are_told():
    state = cases.state_of("domain", {"recorded": "web1", "edit": {"devices/interface/link/@state": "up"}})
    assert '<link state="up"/>' in described("domain", state).options["xml"]


def test_what_an_option_cannot_say_elsewhere_is_said_by_xml():
    """A rule would refuse the option of a new object: where nothing changes it is not asked."""
    edit = {"maxMemory": "4194304", "maxMemory/@slots": "4"}
    found = described("domain", cases.state_of("domain", {"recorded": "web1", "edit": edit}))
    assert "memory_hotplug" not in found.options and "<maxMemory" in found.options["xml"]
    assert (found.lost, found.refused, found.unsaid) == ([], "", [])
