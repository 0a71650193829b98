# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module does with what it is given, whatever Ansible says beside it."""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
import syslog
import typing as t
from unittest import mock

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError
from ansible_collections.kvm.fleet.plugins.module_utils.fleet_module import FleetModule
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import HIDDEN

PLUGINS = pathlib.Path(__file__).parents[2] / "plugins"
SPEC = {"name": {"type": "str"}, "inner": {"type": "dict", "options": {"a": {"type": "str"}}}}


#: With ansible-core 2.21 and newer what a module was given is echoed to those who ask for it.
ECHOED = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}


@contextlib.contextmanager
def patch_module_args(options: dict[str, t.Any]) -> t.Iterator[None]:
    """As Ansible's own, which ansible-core has since 2.19."""
    sent = json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_remote_tmp": "/tmp", **ECHOED, **options}}).encode()
    with (
        mock.patch.object(basic, "_ANSIBLE_ARGS", sent),
        mock.patch.object(basic, "_ANSIBLE_PROFILE", "legacy", create=True),
    ):
        yield


@pytest.fixture
def logged(monkeypatch):
    """What is written to the system's log."""
    said = []
    monkeypatch.setattr(syslog, "syslog", lambda *arguments: said.append(arguments))
    return said


def run(capsys, spec=None, *, elements=None, secret=frozenset(), **options):
    """What a module returns that does nothing, or why it fails."""
    with patch_module_args(options), pytest.raises(SystemExit):
        FleetModule(spec or SPEC, secret, elements=elements).exit_json(said=options.get("name"))
    return json.loads(capsys.readouterr().out)


#: What Ansible says beside the options, each as it may be: none of it makes a module talk.
SENT = [
    {},
    {"_ansible_no_log": False},
    {"_ansible_no_log": False, "_ansible_debug": True, "_ansible_verbosity": 4},
    {"_ansible_no_log": False, "_ansible_syslog_facility": "LOG_AUTH"},
    # Not sent before ansible-core 2.17.
    {"_ansible_no_log": False, "_ansible_target_log_info": "for the log"} if "target_log_info" in PASS_VARS else {},
]


@pytest.mark.parametrize("sent", SENT)
def test_nothing_is_logged(capsys, logged, sent):
    run(capsys, name="web1", **sent)
    assert run(capsys, nmae="web1", **sent)["failed"]
    with patch_module_args({"name": "web1", **sent}):
        module = FleetModule(SPEC)
    module.run_command(["true"])
    module.warn("a warning")
    module.debug("a detail")
    module.log("a line", {"with": "arguments"})
    assert logged == []


def test_every_module_is_a_fleet_module():
    naming = [path.name for path in PLUGINS.rglob("*.py") if re.search(r"import.*\bAnsibleModule\b", path.read_text())]
    assert naming == ["fleet_module.py"]


def test_invalid_arguments_are_echoed_unchanged(capsys):
    failed = run(capsys, inner="a=b c4nary=d", name="web1")
    assert failed["msg"] == "inner: it is a text, not a dictionary. Write what it has, such as a."
    assert failed["invocation"]["module_args"] == {"inner": HIDDEN, "name": "web1"}


@pytest.mark.parametrize(
    "elements", ["name=c4nary= x", ["c4nary= x=y"], "c4nary", ["c4nary"], {"c4nary": 1}, "#!c4nary=1\n"]
)
def test_elements_that_are_no_dictionaries_are_not_echoed(capsys, elements):
    spec = {"domains": {"type": "list", "elements": "dict"}}
    failed = run(capsys, spec, elements={"domains": DOMAIN}, domains=elements)
    assert failed["failed"] and "c4nary" not in json.dumps(failed)


def test_elements_are_echoed_as_their_kind_knows_them(capsys):
    spec = {kind.plural: {"type": "list", "elements": "dict"} for kind in KINDS}
    elements = {kind.plural: kind for kind in KINDS}
    domains = [
        {"name": "web1", "xml": "c4nary", "usr_data": "c4nary", "graphics": [{"type": "vnc", "password": "c4nary"}]}
    ]
    shown = run(capsys, spec, elements=elements, domains=domains)["invocation"]["module_args"]["domains"]
    graphics = [{"type": "vnc", "password": HIDDEN}]
    assert shown == [{"name": "web1", "xml": HIDDEN, "usr_data": HIDDEN, "graphics": graphics}]


def test_a_requested_traceback_contains_only_the_message(capsys, monkeypatch):
    """As with ANSIBLE_DISPLAY_TRACEBACK=always; before ansible-core 2.19 it was asked for with -vvv."""
    with contextlib.suppress(ImportError):
        monkeypatch.setattr("ansible.module_utils._internal._traceback._is_traceback_enabled", lambda _event: True)
    spec = {"name": {"type": "str"}, "password": {"type": "str"}}
    word = "c4" + "nary"  # a traceback has the lines of the code
    sent = {"name": "web1", "password": word, "_ansible_verbosity": 3}
    with patch_module_args(sent), pytest.raises(SystemExit):
        module = FleetModule(spec, {"password"})
        try:
            try:
                raise ValueError(f"QEMU says: {word}")
            except ValueError as exc:
                raise FleetError(f"{word} is refused", "domains[web1]", f"Use another than {word}") from exc
        except FleetError as exc:
            module.fail_json(msg=str(exc))
    failed = json.loads(capsys.readouterr().out)
    assert failed["msg"] == "domains[web1]: (hidden) is refused. Use another than (hidden)."
    assert "test_fleet_module" in str(failed["exception"]) and word not in json.dumps(failed)


def test_hidden_itself_is_not_masked(capsys):
    spec = {"name": {"type": "str"}, "password": {"type": "str", "no_log": True}}
    assert run(capsys, spec, password=HIDDEN, name=HIDDEN)["said"] == HIDDEN
    assert HIDDEN not in json.dumps(run(capsys, spec, password="c4nary", name="c4nary")["said"])
