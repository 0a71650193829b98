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
    from a salted hash in a file beside the database, C(passwd.db.kvm-fleet), which only root may read. If somebody else
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
notes:
  - The rules between options are listed in C(docs/rules.md) of the collection.
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
actions:
  # From tools/returns.py: actions
  description:
    - The actions that were done, in order. In check mode, the actions that would be done.
    - It is empty if nothing had to be done; RV(ignore:changed) is then V(false).
  returned: success
  type: list
  elements: dict
  contains:
    apply:
      description: Whether the action takes effect at once (V(live)) or by restarting the object (V(restart)).
      type: str
      returned: always
    fields:
      description: The options that the action changes to their declared values.
      type: list
      elements: dict
      returned: always
      contains:
        option:
          description: The path of the option, such as V(disks[vdb].cache) of a domain.
          type: str
          returned: always
        before:
          description: The value before, V(none) for something new. A secret is shown as V((hidden\)).
          type: raw
          returned: always
        after:
          description: The declared value, V(none) for something that is removed.
          type: raw
          returned: always
  # Up to here.
    # From tools/returns.py: a thing of the host
    kind:
      description: The kind of what is changed on the host, such as V(file) or V(user).
      type: str
      returned: always
    name:
      description: The name of it. That of a file is its path.
      type: str
      returned: always
    # Up to here.
    verb:
      description: One of V(create), V(update) (the password is set), V(remove).
      type: str
      returned: always
  sample:
    - kind: user
      name: alice
      verb: create
      apply: live
      fields:
        - {option: password, before: null, after: (hidden)}
diff:
  description: The changes as text.
  returned: success
  type: dict
"""

from ansible_collections.kvm.fleet.plugins.module_utils.host.sasl import RULES, Database, plan_user, read_user
from ansible_collections.kvm.fleet.plugins.module_utils.host_loop import HostModule

MODULE = HostModule(
    options={
        "name": {"type": "str", "required": True},
        "password": {"type": "str", "no_log": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "database": {"type": "path", "default": "/etc/libvirt/passwd.db"},
    },
    rules=RULES,
    host=lambda module: Database(module.params["database"]),
    read=read_user,
    plan=plan_user,
)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
