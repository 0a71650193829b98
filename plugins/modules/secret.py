#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: secret
short_description: Ensure a secret of libvirt
version_added: 0.2.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - >-
    Makes, changes and removes a secret that libvirt keeps for disks and volumes (the passphrase of an encrypted one,
    the key of a Ceph user, the password of an iSCSI target), for TLS keys and for the state of a virtual TPM.
  - >-
    The value is rotated when it is not the declared one. It is never shown: not in results, differences, logs or the
    arguments of a program.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
options:
  usage:
    description:
      - What the secret is for. libvirt has at most one secret for each O(usage) and O(name).
      - That of an existing secret cannot be changed.
    type: str
    required: true
    choices:
      volume: A volume's encryption; O(name) is the path of the volume.
      ceph: A Ceph user; O(name) is what domains and pools call it, such as V(client.libvirt secret).
      iscsi: An iSCSI target's authentication (CHAP); O(name) is what domains and pools call it.
      tls: A private key of TLS; O(name) is what the configuration of QEMU's driver calls it.
      vtpm: The encryption of a virtual TPM's state; O(name) is free.
      none: Nothing that libvirt knows of. What uses it says its O(uuid), which is then required.
  name:
    description: What of that O(usage) it is for. A secret whose O(usage) is V(none) has no name.
    type: str
  state:
    description:
      - V(present) - it is there.
      - >-
        V(absent) - it is removed with its value. Guests that run keep what they have opened with it; they cannot be
        started without it.
    type: str
    choices: [present, absent]
    default: present
  uuid:
    description:
      - Its UUID. That of an existing secret cannot be changed.
      - libvirt chooses one for a new secret where nothing is said.
    type: str
  value:
    description:
      - Its value, a text, which is stored in UTF-8.
      - Where neither it nor O(value_base64) is given the value is not managed; a new secret has none then.
      - V((hidden\)) is no value, but stands for the one that is there, and is refused where there is none.
      - >-
        A value that may be read is compared with the declared one. Of a O(private) one that this module has set a
        salted fingerprint is remembered in F(/var/lib/libvirt/kvm.fleet), for users other than root in
        F(~/.local/share/kvm.fleet). Where there is none, or somebody else has set another value since, the value is set
        again. Over a remote O(uri) the latter cannot be seen.
      - A guest reads it when it starts, so rotating it changes nothing for one that runs.
    type: str
  value_base64:
    description: Its value in base64, for one that is no text. White space in it does not count.
    type: str
  description:
    description: A free text. An empty one removes it.
    type: str
  private:
    description:
      - Whether libvirt keeps the value to itself and gives it to nobody who asks.
      - That of an existing secret cannot be changed. The default for a new one is V(false).
    type: bool
  ephemeral:
    description:
      - Whether it is kept in memory only. It is gone, as a whole, when libvirt stops, and made anew by the next run.
      - The default for a new secret is V(false).
    type: bool
seealso:
  - module: kvm.fleet.secret_info
  - module: kvm.fleet.converge
  - name: Secret XML format
    description: What libvirt does with secrets.
    link: https://libvirt.org/formatsecret.html
"""

EXAMPLES = r"""
- name: The key of a Ceph user
  kvm.fleet.secret:
    usage: ceph
    name: client.libvirt secret
    value_base64: "{{ vault_ceph_key }}"
    private: true

- name: The passphrase of an encrypted volume
  kvm.fleet.secret:
    usage: volume
    name: /srv/vm/web1.qcow2
    value: "{{ vault_web1_passphrase }}"

- name: One that is known by its UUID only
  kvm.fleet.secret:
    usage: none
    uuid: 2f5f0a4e-9c53-4f0b-8a51-4a3c2c0a7b11
    description: state of web1's TPM
    value: "{{ vault_tpm_passphrase }}"

- name: Remove a secret
  kvm.fleet.secret:
    usage: iscsi
    name: san1
    state: absent
"""

RETURN = r"""
actions:
  description:
    - The actions that were done, in order. In check mode, the actions that would be done.
    - Each with C(kind), C(name), C(verb), C(apply) (how it takes effect) and the C(fields) that it changes, each with
      C(option), C(before) and C(after).
  returned: success
  type: list
  elements: dict
  sample:
    - kind: secret
      name: ceph/client.libvirt secret
      verb: set_value
      apply: live
      fields: [{option: value, before: (hidden), after: (hidden)}]
diff:
  description: The changes as text, an option per line. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    prepared:
      description: The text.
      returned: success
      type: str
restart_required:
  description: Always V(false), since all changes of secrets take effect at once.
  returned: success
  type: bool
pending:
  description: Always empty.
  returned: success
  type: list
  elements: dict
secret:
  description: The secret as it is afterwards. In check mode as it was before; empty when there is none.
  returned: success
  type: dict
  contains:
    usage:
      description: The kind of use of the secret.
      returned: success
      type: str
      sample: ceph
    name:
      description: The usage name, V(none) if the usage is V(none).
      returned: success
      type: str
      sample: client.libvirt secret
    uuid:
      description: The UUID of the object.
      returned: success
      type: str
      sample: 0a81f5b2-8403-4b23-8b8b-0d6d3e2f0b11
    description:
      description: The description, V(none) if there is none.
      returned: success
      type: str
      sample: hv1 to the cluster
    private:
      description: Whether libvirt keeps the value from every reader.
      returned: success
      type: bool
      sample: true
    ephemeral:
      description: Whether the secret is kept in memory only, and lost when libvirt stops.
      returned: success
      type: bool
      sample: false
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import SECRET


def main() -> None:
    """Entry point."""
    module.main(SECRET)


if __name__ == "__main__":
    main()
