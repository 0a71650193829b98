# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.kvm.fleet.plugins.plugin_utils import shared_options


class ModuleDocFragment:
    """What keeps a domain and the host apart."""

    DOCUMENTATION: str = (  # ansible-test reads texts of doc fragments from plain assignments only
        r"""
options:
  seclabels:
    description:
      - >-
        The complete list of the domain's security labels, one for each security driver of the host (SELinux, AppArmor,
        file owners). libvirt makes labels of its own unless this is declared. A change takes effect at the next start.
      - The labels that libvirt made for a running domain are left alone.
    type: list
    elements: dict
    suboptions:
"""
        + shared_options.label_model(6)
        + r"""
      type:
        description: How the label is made.
        type: str
        required: true
        choices:
          dynamic: At each start libvirt generates a unique label.
          static: The label is O(seclabels[].label).
          none: There is no label, and this driver does not confine the domain.
      relabel:
        description: >-
          Whether libvirt sets the label of the domain's files at its start. The default follows from
          O(seclabels[].type).
        type: bool
      label:
        description: >-
          The label itself, such as V(system_u:system_r:svirt_t:s0:c392,c662), or V(+107:+107) for user and group.
        type: str
      baselabel:
        description: The label that a V(dynamic) one is derived from, such as V(system_u:system_r:svirt_custom_t:s0).
        type: str
  launch_security:
    description:
      - >-
        The encryption of the guest's memory, which keeps the host from reading it (confidential computing). A change
        takes effect at the next start.
      - >-
        It needs support by the host's processor, the firmware image and QEMU, which M(kvm.fleet.host_info) and C(virsh
        domcapabilities) report.
    type: dict
    suboptions:
      type:
        description: >-
          The technology of the encryption. Most of the other options are for one technology only, which their
          description names.
        type: str
        choices:
          none: No encryption. It removes the other options.
          sev: AMD SEV and SEV-ES.
          sev-snp: AMD SEV-SNP. Since libvirt 10.5.
          tdx: Intel TDX. Since libvirt 11.6.
          s390-pv: IBM Secure Execution.
      policy:
        description: >-
          The policy bits of the guest, such as V(0x0003). V(sev) and V(sev-snp) need it, and V(tdx) may have it.
        type: str
      cbitpos:
        description: >-
          The number of the address bit that marks encrypted memory, for V(sev) and V(sev-snp). libvirt takes that of
          the host by default.
        type: int
      reduced_phys_bits:
        description: >-
          The number of address bits that the encryption takes away, for V(sev) and V(sev-snp). libvirt takes that of
          the host by default.
        type: int
      dh_cert:
        description: The Diffie-Hellman key of the guest's owner in base64, for V(sev).
        type: str
      session:
        description: The session data of the guest's owner in base64, for V(sev).
        type: str
      kernel_hashes:
        description: >-
          Whether the hashes of O(kernel), O(initrd) and O(cmdline) are part of the measurement, for V(sev) and
          V(sev-snp).
        type: bool
      author_key:
        description: Whether O(launch_security.id_auth) contains the author's key, for V(sev-snp).
        type: bool
      vcek:
        description: >-
          Whether the guest may have its attestation report signed with the chip's own key (VCEK), for V(sev-snp).
        type: bool
      guest_visible_workarounds:
        description: The hypervisor's workarounds that the guest sees, 16 bytes in base64, for V(sev-snp).
        type: str
      id_block:
        description: The identity block of the guest, 96 bytes in base64, for V(sev-snp).
        type: str
      id_auth:
        description: >-
          The signature and keys that authenticate O(launch_security.id_block), 4096 bytes in base64, for V(sev-snp).
        type: str
      host_data:
        description: Data of the host that the attestation report contains, 32 bytes in base64, for V(sev-snp).
        type: str
      mr_config_id:
        description: >-
          An identifier of the guest's configuration that the attestation report contains, 48 bytes in base64, for
          V(tdx).
        type: str
      mr_owner:
        description: >-
          An identifier of the guest's owner that the attestation report contains, 48 bytes in base64, for V(tdx).
        type: str
      mr_owner_config:
        description: >-
          An identifier of the owner's configuration that the attestation report contains, 48 bytes in base64, for
          V(tdx).
        type: str
      quote_generation_socket:
        description: >-
          The absolute path of the UNIX socket of the host's quote generation service, which signs attestation reports,
          for V(tdx).
        type: path
  keywrap:
    description: >-
      Whether the host wraps the guest's cryptographic keys, on s390x. A change takes effect at the next start.
    type: dict
    suboptions:
      aes:
        description: Whether AES keys are wrapped. QEMU's default is V(true).
        type: bool
      dea:
        description: Whether DES and triple DES keys are wrapped. QEMU's default is V(true).
        type: bool
  idmap:
    description:
      - >-
        The mapping of the users and groups of a container to those of the host (user namespace). A change takes effect
        at the next start.
      - It is for libvirt's LXC driver; the QEMU driver stores it without effect.
    type: dict
    suboptions:
      uids:
        description: The complete list of the mapped ranges of user IDs.
        type: list
        elements: dict
        suboptions:
          start:
            description: The first user ID of the range in the container.
            type: int
            required: true
          target:
            description: The user ID on the host that O(idmap.uids[].start) is mapped to.
            type: int
            required: true
          count:
            description: The number of consecutive user IDs in the range.
            type: int
            required: true
      gids:
        description: The complete list of the mapped ranges of group IDs.
        type: list
        elements: dict
        suboptions:
          start:
            description: The first group ID of the range in the container.
            type: int
            required: true
          target:
            description: The group ID on the host that O(idmap.gids[].start) is mapped to.
            type: int
            required: true
          count:
            description: The number of consecutive group IDs in the range.
            type: int
            required: true
"""
    )
