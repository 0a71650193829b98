# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what a real libvirt makes of some definitions beside this file, for the unit tests to start from.

`tests/private_host.sh .cache/venv/bin/python tests/unit/xml/recorded/record.py` from the collection's root. The tests
know the names, paths and addresses; a newer libvirt may add to the rest.
"""

from __future__ import annotations

import pathlib
import socket
import subprocess

import libvirt

HERE = pathlib.Path(__file__).parent
IMAGES = pathlib.Path("/var/lib/libvirt/images")

NETWORKS = {
    "lan": """
        <network><name>lan</name><uuid>5f6cbb8e-3c38-4b35-a7be-7f80f5a2d001</uuid><forward mode='nat'/>
        <bridge name='virbr-lan' stp='on' delay='0'/><mac address='52:54:00:77:00:01'/>
        <domain name='lan.example' localOnly='yes'/>
        <dns><host ip='10.77.0.5'><hostname>web1</hostname><hostname>www</hostname></host></dns>
        <ip address='10.77.0.1' prefix='24'><dhcp><range start='10.77.0.100' end='10.77.0.200'/>
        <host mac='52:54:00:77:00:05' name='web1' ip='10.77.0.5'/>
        <host mac='52:54:00:77:00:06' name='web2' ip='10.77.0.6'/></dhcp></ip>
        <ip family='ipv6' address='fd00:77::1' prefix='64'><dhcp><range start='fd00:77::100' end='fd00:77::1ff'/>
        <host id='0:3:0:1:52:54:0:77:0:5' name='web1' ip='fd00:77::5'/></dhcp></ip></network>""",
    "isolated": """
        <network><name>isolated</name><bridge name='virbr-iso'/><ip address='10.78.0.1' netmask='255.255.255.0'/>
        </network>""",
    "bridged": "<network><name>bridged</name><forward mode='bridge'/><bridge name='br0'/></network>",
    "rich": """
        <network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>rich</name>
        <metadata><x:note xmlns:x='https://example.org/note'>by hand</x:note></metadata>
        <forward mode='route' dev='lo'/><bridge name='virbr-rich' zone='libvirt'/><mtu size='9000'/>
        <bandwidth><inbound average='1000' peak='5000' burst='5120'/><outbound average='1000'/></bandwidth>
        <dns><forwarder domain='example.com' addr='192.0.2.1'/><forwarder addr='192.0.2.2'/>
        <txt name='example' value='a value'/><srv service='ldap' protocol='tcp' domain='example.com' target='.'/>
        <host ip='192.0.2.10'><hostname>b</hostname><hostname>a</hostname></host></dns>
        <ip address='192.0.2.129' prefix='25'><dhcp><range start='192.0.2.140' end='192.0.2.150'>
        <lease expiry='1' unit='hours'/></range></dhcp></ip>
        <route address='198.51.100.0' prefix='24' gateway='192.0.2.130'/>
        <portgroup name='slow'><bandwidth><inbound average='10'/></bandwidth></portgroup>
        <portgroup name='fast' default='yes'/>
        <dnsmasq:options><dnsmasq:option value='dhcp-ignore-names'/></dnsmasq:options></network>""",
}

DOMAINS = {
    # As a person would write one today.
    "web1": """
        <domain type='qemu'><name>web1</name><uuid>5f6cbb8e-3c38-4b35-a7be-7f80f5a2d101</uuid>
        <memory unit='GiB'>1</memory><currentMemory unit='MiB'>512</currentMemory><vcpu current='1'>2</vcpu>
        <os><type machine='q35'>hvm</type><boot dev='hd'/></os><features><acpi/><apic/></features>
        <cpu mode='maximum'/>
        <devices><controller type='pci' index='1' model='pcie-root-port'/>
        <disk type='file'><driver name='qemu' type='qcow2' discard='unmap'/>
        <source file='/var/lib/libvirt/images/web1.qcow2'/><target dev='vda' bus='virtio'/></disk>
        <disk type='file'><driver name='qemu' type='qcow2' cache='none'/>
        <source file='/var/lib/libvirt/images/data.qcow2'/><target dev='vdb' bus='virtio'/>
        <alias name='ua-data'/></disk>
        <disk type='file' device='cdrom'><source file='/var/lib/libvirt/images/install.iso'/>
        <target dev='sda' bus='sata'/><readonly/></disk>
        <interface type='network'><mac address='52:54:00:77:00:05'/><source network='lan'/><model type='virtio'/>
        </interface><serial type='pty'/>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
        <graphics type='vnc' autoport='yes' passwd='s3cr3t-!'/><video><model type='virtio'/></video>
        <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices></domain>""",
    # With everything that our tables know nothing of.
    "legacy": """
        <domain type='qemu'><name>legacy</name><metadata><x:note xmlns:x='https://example.org/note'>kept</x:note>
        </metadata><memory unit='MiB'>256</memory><vcpu placement='static' cpuset='0-1'>2</vcpu>
        <iothreads>2</iothreads>
        <cputune><shares>512</shares><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='1'/></cputune>
        <memoryBacking><locked/></memoryBacking>
        <sysinfo type='smbios'><system><entry name='manufacturer'>Example</entry><entry name='product'>Box</entry>
        </system></sysinfo><os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/><boot dev='cdrom'/>
        <bootmenu enable='yes'/><smbios mode='sysinfo'/></os>
        <features><acpi/><hyperv><relaxed state='on'/></hyperv><kvm><hidden state='on'/></kvm></features>
        <cpu mode='custom' match='exact'><model>qemu64</model><topology sockets='1' cores='2' threads='1'/>
        <feature policy='require' name='x2apic'/><feature policy='disable' name='svm'/></cpu>
        <clock offset='localtime'><timer name='rtc' tickpolicy='catchup'/><timer name='hpet' present='no'/></clock>
        <on_crash>restart</on_crash>
        <devices><controller type='scsi' index='0' model='virtio-scsi'/>
        <disk type='file'><driver name='qemu' type='raw'/><source file='/var/lib/libvirt/images/old.img'/>
        <target dev='hda' bus='ide'/><iotune><total_bytes_sec>1000000</total_bytes_sec></iotune></disk>
        <disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/sdz'/>
        <target dev='sda' bus='scsi'/><shareable/></disk>
        <disk type='file' device='floppy'><target dev='fda' bus='fdc'/></disk>
        <filesystem type='mount' accessmode='mapped'><source dir='/srv/share'/><target dir='share'/></filesystem>
        <filesystem type='mount'><source dir='/srv/other'/><target dir='other'/></filesystem>
        <interface type='bridge'><mac address='52:54:00:78:00:01'/><source bridge='br0'/><model type='e1000'/>
        <bandwidth><inbound average='100'/></bandwidth></interface>
        <interface type='direct'><mac address='52:54:00:78:00:02'/><source dev='eth0' mode='bridge'/>
        <model type='virtio'/></interface>
        <serial type='pty'/><serial type='file'><source path='/var/log/serial.log'/></serial>
        <console type='pty'><target type='virtio'/></console>
        <channel type='unix'><target type='virtio' name='org.example.own'/></channel>
        <input type='tablet' bus='usb'/><sound model='ich6'/><video><model type='vga' vram='16384'/></video>
        <graphics type='vnc' port='5999' keymap='de'><listen type='address' address='0.0.0.0'/></graphics>
        <hostdev mode='subsystem' type='pci' managed='yes'><source>
        <address domain='0x0000' bus='0x65' slot='0x00' function='0x0'/></source></hostdev>
        <hostdev mode='subsystem' type='pci' managed='yes'><source>
        <address domain='0x0000' bus='0x65' slot='0x00' function='0x1'/></source></hostdev>
        <watchdog model='ib700' action='poweroff'/><panic model='isa'/>
        <shmem name='shared'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem></devices></domain>""",
    # With a seed that was made for it.
    "seeded": """
        <domain type='qemu'><name>seeded</name><uuid>5f6cbb8e-3c38-4b35-a7be-7f80f5a2d102</uuid>
        <memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type machine='q35'>hvm</type></os>
        <devices><controller type='pci' index='1' model='pcie-root-port'/>
        <disk type='file'><driver name='qemu' type='qcow2'/><source file='/var/lib/libvirt/images/seeded.qcow2'/>
        <target dev='vda' bus='virtio'/></disk>
        <disk type='file'><driver name='qemu' type='raw'/><source file='/var/lib/libvirt/images/seeded-seed.iso'/>
        <target dev='vdb' bus='virtio'/><readonly/></disk></devices></domain>""",
    "uefi": """
        <domain type='qemu'><name>uefi</name><memory unit='MiB'>256</memory><vcpu>1</vcpu>
        <os firmware='efi'><type machine='q35'>hvm</type></os><features><acpi/></features>
        <devices><tpm model='tpm-tis'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>
        </devices></domain>""",
}

NWFILTERS = {
    "web": """
        <filter name='web'><uuid>5f6cbb8e-3c38-4b35-a7be-7f80f5a2d301</uuid>
        <filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.1'/>
        <parameter name='IP' value='10.0.0.2'/></filterref><filterref filter='allow-dhcp'/>
        <rule action='accept' direction='in'><tcp dstportstart='443' comment='https'/></rule>
        <rule action='drop' direction='out' priority='-100' statematch='0'><mac match='no' srcmacaddr='$MAC'/></rule>
        <rule action='accept' direction='in'><ip match='no' srcmacaddr='AA:BB:CC:00:00:01'/>
        <ip srcipaddr='10.1.2.0' srcipmask='255.255.255.0' protocol='17' dstportstart='0x35'/></rule>
        <rule action='drop' direction='inout' priority='1000'/></filter>""",
}
RUNNING = ("lan", "web1", "seeded")

POOL = f"<pool type='dir'><name>data</name><target><path>{IMAGES}</path></target></pool>"

#: In that pool, each as libvirt sees it when it looks again.
VOLUMES = {
    "base.qcow2": "<capacity unit='GiB'>1</capacity><target><format type='qcow2'/><compat>1.1</compat></target>",
    "clone.qcow2": f"""
        <capacity unit='GiB'>2</capacity><target><format type='qcow2'/><compat>1.1</compat></target>
        <backingStore><path>{IMAGES}/base.qcow2</path><format type='qcow2'/></backingStore>""",
    "old.qcow2": "<capacity unit='GiB'>1</capacity><target><format type='qcow2'/></target>",
    "plain.img": "<capacity unit='GiB'>1</capacity><allocation>0</allocation><target><format type='raw'/></target>",
    "luks.img": """
        <capacity unit='GiB'>1</capacity><allocation>0</allocation><target><format type='raw'/>
        <encryption format='luks'><secret type='passphrase' usage='/luks'/></encryption></target>""",
}
SECRET = "<secret><usage type='volume'><volume>/luks</volume></usage></secret>"


def main() -> None:
    if socket.gethostname() != "private-host":
        raise SystemExit("run me on a private host: see my first lines")
    IMAGES.mkdir(exist_ok=True)
    IMAGES.chmod(0o711)  # as libvirt makes the directory of a pool
    for name in ("web1", "data", "seeded"):
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", IMAGES / f"{name}.qcow2", "16M"], check=True)
    for name in ("install.iso", "seeded-seed.iso"):
        (IMAGES / name).write_bytes(b"")
    connection = libvirt.open("qemu:///system")
    networks = [connection.networkDefineXML(xml) for xml in NETWORKS.values()]
    domains = [connection.defineXML(xml) for xml in DOMAINS.values()]
    for one in networks + domains:
        secure = libvirt.VIR_DOMAIN_XML_SECURE if one in domains else 0
        if one.name() in RUNNING:
            one.create()
            (HERE / f"{one.name()}.live.xml").write_text(one.XMLDesc(secure))
        inactive = secure | (libvirt.VIR_DOMAIN_XML_INACTIVE if one in domains else libvirt.VIR_NETWORK_XML_INACTIVE)
        (HERE / f"{one.name()}.xml").write_text(one.XMLDesc(inactive))
    for name, xml in NWFILTERS.items():
        (HERE / "nwfilter" / f"{name}.xml").write_text(connection.nwfilterDefineXML(xml).XMLDesc())
    record_volumes(connection)
    for one in domains + networks:
        if one.isActive():
            one.destroy()


def record_volumes(connection: libvirt.virConnect) -> None:
    connection.secretDefineXML(SECRET).setValue(b"s3cr3t-!")
    pool = connection.storagePoolDefineXML(POOL)
    pool.create()
    for name, xml in VOLUMES.items():
        pool.createXML(f"<volume><name>{name}</name>{xml}</volume>")
    pool.refresh()
    (HERE / "data.xml").write_text(pool.XMLDesc(libvirt.VIR_STORAGE_XML_INACTIVE))
    (HERE / "data.live.xml").write_text(pool.XMLDesc())
    for name in VOLUMES:
        (HERE / "volume" / f"{name}.xml").write_text(pool.storageVolLookupByName(name).XMLDesc())
    pool.destroy()


if __name__ == "__main__":
    main()
