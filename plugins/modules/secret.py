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
      - What the secret is used for. libvirt has one secret at most for each combination of O(usage) and O(name).
      - That of an existing secret cannot be changed.
    type: str
    required: true
    choices:
      volume: The encryption of a volume; O(name) is the path of the volume.
      ceph: A Ceph user; O(name) is how domains and pools refer to it, such as V(client.libvirt secret).
      iscsi: The authentication at an iSCSI target (CHAP); O(name) is how domains and pools refer to it.
      tls: The passphrase of a private key for TLS; O(name) is free, because C(qemu.conf) refers to the O(uuid).
      vtpm: The encryption of a virtual TPM's state; O(name) is how domains refer to it.
      none: A use that libvirt does not know. Whatever uses it refers to its O(uuid), which is then required.
  name:
    description: >-
      The usage name of the secret, by which others refer to it. A secret whose O(usage) is V(none) has no name.
    type: str
  state:
    description:
      - V(present) means that the secret exists.
      - >-
        V(absent) means that it is removed with its value. Running guests keep what they have opened with it, but cannot
        be started without it.
    type: str
    choices: [present, absent]
    default: present
  uuid:
    description: >-
      The UUID of the secret. libvirt generates one for a new secret. That of an existing secret cannot be changed.
    type: str
  value:
    description:
      - >-
        The value of the secret, a text, which is stored in UTF-8. A guest reads it when it starts, so that a change
        does not affect a running guest.
      - If neither it nor O(value_base64) is declared, the value is not managed, and a new secret has none.
      - V((hidden\)) is not a value, but keeps the one that the secret has, and is refused if it has none.
      - >-
        A value that may be read is compared with the declared one. For a O(private) one that this module has set, a
        salted fingerprint is recorded in F(/var/lib/libvirt/kvm-fleet), for users other than root in
        F(~/.local/share/kvm-fleet). If there is none, or if somebody else has set another value since, the value is set
        again. Over a remote O(uri) the latter cannot be detected.
    type: str
  value_base64:
    description: The value of the secret in base64, for a value that is not text. White space in it is ignored.
    type: str
  description:
    description: A description for humans. An empty text removes it.
    type: str
  private:
    description:
      - >-
        Whether libvirt gives the value to nobody, not even over a connection that may write. The default for a new
        secret is V(false).
      - That of an existing secret cannot be changed.
    type: bool
  ephemeral:
    description: >-
      Whether the secret is kept in memory only. It is lost when libvirt stops, and created again by the next run. The
      default for a new secret is V(false).
    type: bool
  xml:
    description:
      - >-
        A partial C(<secret>) document that is merged into the definition, for whatever libvirt supports and no option
        declares.
      - Only what it contains is managed. It must not contradict an option.
    type: str
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
    # From tools/returns.py: an object
    kind:
      description: >-
        The kind of object, such as V(domain). V(leftovers) are those of an earlier run that was killed: temporary files
        in the directory that is named, which every run removes.
      type: str
      returned: always
    name:
      description: The name of the object. That of a volume is C(pool/volume), that of a snapshot C(domain/snapshot).
      type: str
      returned: always
    # Up to here.
    verb:
      description: One of V(define), V(set_value), V(undefine).
      type: str
      returned: always
  sample:
    - kind: secret
      name: ceph/client.libvirt secret
      verb: set_value
      apply: live
      fields: [{option: value, before: (hidden), after: (hidden)}]
diff:
  # From tools/returns.py: diff
  description: The changes as text, an option per line. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    prepared:
      description: The text; O(show_xml) adds the XML of changed definitions.
      type: str
      returned: always
  # Up to here.
# From tools/returns.py: nothing waits
restart_required:
  description: Always V(false), since all changes take effect at once.
  returned: success
  type: bool
pending:
  description: Always empty.
  returned: success
  type: list
  elements: dict
# Up to here.
secret:
  description: The secret after the run; in check mode, as it was before. Empty when there is none.
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
