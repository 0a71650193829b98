#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: libvirt_config
short_description: Ensure settings in the files of libvirt's daemons
version_added: 0.2.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Changes settings of C(qemu.conf), C(libvirtd.conf), C(network.conf) and the like in place. Comments, order, and the
    settings that are not named stay as they are, byte for byte.
  - Knows the names and types that libvirt has on this host, from the commented samples in the file and from the
    description that libvirt's packages bring for Augeas (Augeas itself is not needed). libvirt ignores a misspelt name;
    this module refuses it, and names the nearest.
  - Restarts nothing. RV(restart) has the daemons that run with other settings than the file's; the role
    P(kvm.fleet.kvm_host#role) restarts them. Running guests go on when C(libvirtd) or C(virtqemud) is restarted.
extends_documentation_fragment:
  - kvm.fleet.attributes.files
options:
  file:
    description: >-
      The name of the file without C(.conf), for example V(qemu), V(libvirtd), V(virtqemud), V(network), V(virtlogd).
    type: str
    required: true
  settings:
    description:
      - >-
        The settings, a dictionary with their names and values. A value is a number, a string, a list of strings, or a
        boolean, which libvirt writes as C(1) or C(0).
      - >-
        V(null) removes a setting from the file, so that libvirt's default applies. Settings that are not declared are
        left alone.
      - >-
        The values of C(vnc_password) and C(spice_password) are never shown. V((hidden\)) stands for the one that is
        there.
      - A setting takes effect when its daemon restarts; see RV(restart).
    type: dict
    required: true
  directory:
    description: >-
      The directory of the file. The libvirt of a user (V(qemu:///session)) has its files in C(~/.config/libvirt).
    type: path
    default: /etc/libvirt
notes:
  - Everything is validated before anything is written, and the whole file is checked to be readable for libvirt. A
    file that libvirt cannot read now is an error with the line's number.
  - The file before the change is kept beside it, with its owner and mode. It may have passwords in it.
  - The rules between options are listed in C(docs/rules.md) of the collection.
"""

EXAMPLES = r"""
- name: Have QEMU's VNC servers on a management network, and guests' memory left out of core dumps
  kvm.fleet.libvirt_config:
    file: qemu
    settings:
      vnc_listen: 10.0.0.5
      dump_guest_core: false
  register: qemu_conf

- name: Back to libvirt's default
  kvm.fleet.libvirt_config:
    file: qemu
    settings:
      vnc_listen: null

- name: Show the daemons that have to be restarted
  ansible.builtin.debug:
    var: qemu_conf.restart
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
      description: V(write), to the file.
      type: str
      returned: always
  sample:
    - kind: file
      name: /etc/libvirt/qemu.conf
      verb: write
      apply: restart
      fields:
        - {option: vnc_listen, before: null, after: 10.0.0.5}
path:
  description: The file.
  returned: success
  type: str
  sample: /etc/libvirt/qemu.conf
backup_file:
  description: The backup of the file before the change.
  returned: when a file that existed was changed
  type: str
  sample: /etc/libvirt/qemu.conf.4711.2026-11-23@10:12:14~
restart:
  description:
    - The running daemons that read this file when they start, and have to be restarted for its settings to take effect.
    - Besides those concerned by a change of this run, those that were started before the file was last changed.
    - C(virtlogd) and C(virtlockd) are reloaded, not restarted, since they hold the guests' logs and locks.
  returned: success
  type: list
  elements: str
  sample: [libvirtd]
diff:
  description: The changes as text.
  returned: success
  type: dict
"""

from ansible_collections.kvm.fleet.plugins.module_utils.host.settings import RULES, plan_settings, read_settings
from ansible_collections.kvm.fleet.plugins.module_utils.host_loop import HostModule

MODULE = HostModule(
    options={
        "file": {"type": "str", "required": True},
        "settings": {"type": "dict", "required": True},
        "directory": {"type": "path", "default": "/etc/libvirt"},
    },
    rules=RULES,
    host=lambda module: module,
    read=read_settings,
    plan=plan_settings,
)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
