# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules and action plugins need of Ansible: options, check mode, diffs, secrets, mistakes, results."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import networks

NETWORK = {"name": "lan", "forward": {"mode": "isolated"}}


def task(module: str, called: str = "", /, **options: t.Any) -> dict[str, t.Any]:
    return {"name": called or module, f"kvm.fleet.{module}": options}


def test_a_module_of_a_kind_predicts_does_and_is_done(ansible, nothing):
    checked = ansible(task("network", **NETWORK), "--check", "--diff")
    assert checked.results["network"]["changed"] and networks() == set()
    assert "network lan" in checked.text, "the diff is not shown"
    played = ansible(
        task("network", "first", **NETWORK), task("network", "second", **NETWORK), task("network_info", name="lan")
    )
    assert played.results["first"]["actions"] == checked.results["network"]["actions"]
    assert not played.results["second"]["changed"] and networks() == {"lan"}
    assert played.results["network_info"]["networks"][0]["name"] == "lan"


def test_module_defaults_reach_every_module(ansible, nothing):
    uri = {"module_defaults": {"group/kvm.fleet.all": {"uri": "qemu+unix:///no-such"}}}
    for one in (task("network", **NETWORK), task("converge", networks=[NETWORK]), task("network_info")):
        assert "qemu+unix:///no-such" in ansible(one, rc=2, play=uri).results[one["name"]]["msg"]


@pytest.mark.parametrize("module", ["converge", "network"])
def test_an_option_that_is_none_is_a_mistake_that_names_it(ansible, nothing, module):
    wrong = {**NETWORK, "brigde": "virbr7"}
    failed = ansible(task(module, **({"networks": [wrong]} if module == "converge" else wrong)), rc=2)
    assert "brigde: there is no such option. Perhaps it is bridge" in failed.results[module]["msg"]
    assert "Traceback" not in failed.text and networks() == set()


@pytest.mark.parametrize("module", ["converge", "domain"])
def test_a_document_of_cloud_init_that_cannot_be_read_is_refused_by_the_controller(ansible, nothing, module):
    domain = {"name": "web1", "memory": "64MiB", "cloud_init": {"meta_data": "{ s3cr3t"}}
    failed = ansible(task(module, **({"domains": [domain]} if module == "converge" else domain)), rc=2)
    assert "cloud_init.meta_data" in failed.results[module]["msg"] and "s3cr3t" not in failed.results[module]["msg"]


def test_no_secret_is_shown(ansible, nothing):
    word = "Zm9yIG5vYm9keSdzIGV5ZXM="
    secret = {"usage": "ceph", "name": "client", "value_base64": word}
    other = {**secret, "description": "another one"}
    try:
        for one in (task("secret", **secret), task("converge", secrets=[other])):
            played = ansible(one, "-vvv", "--diff")
            assert played.results[one["name"]]["changed"]
            assert word not in played.text and word not in str(played.results)
    finally:
        ansible(task("secret", usage="ceph", name="client", state="absent"))


def test_variables_are_templated_and_options_have_their_types(ansible, nothing):
    one = task("converge", networks="{{ declared }}", parallel="{{ 1 + 1 }}")
    played = ansible({**one, "vars": {"declared": [{**NETWORK, "autostart": "{{ true }}"}]}})
    assert played.results["converge"]["networks"][0]["autostart"] is True


def test_a_loop_and_registered_results(ansible, nothing):
    loop = {**task("converge", "many", networks=[{**NETWORK, "name": "{{ item }}"}]), "loop": ["one", "two"]}
    asserted = {
        "name": "asserted",
        "ansible.builtin.assert": {"that": ["many.results | length == 2", "many.results[1].networks[0].name == 'two'"]},
    }
    ansible({**loop, "register": "many"}, asserted)
    assert networks() == {"one", "two"}


def test_a_module_that_only_reads_the_host(ansible, nothing):
    info = ansible(task("host_info")).results["host_info"]
    assert not info["changed"] and info["versions"]
