#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sasl_user
short_description: Ensure a user who logs in to libvirt with a password
version_added: 0.2.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Keeps users and their passwords in the database that libvirt's SASL looks into, with C(saslpasswd2).
  - Neither the password nor anything that it could be guessed from leaves the host. Whether it has changed is seen
    from a salted hash in a file beside the database, C(passwd.db.kvm.fleet), that only root may read. When somebody
    else has changed the database since, the password is set again.
extends_documentation_fragment:
  - kvm.fleet.attributes.files
requirements:
  - the programs saslpasswd2 and sasldblistusers2 (C(sasl2-bin) on Debian, C(cyrus-sasl-lib) on Fedora)
options:
  name:
    description: The user. Users of libvirt need no account on the host.
    type: str
    required: true
  password:
    description:
      - Needed unless O(state=absent). One line, and not empty.
      - V((hidden\)) is no password, but stands for the one that the user has, who has to be there then.
      - The database has it in clear, as the SCRAM mechanisms of SASL need it. Only root may read it.
    type: str
  state:
    description: Whether the user can log in.
    type: str
    choices: [present, absent]
    default: present
  database:
    description: The database, as C(sasldb_path) in C(/etc/sasl2/libvirt.conf) has it.
    type: path
    default: /etc/libvirt/passwd.db
"""

EXAMPLES = r"""
- name: Let a user log in
  kvm.fleet.sasl_user:
    name: alice
    password: "{{ alice_password }}"

- name: Let a user log in no more
  kvm.fleet.sasl_user:
    name: bob
    state: absent
"""

RETURN = r"""
diff:
  description: What changed, in words.
  returned: success
  type: dict
"""

import re

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError, InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.fleet_module import FleetModule
from ansible_collections.kvm.fleet.plugins.module_utils.host.sasl import Database
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import HIDDEN, nothing_to_keep


def main() -> None:
    module = FleetModule(
        {
            "name": {"type": "str", "required": True},
            "password": {"type": "str", "no_log": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "database": {"type": "path", "default": "/etc/libvirt/passwd.db"},
        }
    )
    name, password = module.params["name"], module.params["password"] or ""
    absent = module.params["state"] == "absent"
    try:
        if not re.match(r"\w[\w.+-]*\Z", name):
            raise InvalidOption(f"{name!r} is no user name of letters, digits and '._+-'", where="name")
        if not absent and not re.match(r".+\Z", password):
            raise InvalidOption("a password of one line is needed", where="password")
        database = Database(module.params["database"])
        known = database.has(name)
        if password == HIDDEN and not (absent or known):
            raise nothing_to_keep("password")
        due = known if absent else password != HIDDEN and not (known and database.has_password(name, password))
        if due and not module.check_mode:
            if absent:
                database.remove(name)
            else:
                database.set(name, password)
    except FleetError as exc:
        module.fail_json(msg=str(exc))
    word = "removed" if absent else "password set anew" if known else "added"
    module.exit_json(changed=due, diff={"prepared": f"user {name}: {word}\n" if due else ""})


if __name__ == "__main__":
    main()
