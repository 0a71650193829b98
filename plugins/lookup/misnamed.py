# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: misnamed
author: The kvm.fleet maintainers (@kvm-fleet)
version_added: 0.2.0
short_description: Find misspelt variables of a role
description:
  - Ansible ignores a variable that nothing reads. With C(kvm_guest_domains) in the place of C(kvm_guests_domains), a
    role would have nothing to do and say so.
  - Compares the names of all variables with those in the argument specs of a role. A name that is nearly that of an
    option is taken for a mistake. Longer names, such as C(kvm_guests_domains_web), are yours.
  - The roles of this collection ask it first. It works for any role that has C(meta/argument_specs.yml).
options:
  _terms:
    description: Directories of roles, such as C(role_path) within a role.
    required: true
    type: list
    elements: path
"""

EXAMPLES = r"""
- name: Refuse misspelt variables
  ansible.builtin.assert:
    that: misspelt | length == 0
    fail_msg: "{{ misspelt | join(' ') }}"
    quiet: true
  vars:
    misspelt: "{{ query('kvm.fleet.misnamed', role_path) }}"
"""

RETURN = r"""
_raw:
  description: A sentence for each misspelt variable, which says what was probably meant.
  type: list
  elements: str
  sample: ["kvm_guest_domains: no role knows this variable. Perhaps it is kvm_guests_domains."]
"""

import pathlib
import typing as t

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.kvm.fleet.plugins.plugin_utils.misnamed import misnamed


class LookupModule(LookupBase):
    """``query('kvm.fleet.misnamed', role_path)``"""

    def run(self, terms: t.Sequence[str], variables: t.Any = None, **kwargs: t.Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        found = []
        for role in terms:
            known = _options(pathlib.Path(role, "meta/argument_specs.yml"))
            for name, meant in misnamed(variables or {}, known):
                found.append(f"{name}: no role knows this variable. Perhaps it is {meant}.")
        return found


def _options(path: pathlib.Path) -> set[str]:
    try:
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
    except (OSError, KeyError, TypeError, yaml.YAMLError) as exc:
        raise AnsibleLookupError(f"{path} has no argument specs of a role: {exc}") from exc
    return {name for spec in specs.values() for name in spec.get("options") or ()}
