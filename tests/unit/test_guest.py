# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How cloud-init's end is seen in a guest. Only the agent's answers are made up: a guest that boots does well."""

from __future__ import annotations

import base64
import json

import libvirt
import pytest

from ansible_collections.kvm.fleet.plugins.module_utils import guest
from ansible_collections.kvm.fleet.plugins.module_utils.errors import LibvirtFailed

RESULT = "/run/cloud-init/result.json"


class Domain:
    """A guest with an agent that knows files."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers = True
        self.open: list[str] = []

    def lookupByName(self, name):
        return self

    def agent(self, command):
        if not self.answers:
            raise libvirt.libvirtError("the agent is not there")
        arguments = command.get("arguments", {})
        if command["execute"] == "guest-ping":
            return {}
        if command["execute"] == "guest-file-open":
            if arguments["path"] not in self.files:
                raise libvirt.libvirtError("no such file")
            self.open.append(arguments["path"])
            return 1000 + len(self.open)
        (path,) = self.open
        if command["execute"] == "guest-file-read":
            return {"buf-b64": base64.b64encode(self.files[path]).decode(), "count": len(self.files[path]), "eof": True}
        assert command["execute"] == "guest-file-close"
        self.open.clear()
        return {}


@pytest.fixture
def domain(monkeypatch):
    domain = Domain()

    def ask(asked, command, timeout, flags):
        return json.dumps({"return": asked.agent(json.loads(command))})

    monkeypatch.setattr(guest.libvirt_qemu, "qemuAgentCommand", ask)
    yield domain
    assert not domain.open


def result(*errors):
    return json.dumps({"v1": {"datasource": "DataSourceNoCloud", "errors": errors}}).encode()


def test_cloud_init_has_finished_when_its_result_is_there(domain):
    asked = guest.Guest(domain, "web1", "wait")
    domain.answers = False
    assert not asked.cloud_init()
    domain.answers = True
    assert not asked.cloud_init()
    domain.files[RESULT] = result()
    assert asked.cloud_init()


def test_a_failed_cloud_init_is_reported(domain):
    domain.files[RESULT] = result("('growpart', OSError())", "no such module")
    with pytest.raises(LibvirtFailed, match=r"cloud-init failed in the guest: .*growpart.*; no such module"):
        guest.Guest(domain, "web1", "wait").cloud_init()


def test_a_disabled_cloud_init_is_not_waited_for(domain):
    asked = guest.Guest(domain, "web1", "wait")
    domain.answers = False
    domain.files["/run/cloud-init/disabled"] = b""
    assert not asked.cloud_init()
    domain.answers = True
    with pytest.raises(LibvirtFailed, match="cloud-init is disabled in the guest"):
        asked.cloud_init()
