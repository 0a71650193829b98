# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which options are secret, and that nothing of them is in what an object is shown as."""

from __future__ import annotations

import json
import pathlib

from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.resources.domain.kind import DomainState

RECORDED = pathlib.Path(__file__).parent.parent / "xml" / "recorded"
WEB1 = (RECORDED / "web1.xml").read_text()


def test_passwords_are_marked_for_ansible_wherever_a_spec_has_them():
    values = {"secret": ("value", "value_base64")}

    def passwords(spec, besides):
        for name, one in spec.items():
            if "password" in name or name in besides:
                yield one
            yield from passwords(one.get("options") or {}, besides)

    found = [one for kind in KINDS for one in passwords(kind.argument_spec(), values.get(kind.noun, ()))]
    assert found and all(one["no_log"] for one in found)


def test_a_domain_is_shown_without_its_passwords():
    shown = DOMAIN.show(DomainState("web1", WEB1, None, True, False))
    assert "s3cr3t-!" in WEB1
    assert "s3cr3t-!" not in json.dumps(shown)
    assert shown["graphics"][0]["password"] == "(hidden)"


def test_a_domain_is_shown_without_the_logins_of_urls():
    entry = (
        "<sysinfo type='smbios'><system><entry name='serial'>ds=nocloud;s=http://u:c4nary@h/</entry></system></sysinfo>"
    )
    state = DomainState("web1", WEB1.replace("<os>", entry + "<os>"), None, True, False)
    shown = DOMAIN.show(state)
    assert shown["sysinfo"]["system"]["serial"] == "ds=nocloud;s=http://(hidden)@h/"
    assert state.root.findtext("sysinfo/system/entry") == "ds=nocloud;s=http://u:c4nary@h/"
