#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot
short_description: Make, revert to and merge a snapshot of a domain
version_added: 0.2.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - >-
    Makes a snapshot of a domain, running or not, if there is none of that name yet; reverts the domain to it; or
    removes it, merging what was written since.
  - >-
    A snapshot is identified by its O(domain) and its O(name). An existing one is assumed to be the declared one, and is
    not compared with the other options.
  - >-
    A snapshot is of a moment, so that M(kvm.fleet.converge) does not take it in a document.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
options:
  domain:
    description: The name of the domain. It exists, unless O(state=absent).
    type: str
    required: true
  name:
    description: The name of the snapshot, which identifies it within its domain.
    type: str
    required: true
  state:
    description:
      - V(present) means that the snapshot exists; it is made now if it does not.
      - >-
        V(absent) means that it is removed. What was written since an external snapshot is merged into the image below
        it while the guest runs, and the module returns when that is done. It needs libvirt 9.0, and with 9.0 a running
        domain unless the snapshot is the latest one. Refused if the domain's disks are no longer based on it, and if
        other images, such as linked clones, are based on an image that would be written to or removed.
      - >-
        V(reverted) means that the domain is reverted to it, in every run, because nothing shows whether a guest has
        written since. Everything that was written since is lost. Before libvirt 9.9, an external snapshot has to be the
        latest one, of disks only and on this host; then the content of its disks is reverted, and the domain's
        definition stays. Refused if other images are based on an image that would change.
    type: str
    choices: [present, absent, reverted]
    default: present
  mode:
    description:
      - >-
        V(internal) keeps the snapshot in the domain's qcow2 images. It is of all disks, and includes the memory if the
        guest runs.
      - >-
        V(external) lets the guest write to new files from then on, which are based on the old ones. It is of images in
        any format, of the selected disks, with or without memory.
      - A domain has snapshots of one mode only, because libvirt loses data if the two are mixed.
    type: str
    choices: [internal, external]
    default: internal
  description:
    description: A description for humans, stored when the snapshot is made.
    type: str
  memory:
    description:
      - Whether the snapshot includes the guest's memory.
      - >-
        An internal snapshot includes it exactly if the guest runs. The default for an external one is V(false), a
        snapshot of disks only.
    type: bool
  memory_file:
    description: >-
      The absolute path of the new file on the host for the memory, for an external snapshot with O(memory). It holds
      everything that the guest has in memory, passwords and keys among it. It is deleted with the snapshot, and with
      the guest only if O(kvm.fleet.domain#module:remove_volumes=true).
    type: path
  disks:
    description: The disks that an external snapshot includes. The default is all disks that the guest can write to.
    type: list
    elements: dict
    suboptions:
      target:
        description: The target of the disk in the domain, such as V(vda).
        type: str
        required: true
      file:
        description:
          - The absolute path of the new file that the guest writes to from then on.
          - >-
            The default is the path of the disk with the name of the snapshot as its suffix. A disk that is not in a
            file needs it.
        type: path
  quiesce:
    description: >-
      Whether the guest agent freezes the guest's file systems while the snapshot is made, so that they are consistent.
      The module fails if no agent answers. It is for external snapshots without memory, and has no effect on a domain
      that is off.
    type: bool
    default: false
  keep:
    description:
      - >-
        The number of snapshots of the series O(keep_prefix) to keep, with this one. The oldest ones beyond that number
        are removed.
      - >-
        Only snapshots that this module made on this host are removed, as recorded in F(/var/lib/libvirt/kvm-fleet), for
        users other than root in F(~/.local/share/kvm-fleet).
    type: int
  keep_prefix:
    description: The prefix of the names of the series. The name of this snapshot begins with it too.
    type: str
  force:
    description:
      - >-
        Whether reverting may shut off or pause a running guest, because it was shut off or paused when the snapshot was
        made.
      - It also allows reverting where libvirt warns that the domain has changed too much to go on as it was.
    type: bool
    default: false
seealso:
  - module: kvm.fleet.snapshot_info
  - module: kvm.fleet.domain
  - name: Snapshot XML format
    description: What libvirt's snapshots can be.
    link: https://libvirt.org/formatsnapshot.html
"""

EXAMPLES = r"""
- name: Before an upgrade
  kvm.fleet.snapshot:
    domain: web1
    name: before-upgrade
    description: Debian 12

- name: Back to it, also if the guest runs now and did not then
  kvm.fleet.snapshot:
    domain: web1
    name: before-upgrade
    state: reverted
    force: true

- name: Every night, disks only, with quiet file systems; a week of them
  kvm.fleet.snapshot:
    domain: db1
    name: "nightly-2026-11-23"
    mode: external
    quiesce: true
    keep: 7
    keep_prefix: nightly-

- name: One disk, and the memory
  kvm.fleet.snapshot:
    domain: db1
    name: debug
    mode: external
    memory: true
    memory_file: /srv/vm/db1-debug.memory
    disks:
      - target: vda
        file: /srv/vm/db1-debug.qcow2

- name: Merge it
  kvm.fleet.snapshot:
    domain: db1
    name: debug
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
      description: One of V(create), V(revert), V(delete), V(finish) (what a run that was killed had begun).
      type: str
      returned: always
  sample:
    - kind: snapshot
      name: db1/nightly-2026-11-16
      verb: delete
      apply: live
      fields: [{option: "disks[vda]", before: /srv/vm/db1.nightly-2026-11-16, after: null}]
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
snapshot:
  description: The snapshot after the run; in check mode, as it was before. Empty when there is none.
  returned: success
  type: dict
  contains:
    domain:
      description: The name of the domain.
      returned: success
      type: str
      sample: db1
    name:
      description: The name of the object.
      returned: success
      type: str
      sample: nightly-2026-11-23
    description:
      description: The description, V(none) if there is none.
      returned: success
      type: str
      sample: before the upgrade
    mode:
      description: V(internal) or V(external).
      returned: success
      type: str
      sample: external
    state:
      description: >-
        The state of the domain when the snapshot was made, V(running), V(paused) or V(shutoff), or V(disk-snapshot) for
        a running domain without its memory.
      returned: success
      type: str
      sample: disk-snapshot
    memory:
      description: Whether the snapshot contains the guest's memory.
      returned: success
      type: bool
      sample: false
    memory_file:
      description: The file with the memory, for an external snapshot, else V(none).
      returned: success
      type: str
      sample: /srv/vm/db1-debug.memory
    disks:
      description: The disks of the snapshot, each with its C(target) and, for an external snapshot, the new C(file).
      returned: success
      type: list
      elements: dict
      sample: [{target: vda, file: /srv/vm/db1.nightly-2026-11-23}]
    created:
      description: The time when it was made, in seconds since 1970-01-01 UTC.
      returned: success
      type: int
      sample: 1795446174
    parent:
      description: The previous snapshot, V(none) for the first one.
      returned: success
      type: str
      sample: nightly-2026-11-22
    current:
      description: Whether it is the latest one, that is, the one last made or reverted to.
      returned: success
      type: bool
      sample: true
    ours:
      description: Whether this collection is known to have made it, so that C(keep) may remove it.
      returned: success
      type: bool
      sample: true
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import SNAPSHOT


def main() -> None:
    """Entry point."""
    module.main(SNAPSHOT)


if __name__ == "__main__":
    main()
