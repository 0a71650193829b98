# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What keeps a domain and the host apart."""

    DOCUMENTATION = r"""
options:
  seclabels:
    description:
      - The labels of the host's security drivers (SELinux, AppArmor, DAC); complete. libvirt makes its own where
        nothing is said. Takes effect at the next start.
      - Labels that libvirt made for a running guest are left alone.
    type: list
    elements: dict
    suboptions:
      model:
        description: The driver, such as V(selinux), V(apparmor) or V(dac). It identifies the label.
        type: str
      type:
        description: How the label is made.
        type: str
        required: true
        choices:
          dynamic: libvirt, at each start.
          static: O(seclabels[].label).
          none: Nobody. The guest is not confined by this driver.
      relabel:
        description: Whether the guest's files are labelled to fit.
        type: bool
      label:
        description: The label, such as V(system_u:system_r:svirt_t:s0:c392,c662) or V(+107:+107).
        type: str
      baselabel:
        description: What libvirt makes a dynamic label from.
        type: str
  launch_security:
    description:
      - The guest's memory is encrypted, and the host cannot read it. Takes effect at the next start.
      - >-
        Needs a processor, a firmware image and a QEMU that can do it; M(kvm.fleet.host_info) and C(virsh
        domcapabilities) tell.
    type: dict
    suboptions:
      type:
        description: Which technology. The options below belong to some of them, as it is said there.
        type: str
        choices:
          none: None of them.
          sev: AMD SEV and SEV-ES.
          sev-snp: AMD SEV-SNP. Since libvirt 10.5.
          tdx: Intel TDX. Since libvirt 11.6.
          s390-pv: IBM Secure Execution.
      policy:
        description: The guest's policy, such as V(0x0003). V(sev) and V(sev-snp) need it; V(tdx) may have it.
        type: str
      cbitpos:
        description: The place of the bit that marks encrypted memory, for V(sev), V(sev-snp). Usually the host's.
        type: int
      reduced_phys_bits:
        description: Bits of an address that this costs, for V(sev), V(sev-snp). Usually the host's.
        type: int
      dh_cert:
        description: The owner's Diffie-Hellman key in base64, for V(sev).
        type: str
      session:
        description: The owner's session blob in base64, for V(sev).
        type: str
      kernel_hashes:
        description: Whether hashes of O(kernel), O(initrd) and O(cmdline) are measured, for V(sev), V(sev-snp).
        type: bool
      author_key:
        description: Whether O(launch_security.id_auth) has the author's key, for V(sev-snp).
        type: bool
      vcek:
        description: Whether the guest may have its report signed with the chip's own key, for V(sev-snp).
        type: bool
      guest_visible_workarounds:
        description: Workarounds in base64, for V(sev-snp).
        type: str
      id_block:
        description: The ID block in base64, for V(sev-snp).
        type: str
      id_auth:
        description: What proves the ID block, in base64, for V(sev-snp).
        type: str
      host_data:
        description: Data for the guest in base64, for V(sev-snp).
        type: str
      mr_config_id:
        description: The measurement of the guest's configuration in base64, for V(tdx).
        type: str
      mr_owner:
        description: The measurement of the guest's owner in base64, for V(tdx).
        type: str
      mr_owner_config:
        description: The measurement of the owner's configuration in base64, for V(tdx).
        type: str
      quote_generation_socket:
        description: The socket of the host's quote generation service, for V(tdx).
        type: path
  keywrap:
    description: Whether the guest's cryptographic keys are wrapped (s390x). Takes effect at the next start.
    type: dict
    suboptions:
      aes:
        description: Whether the keys of AES are wrapped.
        type: bool
      dea:
        description: Whether the keys of DEA are wrapped.
        type: bool
  idmap:
    description:
      - Maps the users and groups of a container to those of the host. A change takes effect at the next start.
      - For libvirt's LXC driver; QEMU's keeps it and makes no use of it.
    type: dict
    suboptions:
      uids:
        description: Ranges of users; complete.
        type: list
        elements: dict
        suboptions:
          start:
            description: The first ID in the container.
            type: int
            required: true
          target:
            description: The ID on the host that it is mapped to.
            type: int
            required: true
          count:
            description: The number of consecutive IDs.
            type: int
            required: true
      gids:
        description: Ranges of groups; complete.
        type: list
        elements: dict
        suboptions:
          start:
            description: The first ID in the container.
            type: int
            required: true
          target:
            description: The ID on the host that it is mapped to.
            type: int
            required: true
          count:
            description: The number of consecutive IDs.
            type: int
            required: true
"""
