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
        The version of the V(qcow2) format. The default for a new volume is V(1.1). V(0.10) is for QEMU before 1.1,
        which is from 2012.
      - That of an existing volume is compared, and cannot be changed.
    type: str
    choices: ["0.10", "1.1"]
  cluster_size:
    description:
      - >-
        The size of a cluster, the unit in which a V(qcow2) volume allocates storage, from V(512) bytes to V(2MiB). The
        default for a new volume is V(64KiB).
      - That of an existing volume is compared, and cannot be changed.
    type: str
  lazy_refcounts:
    description:
      - >-
        Whether the reference counts of a V(qcow2) volume are updated lazily, which makes writes faster and the repair
        after a crash slower. The default for a new volume is V(false).
      - That of an existing volume is compared, and cannot be changed.
    type: bool
  extended_l2:
    description:
      - >-
        Whether each cluster of a V(qcow2) volume has 32 subclusters, which makes small writes to large clusters and to
        linked clones cheaper. Needs QEMU 5.2 and libvirt 8.0. The default for a new volume is V(false).
      - That of an existing volume is compared, and cannot be changed.
    type: bool
  preallocation:
    description:
      - How much storage of a new volume is allocated at once. That of an existing volume is not compared.
      - V(off) allocates only what is written to, the default in a pool of files.
      - V(metadata) allocates the metadata of a V(qcow2) volume.
      - V(falloc) allocates the whole volume, without writing to it.
    type: str
    choices: ["off", metadata, falloc]
  nocow:
    description: Whether copy on write is turned off for a new file on Btrfs. That of an existing file is not compared.
    type: bool
  permissions:
    description:
      - >-
        Owner and mode of the volume's file, in a pool of files. They are compared with those on the host, and
        corrected.
      - The disks of a running domain belong to QEMU's user; owner and group of such a volume are left alone.
      - Over a remote O(uri) they apply only to a volume that is created.
    type: dict
    suboptions:
"""
        + shared_options.permissions(
            6,
            "0640",
            "The SELinux label that libvirt sets on a new empty volume. It is not compared.",
            default="for a new volume is V('0600')",
        )
        + r"""
  encryption:
    description:
      - >-
        The LUKS encryption of a new empty volume, in a pool of files. The guest sees the decrypted content, which QEMU
        decrypts if O(kvm.fleet.domain#module:disks[].encryption) of the domain has the secret as well.
      - >-
        For an existing volume only whether it is encrypted is compared, because libvirt does not keep the secret and
        the cipher. Such a volume can grow only while a domain runs with it.
    type: dict
    suboptions:
"""
        + shared_options.secret(6, "passphrase", ", of the type V(volume)")
        + r"""
      cipher:
        description: >-
          The cipher of the encryption. QEMU's default is V(aes) with 256 bits in the mode V(xts), with the hash
          V(sha256).
        type: dict
        suboptions:
          name:
            description: The name of the cipher, such as V(aes).
            type: str
          size:
            description: The length of the cipher's key in bits, such as V(256).
            type: int
          mode:
            description: The mode of the cipher, such as V(xts).
            type: str
          hash:
            description: The hash function of the passphrase, such as V(sha256).
            type: str
      ivgen:
        description: The generation of initialization vectors, for a declared cipher.
        type: dict
        suboptions:
          name:
            description: The name of the algorithm, such as V(plain64).
            type: str
          hash:
            description: The hash function that some algorithms, such as V(essiv), need.
            type: str
"""
    )
