#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: domain
short_description: Ensure a guest of libvirt
version_added: 0.1.0
author:
  - The kvm.fleet maintainers (@kvm-fleet)
description:
  - >-
    Ensures that a domain, which is what libvirt calls a guest, is defined as declared, is in the declared state, starts
    with the host or does not, or is gone.
  - >-
    A new domain gets what guests do best with where nothing is said: machine V(q35), virtio devices, a channel for the
    guest agent, a random number generator, a serial console, and free PCI Express ports for devices that are plugged in
    later.
  - >-
    A domain that exists is patched, never made anew. Its UUID, MAC addresses, PCI addresses and everything that is not
    declared stay as they are.
  - >-
    A list of devices (O(disks), O(interfaces), O(hostdevs) and so on, but for O(controllers)) is complete where it is
    given. A device that is there and not declared is removed, but for the drive of a seed that O(cloud_init) made; the
    storage behind a disk never is. Devices are told apart by what identifies them, never by their position, so that a
    new disk at the beginning of the list leaves the others alone.
  - >-
    Both the definition and what runs are compared. While a domain runs, these are changed in it at once: disks and
    interfaces plugged in and out; the medium of a CD-ROM or floppy drive; an interface's network, bridge and link;
    O(memory) and O(vcpus) up to what the domain was started with; O(title), O(description), O(metadata); O(iothreads);
    shares, quotas and pins of O(cputune); O(blkiotune), O(memtune) and the nodes of O(numatune); O(perf). Everything
    else is defined and takes effect at the next start; RV(restart_required) and RV(pending) say so until then, and
    O(restart) does it.
  - >-
    A device, memory or a vCPU is taken from a running guest only if it lets go. What it has not let go of after 20
    seconds is removed from the definition and reported in RV(pending).
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
      - The domain's name, by which it is found. A domain cannot be renamed.
      - It has no C(/) in it.
    type: str
    required: true
  state:
    description: What the domain shall do. Except for V(absent), it is defined as declared in any case.
    type: str
    default: running
    choices:
      running: >-
        It runs. One that is off is started, one that is saved or paused goes on, one that has crashed is reset. Refused
        for a domain that would write to an image that another one is based on; see O(disks).
      stopped: It is off. A guest that runs is asked to shut down and waited for; see O(shutdown_timeout) and O(force).
      paused: It is there and its vCPUs do not run. A domain that is off is started so.
      saved: >-
        Its memory is saved to the host's disk and it is off; the next start goes on from there. Only a domain that runs
        or is saved already can be.
      present: It is defined; whether it runs stays as it is. A new domain is not started.
      absent: >-
        It is shut down and its definition removed, with its saved state, its UEFI variables unless another domain has
        the same file, the state of its TPM, and what libvirt knows of its snapshots. Its volumes stay; see
        O(remove_volumes).
  autostart:
    description: Whether the domain starts with libvirt. Not so for a new domain where nothing is said.
    type: bool
  restart:
    description: >-
      What happens when something changed that takes effect at the domain's next start only, and O(state=running).
    type: str
    default: never
    choices:
      never: The change is defined, and reported in RV(pending).
      if_required: The guest is shut down, as with O(state=stopped), and started again.
  shutdown_timeout:
    description: >-
      Seconds that a guest has for its shutdown. It is asked every five seconds, because one that boots does not listen.
    type: int
    default: 120
  force:
    description:
      - >-
        Whether a guest that is not off after O(shutdown_timeout) is switched off, as if its plug was pulled. Without it
        the module fails then and the guest is left running.
    type: bool
    default: false
  remove_volumes:
    description:
      - With O(state=absent), whether the volumes of its disks are deleted as well.
      - >-
        Only those that the domain writes to and that are in a pool, whether libvirt has seen them yet or not, and the
        seed of O(cloud_init). Never a CD-ROM or floppy image, a read-only or transient disk, what the disk of another
        guest was cloned from, or a file that is in no pool.
      - >-
        With a disk go the overlays that snapshots put above its volume, and that volume. Which one it is, snapshots
        say, or O(disks) where they are declared beside O(state=absent). A chain goes as a whole or stays as a whole;
        when it cannot be told where it ends, the module fails before it touches anything.
      - >-
        What is needed elsewhere stays, and a warning says what and by whom: another domain, an image that is based on
        it, or in the same document the disk of another domain, or the C(backing) or C(source) of a volume. A volume
        that the same document declares present, and that nothing else needs, is a contradiction and an error. One that
        it declares absent as well goes by that.
      - >-
        A disk of several domains goes with the last of them, when all of them go in the same document with
        O(remove_volumes=true). A shareable disk that no other domain of this host has stays.
      - They are deleted when the definition has gone. When a run ends early in between, the next one with this goes on.
    type: bool
    default: false
  cloud_init:
    description:
      - A NoCloud seed for cloud-init in the guest.
      - >-
        It is the volume C(<name>-seed.iso), plugged in as a read-only virtio disk behind the declared O(disks), which
        have to be declared. The volume is part of RV(actions), as an object of its own.
      - >-
        The seed is written anew when its data changes, also while the guest runs. The guest looks at it at its next
        boot, and cloud-init does again what it does once for each instance only if C(instance-id) in
        O(cloud_init.meta_data) has changed too.
      - Its contents are never shown in results. Needs C(xorriso) on the host.
      - >-
        Where O(cloud_init) is not declared a domain keeps the seed that it has. An empty dictionary, C({}), takes it
        away: the drive, and then the volume with all that is secret in it, if it was made by this collection and no
        other domain has it. A guest that does not let go of the drive keeps both until it does.
      - The volume stays when the domain goes, but for O(remove_volumes). M(kvm.fleet.volume) removes it.
    type: dict
    suboptions:
      pool:
        description: The storage pool for the seed. That of the first disk that is in one where nothing is said.
        type: str
      user_data:
        description: >-
          What the guest shall be: a dictionary, which is written as C(#cloud-config), or a text, such as that of a
          template, which is taken as it is and begins as cloud-init wants it, with C(#cloud-config) or C(#!/bin/sh).
        type: raw
      meta_data:
        description: >-
          What the instance is: a dictionary, in which C(instance-id) and C(local-hostname) are O(name) where they are
          not said, or a text in YAML, which is taken as it is and has to have an C(instance-id).
        type: raw
      network_config:
        description: >-
          How the guest sets up its network, in version 1 or 2 of cloud-init's format: a dictionary, or a text in
          YAML, which is taken as it is. Where nothing is said cloud-init asks DHCP on the first interface.
        type: raw
      vendor_data:
        description: What comes before O(cloud_init.user_data) and yields to it, in the same forms.
        type: raw
  wait:
    description:
      - >-
        What to wait for once everything else is done and O(state=running), also when nothing had to be changed. Check
        mode does not wait.
      - The module fails when it takes longer than O(wait.timeout), or when the domain stops meanwhile.
    type: dict
    suboptions:
      for:
        description: What has to hold, all of them.
        type: list
        elements: str
        required: true
        choices:
          ip: The guest has an address, from DHCP of a virtual network or as its agent says.
          agent: The guest agent answers.
          cloud_init: >-
            cloud-init in the guest has finished, as the guest agent is told. When it has ended with an error,
            is disabled or found no seed, the module fails.
          ssh: An SSH server answers at port 22 of one of the guest's addresses, asked from the host.
      timeout:
        description: Seconds to wait for all of them together.
        type: int
        default: 300
  xml:
    description:
      - >-
        Anything else that libvirt knows of domains, as a partial C(<domain>) document that is merged into the
        definition.
      - >-
        Only what it states is managed. Elements that may stand more than once are matched by what identifies them (a
        disk by its target, a controller by type and index) and added where they are missing; it cannot remove any.
      - >-
        Do not state what an option states too, unless both say the same.
      - >-
        Changes of it are shown, but for passwords of displays, cookies and queries of URLs, the values of C(qemu:arg)
        and C(qemu:env), and what the firmware tells the guest. Keep other secrets out of it. V((hidden\)) in the place
        of any value stands for the one that is there, and is refused where there is none.
      - What libvirt's schema does not allow is an error. Changes take effect at the next start.
    type: str
seealso:
  - module: kvm.fleet.domain_info
  - module: kvm.fleet.volume
    description: Makes the volumes of its disks, and grows them while the domain runs.
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

- name: Tell what waits for a restart
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

- name: Two interfaces of one network, told apart by names of your own; a network card of the host; a shared directory
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

- name: What has no option goes through XML; restart the guest for it if need be
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

- name: Define a guest and leave it as it is, running or not
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
  description:
    - What was done, in that order. In check mode, what would be done.
    - Empty when nothing had to be done; RV(ignore:changed) is then V(false).
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of object, such as V(domain).
      type: str
      returned: always
    name:
      description: Its name. That of a volume is C(pool/volume).
      type: str
      returned: always
    verb:
      description: >-
        Such as V(define), V(set_autostart), V(start), V(attach), V(detach), V(update) (a device is changed),
        V(set_memory), V(set_vcpus), V(set_scheduler), V(pin_vcpus), V(shutdown), V(restart), V(undefine),
        V(remove_volumes), V(remove_seed).
      type: str
      returned: always
    apply:
      description: Whether it takes effect at once (V(live)) or through a restart that it makes (V(restart)).
      type: str
      returned: always
    fields:
      description: The options that it brings to their declared values.
      type: list
      elements: dict
      returned: always
      contains:
        option:
          description: The option, as it is nested, such as V(disks[vdb].cache).
          type: str
          returned: always
        before:
          description: What is there, V(none) for something new. A secret is shown as V((hidden\)).
          type: raw
          returned: always
        after:
          description: What is declared, V(none) for something that goes.
          type: raw
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
  description: The changes as text, an option per line. Ansible shows it with C(--diff).
  returned: success
  type: dict
  contains:
    prepared:
      description: The text; O(show_xml) adds the XML of changed definitions.
      type: str
      returned: always
  sample:
    prepared: |
      domain web1
        define
          memory: 1GiB → 2GiB
        set_memory
restart_required:
  description: Whether something is defined that takes effect only at the next start; RV(pending) says what.
  returned: success
  type: bool
  sample: false
pending:
  description: What takes effect only at the next start, by object.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of object.
      type: str
      returned: always
    name:
      description: Its name.
      type: str
      returned: always
    fields:
      description: The options that wait, with the same keys as RV(actions[].fields).
      type: list
      elements: dict
      returned: always
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
      Beside the keys below, what is defined, in the words and the structure of the options of M(kvm.fleet.domain). An
      option that the definition says nothing of is missing.
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: always
    uuid:
      description: Its UUID.
      type: str
      returned: always
    state:
      description: >-
        What it does, in libvirt's words: V(running), V(paused), V(in shutdown), V(shut off), V(crashed) or
        V(pmsuspended).
      type: str
      returned: always
    saved:
      description: Whether its next start resumes a saved state.
      type: bool
      returned: always
    persistent:
      description: Whether it has a definition. A domain that was started without one is gone when it is off.
      type: bool
      returned: always
    autostart:
      description: Whether it starts with libvirt.
      type: bool
      returned: always
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
