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
  - Neither the password nor anything from which it could be guessed leaves the host. Whether it has changed is known
    from a salted hash in a file beside the database, C(passwd.db.kvm.fleet), which only root may read. If somebody else
    has changed the database since, the password is set again.
extends_documentation_fragment:
  - kvm.fleet.attributes.files
requirements:
  - the programs saslpasswd2 and sasldblistusers2 (C(sasl2-bin) on Debian, C(cyrus-sasl-lib) on Fedora)
options:
  name:
    description: The name of the user. The host need not have an account of that name.
    type: str
    required: true
  password:
    description:
      - The password, one line that is not empty. It is needed unless O(state=absent).
      - V((hidden\)) is not a password, but keeps the one that the user has; the user has to exist then.
      - The database contains it in clear text, as the SCRAM mechanisms of SASL need it. Only root may read it.
    type: str
  state:
    description: Whether the user can log in (V(present)) or is removed from the database (V(absent)).
    type: str
    choices: [present, absent]
    default: present
  database:
    description: The absolute path of the database, as C(sasldb_path) in C(/etc/sasl2/libvirt.conf) names it.
    type: path
    default: /etc/libvirt/passwd.db
"""

EXAMPLES = r"""
- name: Let a user log in
  kvm.fleet.sasl_user:
    name: alice
    password: "{{ alice_password }}"

- name: Remove a user
  kvm.fleet.sasl_user:
    name: bob
    state: absent
"""

RETURN = r"""
diff:
  description: The changes as text.
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
