#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: domain
short_description: Ensure a domain (virtual machine) of libvirt
version_added: 0.1.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - >-
    Ensures that a domain, which is libvirt's word for a virtual machine, is defined as declared and is in the declared
    state, or is removed.
  - >-
    A new domain gets what suits most guests unless it is declared otherwise: the machine type V(q35), virtio devices, a
    channel for the guest agent, a random number generator, a serial console, and free PCI Express ports for devices
    that are plugged in later.
  - >-
    An existing domain is patched, never created anew. Its UUID, MAC addresses, PCI addresses and everything that is not
    declared stay as they are.
  - >-
    A list of devices (O(disks), O(interfaces), O(hostdevs) and so on, except for O(controllers)) is complete if it is
    declared. A device that the domain has and the list has not is removed, except for the drive of a seed that
    O(cloud_init) made; the storage behind a disk is not. Devices are matched by what identifies them, never by their
    position, so that a new disk at the beginning of the list does not change the others.
  - >-
    Both the definition and the running domain are compared. These change at once while a domain runs: disks and
    interfaces that are plugged in and out; the medium of a CD-ROM or floppy drive; an interface's network, bridge and
    link; O(memory) and O(vcpus) up to what the domain was started with; O(title), O(description), O(metadata);
    O(iothreads); shares, quotas and pins of O(cputune); O(blkiotune), O(memtune) and the nodes of O(numatune); O(perf).
    Everything else is defined and takes effect at the next start. Until then RV(restart_required) and RV(pending)
    report it, and O(restart) can restart the domain for it.
  - >-
    A device, memory or a vCPU can be removed from a running guest only if the guest releases it. What it has not
    released after 20 seconds is removed from the definition and reported in RV(pending). It is asked for a device up to
    three times while it runs, not more often than every five minutes; the runs in between report it and do not wait.
extends_documentation_fragment:
  - kvm.fleet.attributes
  - kvm.fleet.connection
  - kvm.fleet.ensure
  - kvm.fleet.domain_general
  - kvm.fleet.domain_memory
  - kvm.fleet.domain_cpu
  - kvm.fleet.domain_firmware
  - kvm.fleet.domain_tuning
  - kvm.fleet.domain_sysinfo
  - kvm.fleet.domain_features
  - kvm.fleet.domain_clock
  - kvm.fleet.domain_security
  - kvm.fleet.domain_disks
  - kvm.fleet.domain_interfaces
  - kvm.fleet.domain_channels
  - kvm.fleet.domain_graphics
  - kvm.fleet.domain_devices
  - kvm.fleet.domain_hostdevs
  - kvm.fleet.domain_peripherals
options:
  name:
    description:
      - The name of the domain, which identifies it. To rename one, declare O(renamed_from) as well.
      - It contains no C(/).
    type: str
    required: true
  state:
    description: The state in which the domain shall be. It is also defined as declared, except for V(absent).
    type: str
    default: running
    choices:
      running: >-
        It runs. A domain that is off is started, one that is saved or paused is resumed, one that has crashed is reset.
        Refused for a domain that would write to an image that another one is based on; see O(disks).
      stopped: It is off. A running guest is asked to shut down and waited for; see O(shutdown_timeout) and O(force).
      paused: It is started and its vCPUs are paused. A domain that is off is started that way.
      saved: >-
        The guest's memory is saved to the host's disk and the domain is off; the next start resumes it. Only a domain
        that runs or is already saved can be.
      present: It is defined, and its running state is not managed. A new domain is not started.
      absent: >-
        It is shut down and its definition is removed, with its saved state, its UEFI variables unless another domain
        uses the same file, the state of its TPM, and libvirt's metadata of its snapshots. Its volumes stay; see
        O(remove_volumes).
  autostart:
    description: >-
      Whether the domain starts with libvirt, that is, with the host. The default for a new domain is V(false). A change
      does not affect a running guest.
    type: bool
  restart:
    description:
      - >-
        Whether a running guest is restarted for changes that take effect at the next start only. It is for
        O(state=running).
      - >-
        The default is V(never). In M(kvm.fleet.converge), O(kvm.fleet.converge#module:restart=if_required) makes it
        V(if_required) for domains that do not declare it.
    type: str
    choices:
      never: The changes are defined, and reported in RV(pending).
      if_required: >-
        The guest is shut down, as with O(state=stopped), and started again. That is also done for what waits for a
        restart and is not declared, whoever changed it.
  renamed_from:
    description:
      - >-
        The name that the domain had before. If a domain of this name is there, and none of O(name), it is renamed, and
        then brought to what is declared. Otherwise the option has no effect, and can stay.
      - The domain has to be off, without a saved state and without snapshots.
      - >-
        The seed of O(cloud_init) is called after the domain. It is made anew with the new name, and the old one is
        removed. The C(instance-id) that is derived from the name changes; with one of your own in
        O(cloud_init.meta_data) the guest does not run cloud-init as on its first boot again.
    type: str
  shutdown_timeout:
    description: >-
      The time in seconds within which a guest has to shut down. It is asked every five seconds, because a guest that is
      booting ignores the request.
    type: int
    default: 120
  force:
    description: >-
      Whether a guest that is not off after O(shutdown_timeout) is switched off without a shutdown, which can lose data.
      Otherwise the module fails and the guest keeps running.
    type: bool
    default: false
  remove_volumes:
    description:
      - Whether the volumes of the domain's disks are deleted as well, for O(state=absent).
      - >-
        Only volumes that the domain writes to and that are in a pool are deleted, whether libvirt has listed them yet
        or not, and the seed of O(cloud_init). A CD-ROM or floppy image, a read-only or transient disk, an image that
        the disk of another domain was cloned from, and a file that is in no pool are never deleted.
      - >-
        The overlays that snapshots put above a disk's volume are deleted together with the volume. Which volume that
        is, the snapshots say, or O(disks) if they are declared with O(state=absent). A chain of images is deleted as a
        whole, with all files that an image consists of, or not at all; if its end cannot be determined, the module
        fails before it changes anything. What a disk is just being copied to stays, with a warning.
      - >-
        A volume that is needed elsewhere stays, and a warning names what needs it: another domain, an image that is
        based on it, or in the same document the disk of another domain or the C(backing) or C(source) of a volume. A
        volume that the same document declares as present, and that nothing else needs, is an error. For one that it
        declares as absent, that declaration decides.
      - >-
        A disk that several domains share is deleted with the last of them, if all of them are removed in the same
        document with O(remove_volumes=true). A shareable disk that no other domain of this host has stays.
      - >-
        The files with the memory of the guest are deleted as well, in a pool or not, that M(kvm.fleet.snapshot) made
        for snapshots of it: they hold everything that the guest had in memory, passwords and keys among it. Those that
        stay, because O(remove_volumes=false), or because somebody else made the snapshot, are named in a warning.
      - >-
        The volumes are deleted after the definition. If a run ends between the two, the next run with this option
        deletes them.
    type: bool
    default: false
  cloud_init:
    description:
      - Data for cloud-init in the guest, which is provided as a NoCloud seed.
      - >-
        The seed is the volume C(<name>-seed.iso), a read-only virtio disk behind the declared O(disks), which have to
        be declared. The volume appears in RV(actions) as an object of its own.
      - >-
        When the data changes, the seed is written anew, even while the guest runs. The guest reads it at its next boot.
        cloud-init repeats the tasks that it does once for each instance only if the C(instance-id) has changed as well
        (O(cloud_init.instance_id)); if it has not, the module warns.
      - The data is never shown in results. It needs C(xorriso) on the host.
      - >-
        If O(cloud_init) is not declared, a domain keeps the seed that it has. An empty dictionary, C({}), removes it:
        the drive, and then the volume with its secrets, if this collection made it and no other domain uses it. While
        the guest does not release the drive, both stay.
      - >-
        The volume stays when the domain is removed, unless O(remove_volumes) deletes it. M(kvm.fleet.volume) can remove
        it.
    type: dict
    suboptions:
      pool:
        description: The storage pool of the seed. The default is the pool of the first disk that is in one.
        type: str
      instance_id:
        description:
          - The C(instance-id), unless O(cloud_init.meta_data) has one.
          - >-
            With V(content) a guest does at its next boot what a changed seed says, as on its first boot. That includes
            new SSH host keys.
        type: str
        choices:
          name: It is O(name), which is the default.
          content: It is derived from the data, and changes with it.
      user_data:
        description: >-
          The configuration of the guest. A dictionary is written as C(#cloud-config). A text, such as a rendered
          template, is used as it is, and begins as cloud-init requires it, with C(#cloud-config) or C(#!/bin/sh).
        type: raw
      meta_data:
        description: >-
          The data of the instance. It is a dictionary, in which C(instance-id) and C(local-hostname) are O(name) by
          default, or a text in YAML, which is used as it is and has to contain an C(instance-id).
        type: raw
      network_config:
        description: >-
          The network configuration of the guest, in version 1 or 2 of cloud-init's format. It is a dictionary, or a
          text in YAML, which is used as it is. By default cloud-init uses DHCP on the first interface.
        type: raw
      vendor_data:
        description: Configuration in the same forms as O(cloud_init.user_data), which overrides it.
        type: raw
  wait:
    description:
      - >-
        The conditions to wait for after everything else is done, for O(state=running). The module also waits if it had
        nothing to change. Check mode does not wait.
      - The module fails if the conditions are not met within O(wait.timeout), or if the domain stops meanwhile.
    type: dict
    suboptions:
      for:
        description: The conditions, all of which have to be met.
        type: list
        elements: str
        required: true
        choices:
          ip: The guest has an IP address, from DHCP of a virtual network or according to its agent.
          agent: The QEMU guest agent answers.
          cloud_init: >-
            The guest's cloud-init has finished, as the guest agent reports. If it has ended with an error, is disabled
            or found no seed, the module fails.
          ssh: An SSH server answers at port 22 of one of the guest's addresses, as seen from the host.
      timeout:
        description: The time in seconds within which all conditions have to be met.
        type: int
        default: 300
  xml:
    description:
      - >-
        A partial C(<domain>) document that is merged into the definition, for whatever libvirt supports and no option
        declares. A change takes effect at the next start.
      - >-
        Only what it contains is managed. Elements that may occur more than once are matched by what identifies them (a
        disk by its target, a controller by type and index) and added where they are missing. Nothing can be removed.
      - It must not contradict an option.
      - >-
        Changes of it are shown, except for passwords of displays, cookies and queries of URLs, the values of
        C(qemu:arg) and C(qemu:env), and the OEM strings and firmware configuration of O(sysinfo). Keep other secrets
        out of it. V((hidden\)) in place of any value stands for the one that is there, and is refused where there is
        none.
      - A document that libvirt's schema does not allow is an error.
    type: str
seealso:
  - module: kvm.fleet.domain_info
  - module: kvm.fleet.volume
    description: Creates the volumes of its disks, and grows them while the domain runs.
  - module: kvm.fleet.network
  - module: kvm.fleet.converge
    description: A domain together with the networks, pools and volumes that it needs.
  - name: Domain XML format
    description: libvirt's own description of what a domain can be.
    link: https://libvirt.org/formatdomain.html
"""

EXAMPLES = r"""
- name: A guest from a disk that exists
  kvm.fleet.domain:
    name: web1
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

- name: A cloud image, set up by cloud-init, and used only once that has finished
  kvm.fleet.domain:
    name: web2
    memory: 2GiB
    memory_max: 4GiB
    vcpus: 2
    vcpus_max: 4
    disks:
      - pool: data
        volume: web2.qcow2
        target: vda
    interfaces:
      - network: lan
    cloud_init:
      user_data:
        users:
          - name: admin
            sudo: ALL=(ALL) NOPASSWD:ALL
            ssh_authorized_keys:
              - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4A2ygwUiTsROzDmV0zJhP1XtCw9qT3wsqgSPkBWtJk admin@example.test
        packages: [nginx]
      network_config:
        version: 2
        ethernets:
          all:
            match:
              name: en*
            dhcp4: true
    wait:
      for: [cloud_init, ssh]
      timeout: 600

- name: More memory and vCPUs now, where the guest was started with room for them; else at its next start
  kvm.fleet.domain:
    name: web2
    memory: 4GiB
    vcpus: 4
  register: grown

- name: Show the changes that take effect at the next start
  ansible.builtin.debug:
    var: grown.pending
  when: grown.restart_required

- name: Another disk, plugged in at once; the order in the list means nothing
  kvm.fleet.domain:
    name: web1
    disks:
      - pool: data
        volume: web1-data.qcow2
        target: vdb
        discard: unmap
        serial: data
      - pool: data
        volume: web1.qcow2
        target: vda

- name: UEFI, a display for the installation, boot from the CD-ROM first
  kvm.fleet.domain:
    name: desktop
    memory: 4GiB
    vcpus: 4
    firmware: efi
    cpu:
      mode: host-passthrough
      topology:
        sockets: 1
        cores: 2
        threads: 2
    boot: [cdrom, hd]
    disks:
      - pool: data
        volume: desktop.qcow2
        target: vda
      - device: cdrom
        target: sda
        file: /srv/iso/debian-13.iso
    interfaces:
      - bridge: br0
    graphics:
      - type: vnc
        password: "{{ vnc_password }}"

- name: Two interfaces in one network, identified by aliases; a network card of the host; a shared directory
  kvm.fleet.domain:
    name: router
    memory: 2GiB
    memory_backing:
      source: memfd
      access: shared
    interfaces:
      - network: lan
        alias: ua-front
        bandwidth:
          inbound:
            average: 12500
      - network: lan
        alias: ua-back
        port: {isolated: true}
    hostdevs:
      - pci: "0000:65:00.0"
    filesystems:
      - driver: virtiofs
        dir: /srv/router
        target: config

- name: Declare through XML what no option declares, and restart the guest if that is needed for it
  kvm.fleet.domain:
    name: web1
    restart: if_required
    xml: |
      <domain>
        <features>
          <kvm>
            <hidden state="on"/>
          </kvm>
        </features>
      </domain>

- name: Shut down, and switch off after a minute if that does not help
  kvm.fleet.domain:
    name: web1
    state: stopped
    shutdown_timeout: 60
    force: true

- name: Define a guest, and start or stop nothing
  kvm.fleet.domain:
    name: spare
    state: present
    memory: 1GiB
    disks: []
    interfaces: []

- name: Remove a guest with its own volumes
  kvm.fleet.domain:
    name: web1
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
        The name of the action, such as V(define), V(set_autostart), V(start), V(attach), V(detach), V(update) (a device
        is changed), V(set_memory), V(set_vcpus), V(set_scheduler), V(pin_vcpus), V(shutdown), V(restart), V(undefine),
        V(remove_volumes), V(remove_seed).
      type: str
      returned: always
  sample:
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
    prepared: |
      domain web1
        define
          memory: 1GiB → 2GiB
        set_memory
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
    - kind: domain
      name: web1
      fields:
        - option: machine
          before: pc-i440fx-7.2
          after: q35
domain:
  description:
    - The domain after the run; in check mode, as it was before. Empty when there is none.
    - >-
      Besides the keys below it has the definition, with the names and the structure of the options of
      M(kvm.fleet.domain). An option that the definition does not contain is missing.
  returned: success
  type: dict
  contains:
    # From tools/returns.py: name and uuid
    name:
      description: The name of the object.
      type: str
      returned: always
    uuid:
      description: The UUID of the object.
      type: str
      returned: always
    # Up to here.
    state:
      description: >-
        The running state, by libvirt's names: V(running), V(paused), V(in shutdown), V(shut off), V(crashed) or
        V(pmsuspended).
      type: str
      returned: always
    saved:
      description: Whether the next start resumes a saved state.
      type: bool
      returned: always
    persistent:
      description: >-
        Whether the domain has a definition. One that was started without a definition is gone when it is off.
      type: bool
      returned: always
    autostart:
      description: Whether the object starts with libvirt.
      type: bool
      returned: always
    addresses:
      description: >-
        The addresses of a running guest, in the order of its interfaces. M(kvm.fleet.domain) and M(kvm.fleet.converge)
        return them if they have waited for something in the guest (C(wait)), M(kvm.fleet.domain_info) always.
      type: list
      elements: dict
      returned: when they were looked for
      contains:
        # From tools/returns.py: addresses
        address:
          description: The IPv4 or IPv6 address. Those of loop-back devices and link-local ones are left out.
          type: str
          returned: always
        prefix:
          description: The length of the prefix of the network; null where nobody says it.
          type: int
          returned: always
        mac:
          description: The MAC address of the interface.
          type: str
          returned: always
        network:
          description: The virtual network of the interface; null where it is in none.
          type: str
          returned: always
        sources:
          description: >-
            Who says so: V(reservation) (the definition of the network, whether the guest uses it or not), V(lease) (the
            DHCP server of the network), V(agent) (the guest itself), V(arp) (the neighbours that the host has seen,
            which may be gone).
          type: list
          elements: str
          returned: always
        # Up to here.
  sample:
    name: web1
    uuid: 59df923e-2b63-45c6-bd39-e1d785f4ecce
    state: running
    saved: false
    persistent: true
    autostart: true
    type: kvm
    arch: x86_64
    machine: pc-q35-7.2
    firmware: bios
    boot: [hd]
    memory: 2GiB
    memory_max: 4GiB
    vcpus: 2
    vcpus_max: 4
    cpu:
      mode: host-model
    on_poweroff: destroy
    on_reboot: restart
    on_crash: destroy
    disks:
      - device: disk
        format: qcow2
        file: /srv/vm/web1.qcow2
        target: vda
        bus: virtio
        readonly: false
        shareable: false
    interfaces:
      - mac: 52:54:00:77:00:05
        network: lan
        model: virtio
        link: up
    serials:
      - type: pty
        port: 0
        target_type: isa-serial
    agent: true
    rng: true
"""

from ansible_collections.kvm.fleet.plugins.module_utils import module
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN


def main() -> None:
    """Entry point."""
    module.main(DOMAIN)


if __name__ == "__main__":
    main()
