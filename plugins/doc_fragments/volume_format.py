# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """How a volume keeps its content, and who may read it: options of kvm.fleet.volume."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  compat:
    description:
      - >-
        The version of the format V(qcow2). V(0.10) is for QEMU before 1.1, of 2012. A new volume has V(1.1) where
        nothing is said.
      - That of an existing volume cannot be changed, and is compared.
    type: str
    choices: ["0.10", "1.1"]
  cluster_size:
    description:
      - >-
        In what pieces a V(qcow2) volume takes room, from V(512) to V(2MiB). A new volume has V(64KiB) where nothing is
        said.
      - That of an existing volume cannot be changed, and is compared.
    type: str
  lazy_refcounts:
    description:
      - >-
        Whether a V(qcow2) volume puts off some of its bookkeeping, which makes writing faster and repair after a crash
        slower. Not so for a new volume where nothing is said.
      - That of an existing volume cannot be changed, and is compared.
    type: bool
  extended_l2:
    description:
      - >-
        Whether the clusters of a V(qcow2) volume have 32 subclusters each, which makes small writes to large clusters
        and to linked clones cheaper. Needs QEMU 5.2 and libvirt 8.0. Not so for a new volume where nothing is said.
      - That of an existing volume cannot be changed, and is compared.
    type: bool
  preallocation:
    description:
      - How much of a new volume takes room at once. What an existing one has is not looked at.
      - V(off) - nothing that is not written to, which is the default in a pool of files.
      - V(metadata) - the bookkeeping of a V(qcow2) volume.
      - V(falloc) - all of it, without writing to it.
    type: str
    choices: ["off", metadata, falloc]
  nocow:
    description: >-
      Whether copying on write is turned off for a new file on Btrfs. What an existing one has is not looked at.
    type: bool
  permissions:
    description:
      - Of the volume's file, in a pool of files. They are compared with those that it really has, and put right.
      - >-
        libvirt gives the disks of a running domain to its emulator; owner and group of such a volume are left alone.
      - Over a remote O(uri) they are only given to a volume that is made.
    type: dict
    suboptions:
      mode:
        description: The octal mode, a text in quotes such as V('0640'). That of a new volume is V('0600') otherwise.
        type: raw
      owner:
        description: The numeric user ID of the owner.
        type: int
      group:
        description: The numeric ID of the group.
        type: int
      label:
        description: The SELinux label that libvirt gives to a new empty volume. It is not compared.
        type: str
  encryption:
    description:
      - >-
        Makes a new empty volume, in a pool of files, encrypted with LUKS. QEMU opens it, when the domain's disk names
        the secret as well; the guest sees what is inside.
      - >-
        Of an existing volume it is compared whether it is encrypted. libvirt forgets with which secret and how. Such a
        volume grows only while a domain runs with it.
    type: dict
    suboptions:
"""
        + shared_options.secret(6, "passphrase", ", of the type V(volume)")
        + r"""
      cipher:
        description: How it is encrypted. QEMU's default is V(aes) with V(256) bits, V(xts), V(sha256).
        type: dict
        suboptions:
          name:
            description: The cipher, such as V(aes).
            type: str
          size:
            description: The length of its key in bits.
            type: int
          mode:
            description: The mode of the cipher, such as V(xts).
            type: str
          hash:
            description: How the passphrase is hashed, such as V(sha256).
            type: str
      ivgen:
        description: How initialization vectors are made; goes with a cipher.
        type: dict
        suboptions:
          name:
            description: The way, such as V(plain64).
            type: str
          hash:
            description: The hash that some ways need.
            type: str
"""
    )
