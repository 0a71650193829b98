# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Molecule tests the role of docs/molecule.md, as it is printed there, on KVM guests."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import typing as t

import pytest

from .. import cached
from ..demo.conftest import ROOT, run, virsh

__all__ = ["virsh"]
SCENARIO = "molecule/default"
Molecule = t.Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def role(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Every block of the document that begins with the name of a file, as that file."""
    folder = tmp_path_factory.mktemp("molecule") / "hello"
    page = (ROOT / "docs/molecule.md").read_text()
    for name, text in re.findall(r"^```yaml\n# (\S+\.yml)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\n{text}")
    return folder


@pytest.fixture(scope="module")
def image() -> pathlib.Path:
    """The demo's image, which is built unless it is there; a demo that builds it at the same time is waited for."""
    path = cached.debian_image()
    inventory = ("--inventory", "playbooks/inventory/demo", "--limit", "localhost", "--tags", "image")
    done = run("ansible-playbook", *inventory, "-e", f"demo_images={path.parent}", "playbooks/demo.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert path.exists()
    return path


@pytest.fixture(scope="module")
def molecule(role: pathlib.Path) -> t.Iterator[Molecule]:
    """Run ``molecule`` on the role."""
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache/collections"),
        "ANSIBLE_HOME": str(role.parent / "ansible"),  # with Molecule's directories
        "NO_COLOR": "1",
    }
    environment.pop("VIRTUAL_ENV", None)  # where Molecule would rather have them

    def run_molecule(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ("molecule", *arguments)
        done = subprocess.run(command, cwd=role, env=environment, capture_output=True, text=True, check=False)
        print(done.stdout, done.stderr)
        return done

    yield run_molecule
    run_molecule("destroy")


@pytest.fixture(scope="module")
def tested(role: pathlib.Path, molecule: Molecule, image: pathlib.Path) -> str:
    """``molecule test`` without its last step; what it printed."""
    group_vars = role / SCENARIO / "inventory/group_vars/molecule.yml"
    group_vars.parent.mkdir()
    waits = {"kvm_instance_timeout": 1800}  # seconds: the machine may be slow, and busy with other tests
    group_vars.write_text(json.dumps({"kvm_instance_image": {"path": str(image)}, **waits}))
    done = molecule("test", "--destroy=never")
    assert done.returncode == 0
    return done.stdout


def recaps(output: str, host: str) -> list[tuple[int, int]]:
    """How many tasks were ok, and how many changed something, in each run of Ansible that the host took part in."""
    found = re.findall(rf"^{host} +: ok=(\d+) +changed=(\d+) ", output, re.MULTILINE)
    return [(int(ok), int(changed)) for ok, changed in found]


def ours(words: list[str]) -> list[str]:
    return [word for word in words if word.startswith("molecule-hello-")]


def test_an_inventory_without_instances_is_refused(role, molecule):
    inventory = role / SCENARIO / "inventory/hosts.yml"
    declared = inventory.read_text()
    inventory.write_text("---\nmolecule:\n")
    refused = molecule("create")
    inventory.write_text(declared)
    assert refused.returncode != 0
    assert "The inventory has no host in the group 'molecule'." in refused.stdout + refused.stderr


@pytest.mark.parametrize("host", ["db", "web"])
def test_each_instance_is_created_converged_unchanged_and_verified(tested, host):
    # The four tasks of the role change something once.
    assert recaps(tested, host) == [(2, 0), (4, 4), (4, 0), (2, 0)]


def test_the_instances_are_linked_clones_of_one_image(tested, virsh):
    (pool,) = ours(virsh("pool-list", "--name"))
    assert sorted(ours(virsh("list", "--name"))) == [f"{pool}-db", f"{pool}-web"]
    volumes = [word for word in virsh("vol-list", pool) if not word.startswith("/")]
    (base,) = (volume for volume in volumes if volume.startswith("base-"))
    seeds = [f"{pool}-db-seed.iso", f"{pool}-web-seed.iso"]
    assert sorted(volumes) == [base, "db.qcow2", *seeds, "web-data1.qcow2", "web.qcow2"]
    for disk in ("db.qcow2", "web.qcow2"):
        assert f"<path>/var/lib/kvm-fleet/{pool}/{base}</path>" in virsh("vol-dumpxml", "--pool", pool, disk)


def test_molecule_knows_the_instances(tested, molecule):
    listed = molecule("list", "--format=plain").stdout
    assert re.findall(r"^ *(db|web) ", listed, re.MULTILINE) == ["db", "web"]


def test_destroy_removes_all_that_was_created_and_then_changes_nothing(tested, molecule, virsh):
    destroyed, again = molecule("destroy"), molecule("destroy")
    assert destroyed.returncode == again.returncode == 0
    assert recaps(again.stdout, "localhost") == [(6, 0)]
    for kind in (("list",), ("net-list",), ("pool-list",)):
        assert ours(virsh(*kind, "--all", "--name")) == []
    assert not list(pathlib.Path("/var/lib/kvm-fleet").glob("molecule-*"))
