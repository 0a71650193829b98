#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: converge
short_description: Ensure the secrets, filters, networks, pools, volumes and domains of a host in one call
version_added: 0.1.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - >-
    Brings a host to a document that declares its objects, in one run over one connection, in the order in which the
    objects need each other.
  - >-
    Each element of a list takes exactly the options of the module of its kind, O(networks) those of
    M(kvm.fleet.network) for example, except for O(uri) and O(show_xml). It is validated as in that module.
  - >-
    An object can refer to any other object of the same document: a domain to a volume that is created in this run, in a
    pool that is started in it. A reference to an object that neither exists nor is declared is an error before anything
    is changed.
  - >-
    The order is: domains that go; secrets, network filters, networks, pools, volumes and domains that come or stay;
    then volumes, pools, networks, network filters and secrets that go. What does not need each other is done at the
    same time, as O(parallel) says.
  - >-
    When something fails, what needs it is not tried, all else is done, and the message says what failed, what was done
    and what was not tried. What was to go last does not go then. The next run does the rest.
  - Objects that are not in the document are left alone.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
options:
  secrets:
    description: The declared secrets, each with the options of M(kvm.fleet.secret).
    type: list
    elements: dict
    default: []
  nwfilters:
    description: The declared network filters, each with the options of M(kvm.fleet.nwfilter).
    type: list
    elements: dict
    default: []
  networks:
    description: The declared virtual networks, each with the options of M(kvm.fleet.network).
    type: list
    elements: dict
    default: []
  pools:
    description: The declared storage pools, each with the options of M(kvm.fleet.pool).
    type: list
    elements: dict
    default: []
  volumes:
    description: The declared volumes, each with the options of M(kvm.fleet.volume).
    type: list
    elements: dict
    default: []
  domains:
    description:
      - The declared domains, each with the options of M(kvm.fleet.domain).
      - >-
        Conditions in C(wait) are waited for after everything else is done, one domain after the other, so that all of
        them boot at the same time.
    type: list
    elements: dict
    default: []
  parallel:
    description:
      - The number of objects that are worked on at the same time. Downloads, copies and starts take their time each.
      - Actions and messages are in the same order whatever the number is.
    type: int
    default: 4
notes:
  - >-
    A host keeps the collection's code, and Ansible's own part of it, in C(/var/cache/kvm.fleet), or in
    C(~/.cache/kvm.fleet) of another user than root, also in check mode. It is sent when the collection or Ansible has
    changed, and may be removed at any time.
  - Here an empty list, as a missing one, means that none are declared. It removes nothing.
seealso:
  - module: kvm.fleet.secret
  - module: kvm.fleet.nwfilter
  - module: kvm.fleet.network
  - module: kvm.fleet.pool
  - module: kvm.fleet.volume
  - module: kvm.fleet.domain
"""

EXAMPLES = r"""
- name: Everything that a guest needs, and the guest
  kvm.fleet.converge:
    networks:
      - name: lan
        autostart: true
        forward:
          mode: nat
        bridge: virbr-lan
        ips:
          - address: 10.77.0.1
            prefix: 24
            dhcp:
              ranges:
                - start: 10.77.0.100
                  end: 10.77.0.200
              hosts:
                - mac: "52:54:00:77:00:05"
                  ip: 10.77.0.5
                  name: web1
    pools:
      - name: data
        type: dir
        target: /srv/vm
        autostart: true
    volumes:
      - name: debian-13.qcow2
        pool: data
        source:
          url: https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2
          checksum: sha256:0f3a1c5e7b9d2f4a6c8e0b1d3f5a7c9e1b3d5f7a9c0e2b4d6f8a1c3e5b7d9f0a
      - name: web1.qcow2
        pool: data
        capacity: 20GiB
        format: qcow2
        backing: debian-13.qcow2
    domains:
      - name: web1
        memory: 2GiB
        vcpus: 2
        autostart: true
        disks:
          - pool: data
            volume: web1.qcow2
            target: vda
        interfaces:
          - network: lan
            mac: "52:54:00:77:00:05"
        cloud_init:
          user_data:
            ssh_authorized_keys:
              - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4A2ygwUiTsROzDmV0zJhP1XtCw9qT3wsqgSPkBWtJk admin@example.test
        wait:
          for: [cloud_init, ssh]

- name: What the inventory declares for each host
  kvm.fleet.converge:
    networks: "{{ host_networks }}"
    domains: "{{ host_domains }}"

- name: Remove a guest and the network that only it was in; nothing else of the host is touched
  kvm.fleet.converge:
    networks:
      - name: dmz
        state: absent
    domains:
      - name: proxy1
        state: absent
        remove_volumes: true
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
      description: >-
        What is done to it, such as V(define), V(create), V(start), V(attach), V(undefine). The modules of the kinds say
        more.
      type: str
      returned: always
  sample:
    # From domain.py: actions sample
    - kind: domain
      name: web1
      verb: define
      apply: live
      fields:
        - option: memory
          before: 1GiB
          after: 2GiB
    - kind: domain
      name: web1
      verb: set_memory
      apply: live
      fields:
        - option: memory
          before: 1GiB
          after: 2GiB
    # Up to here.
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
  sample:
    # From domain.py: diff sample
    prepared: |
      domain web1
        define
          memory: 1GiB → 2GiB
        set_memory
    # Up to here.
# From tools/returns.py: what waits
restart_required:
  description: Whether the definition has changes that take effect only at the next start, which RV(pending) lists.
  returned: success
  type: bool
  sample: false
pending:
  description: The changes that take effect only at the next start, by object.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of object.
      type: str
      returned: always
    name:
      description: The name of the object.
      type: str
      returned: always
    fields:
      description: The changed options, with the same keys as RV(actions[].fields).
      type: list
      elements: dict
      returned: always
# Up to here.
  sample:
    # From domain.py: pending sample
    - kind: domain
      name: web1
      fields:
        - option: machine
          before: pc-i440fx-7.2
          after: q35
    # Up to here.
secrets:
  description:
    - The declared secrets that are there, each as RV(kvm.fleet.secret#module:secret) describes it.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
nwfilters:
  description:
    - The declared network filters that are there, each as RV(kvm.fleet.nwfilter#module:nwfilter) describes it.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
networks:
  description:
    - >-
      The declared networks that are there, each with its name, uuid, state, persistent and autostart;
      M(kvm.fleet.network_info) returns everything.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
pools:
  description:
    - >-
      The declared pools that are there, each with its name, uuid, state, persistent and autostart;
      M(kvm.fleet.pool_info) returns everything.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
volumes:
  description:
    - >-
      The declared volumes that are there, each with its pool, name, path and capacity_bytes;
      M(kvm.fleet.volume_info) returns everything.
    - Also those that a domain's C(cloud_init) declares.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
domains:
  description:
    - >-
      The declared domains that are there, each with its name, uuid, state, saved, persistent and autostart;
      M(kvm.fleet.domain_info) returns everything.
    - In check mode, as they were before.
  returned: success
  type: list
  elements: dict
"""

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import pwd
import shutil
import stat
import sys
import tempfile
import typing as t
import zipfile

# Ansible puts the task's options here. JSON has no three quotes in a row.
ARGUMENTS = r"""<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>"""

#: What the action plugin says in the environment: the digest of the code that is meant, and where an archive of it is.
DIGEST = "KVM_FLEET_CODE"
ARCHIVE = "KVM_FLEET_CODE_ARCHIVE"
#: What the result says when the host has no such code.
MISSING = "code_missing"
#: How many versions are kept: hosts may be managed from several controllers.
KEPT = 3
#: What the name of a folder begins with whose code is not all there yet.
NEW = "new-"


def main() -> None:
    """Entry point. All that it needs is code that the host keeps (see the action plugin): nothing is imported here."""
    if ARGUMENTS.startswith("{"):  # on a host
        if DIGEST not in os.environ:
            msg = "kvm.fleet.converge runs with its action plugin only: call it as a task, not from another plugin"
            sys.stdout.write(json.dumps({"failed": True, "msg": msg}))
            return
        code = find_code(home(), os.environ[DIGEST])
        if code is None:
            sys.stdout.write(json.dumps({"changed": False, MISSING: True}))
            return
        # What refers to itself is next to nothing of what a run makes; to look for it, most of all at the end, takes a
        # tenth of the time and finds less than 1 MiB.
        gc.disable()
        atexit.register(gc.freeze)
        sys.path.insert(0, code)
        sys.dont_write_bytecode = False  # what it has compiled it keeps
        basic: t.Any = importlib.import_module("ansible.module_utils.basic")
        basic._ANSIBLE_ARGS = b'{"ANSIBLE_MODULE_ARGS": %s}' % ARGUMENTS.encode()
        basic._ANSIBLE_PROFILE = "legacy"  # how Ansible has encoded them
    importlib.import_module("ansible_collections.kvm.fleet.plugins.module_utils.module").main_converge()


def home() -> str:
    """The folder of this user in which code is kept."""
    if os.geteuid() == 0:
        return "/var/cache/kvm.fleet"
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(pwd.getpwuid(os.geteuid()).pw_dir, ".cache")
    return os.path.join(cache, "kvm.fleet")


def find_code(folder: str, digest: str) -> t.Optional[str]:
    """Where Python finds the code: kept in ``folder``, or in an archive that was sent, which is kept from now on."""
    path = os.path.join(folder, digest)
    if is_ours(folder) and is_ours(path):
        return path
    archive = os.environ.get(ARCHIVE)
    if archive:
        with contextlib.suppress(OSError):  # no room, or somebody else can write there
            return keep(archive, folder, digest)
    return archive


def is_ours(path: str) -> bool:
    """Whether it is a folder in which nobody else can have written anything."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def keep(archive: str, folder: str, digest: str) -> str:
    """Keep the code of an archive; returns where. It appears as a whole or not at all.

    :raises OSError: there is no room, or no folder that only this user can write to.
    """
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if not is_ours(folder):
        raise PermissionError(folder)
    path = os.path.join(folder, digest)
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # and so whatever else is new was left by a run that was killed
    for left in [one.path for one in os.scandir(folder) if one.name.startswith(NEW)]:
        shutil.rmtree(left, ignore_errors=True)
    new = tempfile.mkdtemp(prefix=NEW, dir=folder)
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(new)
        os.rename(new, path)
    except OSError:
        if not is_ours(path):  # or another run was faster
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        os.close(lock)
    kept = sorted((one.path for one in os.scandir(folder)), key=lambda old: -os.lstat(old).st_mtime)
    for old in kept[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return path


if __name__ == "__main__":
    main()
