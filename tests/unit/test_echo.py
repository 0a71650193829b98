# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown of a module's own parameters: what its argument spec knows, and nothing that may be secret."""

from __future__ import annotations

import copy
import json

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.echo import echo, scrubbed
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, NETWORK, VOLUME
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS

from .secret_places import CANARY, options_with_a_canary, places


def shown(kind, params):
    return echo(kind.argument_spec(), params, kind.secret_options())


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind in ALL_KINDS for path in places(kind)])
@pytest.mark.parametrize("value", [CANARY, {"password": CANARY}, [CANARY], [{CANARY: CANARY}], f"a\n{CANARY}"])
def test_secrets_are_hidden_whatever_their_shape(kind, path, value):
    params = options_with_a_canary(kind, path, value)
    before = copy.deepcopy(params)
    text = json.dumps(shown(kind, params))
    assert CANARY not in text and "(hidden)" in text
    assert params == before


def test_there_are_secrets_to_be_hidden():
    assert {path for kind in ALL_KINDS for path in places(kind)} >= {
        "value",
        "value_base64",
        "xml",
        "graphics.password",
        "cloud_init.user_data",
        "seed.network_config",
        "disks.network.query",
        "sysinfo.fwcfg.value",
        "sysinfo.oem_strings",
    }


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (DOMAIN, {"userdata": CANARY}),
        (DOMAIN, {"cloud_init": {"userdata": {"passwd": CANARY}}}),
        (DOMAIN, {"graphics": [{"type": "vnc", "passwd": CANARY}]}),
        (DOMAIN, {"cloud_init": f"#cloud-config\npassword: {CANARY}"}),
        (DOMAIN, {"cloud_init": [CANARY]}),
        (DOMAIN, {"graphics": CANARY}),
        (DOMAIN, {"graphics": [CANARY]}),
        (DOMAIN, {"graphics": {"password": CANARY}}),
        (DOMAIN, {"title": {"password": CANARY}}),
        (DOMAIN, {"title": f"a\n{CANARY}"}),
        (DOMAIN, {"metadata": {"http://a.example/": f"<token>{CANARY}</token>"}}),
        (VOLUME, {"source": f"http://u:{CANARY}@host/x"}),
        (VOLUME, {"source": {"url": f"http://u:{CANARY}@host/x"}}),
        (VOLUME, {"source": {"url": f"http://u:pa/{CANARY}@host/x"}}),
        (VOLUME, {"source": {"url": f"http://host/x?sig={CANARY}"}}),
        (VOLUME, {"source": {"path": f"http://u:{CANARY}@host/x"}}),
        (VOLUME, {"source": {"checksum": f"sha256:http:/u:{CANARY}@host/x"}}),
    ],
)
def test_misspelt_and_misplaced_options_are_hidden(kind, params):
    assert CANARY not in json.dumps(shown(kind, params))


def test_other_values_are_shown():
    params = {
        "name": "web1",
        "autostart": True,
        "vcpus": 2,
        "cpu": {"mode": "custom", "features": [{"name": "svm", "policy": "disable"}]},
        "disks": [],
        "interfaces": [{"network": "lan", "mac": None}],
        "boot": ["hd", "network"],
        "cmdline": "console=ttyS0",
        "_ansible_check_mode": True,
    }
    assert shown(DOMAIN, params) == {name: value for name, value in params.items() if name != "_ansible_check_mode"}
    assert shown(NETWORK, {"xml": None}) == {"xml": None}
    url = {"source": {"url": "https://u:p@host/x.qcow2?sig=1"}}
    assert shown(VOLUME, url) == {"source": {"url": "https://host/x.qcow2?…"}}


@pytest.mark.parametrize(
    ("params", "message", "expected"),
    [
        (
            {"xml": f"<domain><devices><graphics passwd='{CANARY}'/></devices></domain>"},
            f"QEMU says: {CANARY}",
            "QEMU says: (hidden)",
        ),
        ({"graphics": [{"password": CANARY}]}, f"libvirt says: {CANARY}", "libvirt says: (hidden)"),
        ({"graphics": [{"password": "ab"}]}, "a table", "a table"),  # such a secret is in every word
        ({"name": f"a\n{CANARY}"}, f"'a\n{CANARY}' cannot be a name", "'(hidden)' cannot be a name"),
        ({"name": f"a\n{CANARY}"}, f"{('a' + chr(10) + CANARY)!r} cannot be", "'(hidden)' cannot be"),
        (
            {"kernel": f"http://u:{CANARY}@host/x"},
            f"kernel: 'http://u:{CANARY}@host/x' is not an absolute path",
            "kernel: 'http://host/x' is not an absolute path",
        ),
        (
            {"xml": f"<domain><os><cmdline>s=http://u:{CANARY}@h/</cmdline></os></domain>"},
            f"QEMU says: s=http://u:{CANARY}@h/",
            "QEMU says: (hidden)",
        ),
        ({"memory": "2XB"}, "memory: '2XB' is not a size", "memory: '2XB' is not a size"),
        ({"xml": "<broken"}, "xml: malformed", "xml: malformed"),
        ({"graphics": CANARY, "disks": [CANARY]}, "neither is a list", "neither is a list"),
    ],
)
def test_messages_do_not_show_secrets(params, message, expected):
    assert scrubbed(message, DOMAIN.argument_spec(), params, DOMAIN.secret_options()) == expected
