# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that somebody made by hand, told as what declares them: nothing to do for them here, equal ones elsewhere."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest
import yaml

from ..adoption.compare import differences
from .other_host import elsewhere
from .test_domain import guest

ROOT = pathlib.Path(__file__).parents[2]
RECORDED = ROOT / "tests/unit/xml/recorded"
DOMAINS, NETWORKS = ("web1", "legacy", "uefi"), ("lan", "isolated", "rich", "bridged")


def with_secrets(value: t.Any) -> t.Any:
    """Options as they are told, with a secret wherever one has to stay."""
    if isinstance(value, dict):
        return {option: with_secrets(one) for option, one in value.items()}
    if isinstance(value, list):
        return [with_secrets(one) for one in value]
    return value.replace("(hidden)", "s3cr3t-!") if isinstance(value, str) else value


@pytest.fixture
def by_hand(virsh) -> None:
    """Everything that is recorded, defined by virsh."""
    for name in NETWORKS:
        virsh("net-define", RECORDED / f"{name}.xml")
    for name in DOMAINS:
        virsh("define", RECORDED / f"{name}.xml")


@pytest.mark.parametrize("running", [False, True])
def test_declaring_the_spec_of_an_object_changes_nothing(module, virsh, by_hand, running, tmp_path):
    if running:
        for name in ("isolated", "lan"):
            virsh("net-start", name)
        for name in ("a", "b"):
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / name, "1M"], check=True)
        disk = f"<disk type='file'><source file='{tmp_path}/a'/><target dev='vda'/></disk>"
        (tmp_path / "guest.xml").write_text(
            f"""<domain type='qemu'><name>runs</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
            <os><type machine='q35'>hvm</type></os><devices>{disk}<interface type='network'><source network='lan'/>
            <target dev='mine'/></interface><graphics type='vnc' passwd='s3cret!'/></devices></domain>"""
        )
        virsh("define", tmp_path / "guest.xml")
        virsh("start", "runs")
        virsh("autostart", "runs")
    told = 0
    for noun in ("network", "domain"):
        result = module(f"{noun}_info", **{"as": "spec"})
        assert "warnings" not in result and "s3cr" not in str(result)
        for options in result[f"{noun}s"]:
            applied = module(noun, **options)
            assert not applied["changed"] and not applied["pending"], (options, applied["diff"])
            told += 1
    assert told == 7 + running


def test_the_spec_of_an_object_creates_an_equal_one_on_another_host(module, virsh, by_hand):
    specs = {noun: module(f"{noun}_info", **{"as": "spec"})[f"{noun}s"] for noun in ("network", "domain")}
    commands: list[list[t.Any]] = [
        ["module", "network", {**options, "state": "inactive"}] for options in specs["network"]
    ]
    commands += [["module", "domain", with_secrets(options)] for options in specs["domain"]]
    commands += [["virsh", "net-dumpxml", "--inactive", options["name"]] for options in specs["network"]]
    commands += [["virsh", "dumpxml", "--inactive", options["name"]] for options in specs["domain"]]
    there = elsewhere(commands)
    assert all(result["changed"] for result in there[:7])
    here = [virsh("net-dumpxml", "--inactive", options["name"]) for options in specs["network"]]
    here += [virsh("dumpxml", "--inactive", options["name"]) for options in specs["domain"]]
    for mine, theirs in zip(here, there[7:], strict=True):
        assert differences(mine, theirs) == []


def test_a_spec_with_hidden_secrets_is_refused_where_there_are_none(module, by_hand):
    """A display that has a password here must not come up elsewhere without one."""
    told = module("domain_info", name="web1", **{"as": "spec"})["domains"]
    assert told[0]["graphics"] == [{"type": "vnc", "password": "(hidden)"}]
    options = {"name": "other", "memory": "64MiB", "state": "stopped", "graphics": told[0]["graphics"]}
    for check_mode in (True, False):
        refused = module("converge", domains=[options], fails=True, check_mode=check_mode)
        assert refused["msg"].startswith(
            "domains[other].graphics[0].password: (hidden) stands for the value that is there"
        )
    told[0]["graphics"][0]["password"] = "s3cr3t-2"
    assert module("domain", **told[0])["changed"]


def test_the_spec_of_a_pool_creates_it_on_another_host(module, virsh, pool, folder, tmp_path):
    told = module("pool_info", name=pool, **{"as": "spec"})["pools"]
    assert told == [{"name": pool, "type": "dir", "target": str(folder)}]
    assert not module("pool", **told[0])["changed"]
    other = tmp_path / "other"
    virsh("pool-define-as", "other", "dir", "--target", other)
    virsh("pool-autostart", "other")
    (inactive,) = module("pool_info", name="other", **{"as": "spec"})["pools"]
    assert inactive == {"name": "other", "type": "dir", "target": str(other), "state": "inactive", "autostart": True}
    assert not module("pool", **inactive)["changed"]
    made, listed = elsewhere([["module", "pool", {**inactive, "state": "active"}], ["virsh", "pool-info", "other"]])
    assert made["changed"] and "Autostart:      yes" in listed


def test_adopting_keeps_a_device_attached_by_hand(module, virsh, unique, tmp_path):
    """Its list would say that it goes: it is left out, with a word."""
    for name in ("a", "b"):
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / name, "1M"], check=True)
    module("domain", **guest(unique, title="mine", disks=[{"file": str(tmp_path / "a"), "format": "qcow2"}]))
    virsh("attach-disk", unique, tmp_path / "b", "vdb", "--subdriver", "qcow2", "--live")
    result = module("domain_info", name=unique, **{"as": "spec"})
    (options,) = result["domains"]
    assert options["title"] == "mine" and "disks" not in options
    assert "disks[vdb]" in str(result["warnings"])
    assert not module("domain", **options)["changed"]
    assert "vdb" in virsh("domblklist", unique)


def test_a_transient_object_cannot_be_declared(module, virsh, unique, tmp_path):
    (tmp_path / "net.xml").write_text(f"<network><name>{unique}</name></network>")
    virsh("net-create", tmp_path / "net.xml")
    result = module("network_info", name=unique, **{"as": "spec"})
    assert result["networks"] == [] and "it is transient" in str(result["warnings"])


@pytest.fixture
def run_playbook(agent, tmp_path) -> t.Callable[[str | pathlib.Path], str]:
    """Runs a playbook with this host in the inventory, and returns what it says."""
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("kvm_hosts: {hosts: {hv1: {ansible_connection: local, ansible_become: false}}}\n")

    def run(playbook: str | pathlib.Path) -> str:
        played = agent.ansible_playbook("-i", inventory, playbook)
        assert played.rc == 0, played.text
        return played.text

    return run


def test_a_host_that_was_built_by_hand_is_adopted(run_playbook, by_hand, brought_filters, virsh, unique, tmp_path):
    evil = "{% 100 %} {{ lookup('pipe', 'touch TMP/evil') }} {{{# hm #}".replace("TMP", str(tmp_path))
    virsh("desc", "uefi", "--config", evil)
    virsh("pool-define-as", unique, "dir", "--target", tmp_path / "pool")
    virsh("net-start", "isolated")
    (tmp_path / "filter.xml").write_text(
        "<filter name='web' chain='root'><filterref filter='clean-traffic'/><rule action='accept' direction='in'>"
        "<tcp dstportstart='80'/></rule></filter>"
    )
    virsh("nwfilter-define", tmp_path / "filter.xml")
    (tmp_path / "guest.xml").write_text(
        "<domain type='qemu'><name>filtered</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>"
        "<interface type='network'><source network='lan'/><filterref filter='web'/></interface></devices></domain>"
    )
    virsh("define", tmp_path / "guest.xml")
    (tmp_path / "net.xml").write_text("<network><name>for-now</name></network>")
    virsh("net-create", tmp_path / "net.xml")
    (tmp_path / "secret.xml").write_text(
        "<secret private='yes' ephemeral='no'><usage type='tls'><name>key</name></usage></secret>"
    )
    virsh("secret-define", tmp_path / "secret.xml")
    (tmp_path / "value").write_text("s3cr3t-!")
    virsh("secret-set-value", virsh("secret-list").split()[0], "--plain", "--file", tmp_path / "value")
    told = run_playbook("kvm.fleet.adopt")
    written = tmp_path / "host_vars/hv1/kvm_guests.yml"
    assert "s3cr" not in told + written.read_text()
    assert written.read_text().count("(hidden)") == 3  # the display of web1, a secret, and the first line
    kinds = ("secrets", "nwfilters", "networks", "pools", "domains")
    assert [*yaml.safe_load(written.read_text())] == [f"kvm_guests_{kind}" for kind in kinds]
    rule = {"action": "accept", "direction": "in", "protocol": "tcp", "match": {"dstportstart": "80"}, "match_not": {}}
    assert yaml.safe_load(written.read_text())["kvm_guests_nwfilters"] == [
        {"name": "web", "filterrefs": [{"filter": "clean-traffic"}], "rules": [rule]}
    ]
    warning = "network 'for-now' cannot be declared as it is: it is transient"
    assert f"# Warning: {warning}" in written.read_text() and warning in " ".join(told.split())
    assert "# Volumes are not in it" in written.read_text()
    before = virsh("list", "--all"), virsh("net-list", "--all"), virsh("dumpxml", "uefi")
    assert virsh("desc", "uefi").strip() == evil
    (tmp_path / "guests.yml").write_text("- {hosts: kvm_hosts, gather_facts: false, roles: [kvm.fleet.kvm_guests]}\n")
    assert "changed=0" in run_playbook(tmp_path / "guests.yml")
    assert before == (virsh("list", "--all"), virsh("net-list", "--all"), virsh("dumpxml", "uefi"))
    assert not (tmp_path / "evil").exists()
    assert "changed=0" in run_playbook("kvm.fleet.adopt")


def test_variables_are_not_hidden_by_adopting(run_playbook, tmp_path):
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars/hv1.yml").write_text("mine: 1\n")
    with pytest.raises(AssertionError, match="Move it into that folder first"):
        run_playbook("kvm.fleet.adopt")
    assert not (tmp_path / "host_vars/hv1").exists()
