# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest needs of its host: KVM, a CPU model, memory, networks, disks that nobody else writes to.

Pure but for reading.
"""

from __future__ import annotations

import typing as t

from ...deps import Element
from ...rule import Rule, Violation
from ...units import format_size
from ...xml import parse
from ...xml import path as xmlpath
from ...xml import table as tables
from ...xml.quantities import MEMORY
from ..base import World
from ..coming import Coming, on_host
from ..images import Disk, Link, writes
from ..network.definition import DEFINITION as NETWORK
from ..network.definition import bridge_of, devices_of, has_own_bridge
from ..offers import Machine
from ..storage import Place
from .devices.common import LONGEST_SOCKET
from .gained import gained_devices
from .needed_files import missing_files
from .table import TABLE

#: Where the source of an interface names a device, by its type. One in a network is on what that is on.
_DEVICE = {"bridge": "bridge", "direct": "dev"}
#: What libvirt looks for before it starts a guest with an emulated TPM, whatever it then runs.
_SWTPM = ("swtpm", "swtpm_setup", "swtpm_ioctl")
#: How many characters of a domain's name libvirt has in its directories.
_LONGEST_SHORT_NAME = 20
#: What QEMU allocates.
_MEMORY = tuple(entry for entry in TABLE if entry.option == "memory_max")


def _arch(coming: Coming) -> str:
    kind = coming.root.find("os/type")
    return (None if kind is None else kind.get("arch")) or coming.world.host.arch


def _machine(coming: Coming) -> t.Optional[Machine]:
    root = coming.root
    kind = root.find("os/type")
    machine = None if kind is None else kind.get("machine")
    emulator = root.findtext("devices/emulator")
    return coming.world.host.machine(emulator, _arch(coming), machine, xmlpath.the_text(root, "@type"))


def _is_changed(coming: Coming, place: str) -> bool:
    """Whether the definition to come says something else at a place than the one that is there."""
    if not coming.is_defined:
        return False
    before = None if coming.state is None else coming.state.root
    return before is None or [_said(one) for one in before.findall(place)] != [
        _said(one) for one in coming.root.findall(place)
    ]


def _said(element: Element) -> t.Any:
    return dict(element.attrib), (element.text or "").strip()


def _uuid_of_another(coming: Coming) -> t.List[Violation]:
    uuid = coming.root.findtext("uuid")
    other = coming.world.host.uuids.get(uuid.lower()) if uuid and _is_changed(coming, "uuid") else None
    return [coming.violation("uuid", uuid, other)] if other not in (None, coming.want.name) else []


def _no_such_type(coming: Coming) -> t.List[Violation]:
    kind, arch = coming.root.get("type"), _arch(coming)
    if not coming.is_defined or kind not in ("kvm", "qemu"):
        return []
    there = coming.world.host.guest_types
    return [coming.violation("type", kind, arch)] if there and (arch, kind) not in there else []


def _unknown_model(coming: Coming) -> t.List[Violation]:
    model = coming.root.find("cpu/model")
    if model is None or not model.text or not (coming.is_started or _is_changed(coming, "cpu/model")):
        return []
    machine = _machine(coming)
    unknown = machine is not None and machine.models and model.text not in machine.models
    return [coming.violation("cpu.model", model.text, _near(model.text, t.cast(Machine, machine)))] if unknown else []


def _near(model: str, machine: Machine) -> str:
    import difflib  # nobody else needs it

    near = difflib.get_close_matches(model, sorted(machine.models), n=3)
    return f"Did you mean {' or '.join(near)}?" if near else "See `virsh domcapabilities` for those that it knows"


def _no_such_mode(coming: Coming) -> t.List[Violation]:
    """libvirt has modes for some types of guests only: host-passthrough needs KVM."""
    cpu = coming.root.find("cpu")
    mode = None if cpu is None else cpu.get("mode")
    if not mode or not (coming.is_started or _is_changed(coming, "cpu")):
        return []
    machine = _machine(coming)
    if machine is None or not machine.modes or mode in machine.modes:
        return []
    return [coming.violation("cpu.mode", mode, coming.root.get("type"), ", ".join(sorted(machine.modes)))]


def _many_vcpus(coming: Coming) -> t.List[Violation]:
    vcpus = int(coming.root.findtext("vcpu") or 1)
    if not _is_changed(coming, "vcpu") and not _is_changed(coming, "os/type"):
        return []
    machine = _machine(coming)
    if machine is None or machine.vcpus is None or vcpus <= machine.vcpus:
        return []
    option = "vcpus_max" if "vcpus_max" in coming.want.values else "vcpus"
    return [coming.violation(option, vcpus, xmlpath.the(coming.root, "os/type").get("machine"), machine.vcpus)]


def _much_memory(coming: Coming) -> t.List[Violation]:
    """What all guests have together may be more than the host has; what one has may not."""
    if not coming.is_started or coming.root.find("memoryBacking/hugepages") is not None:
        return []
    memory, most = tables.read(_MEMORY, coming.root).get("memory_max"), coming.world.host.memory_for_one
    if not memory or most is None or memory <= most:
        return []
    option = "memory_max" if "memory_max" in coming.want.values else "memory"
    return [coming.violation(option, MEMORY.show(memory), format_size(most // 1024**2 * 1024**2))]


def _network_is_down(coming: Coming) -> t.List[Violation]:
    """Unless it is started in the same document, before any domain is."""
    world = coming.world
    found = []
    for _interface, source in _sources(coming):
        name = source.get("network")
        if not name:
            continue
        want = world.want("network", name)
        if want is not None and (want.absent or want.state == "active"):
            continue
        there = {network.name: network.active for network in world.host.networks}
        if want is None and name not in there:
            found.append(coming.violation("interfaces", name, "does not exist"))
        elif (want is not None and want.state == "inactive") or not there.get(name):
            found.append(coming.violation("interfaces", name, "is not active"))
    return found[:1]


def _no_such_device(coming: Coming) -> t.List[Violation]:
    world = coming.world
    found = []
    for interface, source in _sources(coming):
        place = _DEVICE.get(interface.get("type", ""))
        device, network = None if place is None else source.get(place), source.get("network")
        devices = devices_of(_network(world, network)) if network else (device,) if device else ()
        if devices and not any(world.host.has_device(one) or one in _bridges_made(world) for one in devices):
            found.append(coming.violation("interfaces", " or ".join(devices)))
    return found[:1]


def _network(world: World, name: str) -> t.Optional[Element]:
    """A network as it will be."""
    want = world.want("network", name)
    if want is not None:
        return NETWORK.root_after(want, world)
    return next((network.root for network in world.host.networks if network.name == name), None)


def _bridges_made(world: World) -> t.Iterator[str]:
    """The bridges of the networks that the document starts."""
    for want in world.declared.get("network", {}).values():
        root = NETWORK.root_after(want, world) if want.state == "active" else None
        bridge = None if root is None or not has_own_bridge(root) else bridge_of(root)
        if bridge:
            yield bridge


def _sources(coming: Coming) -> t.Iterator[t.Tuple[Element, Element]]:
    """The interfaces that the domain will run with and does not yet, with what they are on."""
    for interface in gained_devices(coming, "interface"):
        source = interface.find("source")
        if source is not None:
            yield interface, source


def _no_swtpm(coming: Coming) -> t.List[Violation]:
    emulated = any(True for _one in coming.root.iterfind("devices/tpm/backend[@type='emulator']"))
    needed = _SWTPM if coming.is_started and emulated else ()
    return [coming.violation("tpm", one) for one in needed if not coming.world.host.has_program(one)][:1]


def _long_channel(coming: Coming) -> t.List[Violation]:
    """libvirt makes a socket for one without a path. Its directory has the number of the guest's run, of one digit or
    more."""
    folder = coming.world.host.channels_folder
    found = []
    for channel in gained_devices(coming, "channel") if folder is not None else ():
        name, path = (xmlpath.get_text(channel, place) for place in ("target/@name", "source/@path"))
        if channel.get("type") != "unix" or path or not name:
            continue
        above = len(f"{folder}1-/".encode()) + len(coming.want.name.encode()[:_LONGEST_SHORT_NAME])
        length = above + len(name.encode())
        if length > LONGEST_SOCKET:
            declared = enumerate(coming.want.values.get("channels", ()))
            at = next((f"channels[{index}].name" for index, one in declared if one.get("name") == name), None)
            words = (length, LONGEST_SOCKET - above)
            found.append(coming.violation("channels", *words) if at is None else Violation(at, words, "channels"))
    return found


def _disk_in_use(coming: Coming) -> t.List[Violation]:
    """QEMU locks images: one that a guest writes to is no other's, unless both say that they share it."""
    used = [(link, other) for link, other in _running_with(coming) if not _lets_go(coming, other, link.place)]
    return [coming.violation("disks", link.name, other.domain) for link, other in used[:1]]


def taken_from(coming: Coming) -> t.Tuple[t.Tuple[str, str], ...]:
    """The domains that have to let go of their disks before this one gets them, as an action's ``after``."""
    return tuple(sorted({("domain", other.domain) for _link, other in _running_with(coming)}))


def _running_with(coming: Coming) -> t.Iterator[t.Tuple[Link, Disk]]:
    """The images that the domain gets, and disks of other running domains that cannot be on them meanwhile."""
    images = coming.world.images
    for disk in gained_devices(coming, "disk"):
        links = images.chain(disk).links[:1]
        if not links or links[0].place[0] in ("network", "name"):
            continue
        for other in images.disks:
            if not other.runs or other.domain == coming.want.name:
                continue
            both = other.chain.position(links[0].place) == 0 and (writes(disk) or other.writes)
            shared = any(one.find("shareable") is not None for one in (disk, other.element))
            if (both and not shared) or _is_copied_to(other, links[0].place):
                yield links[0], other


def _is_copied_to(disk: Disk, place: Place) -> bool:
    """QEMU shares with nobody what it is copying a disk to."""
    return disk.copy.position(place) == 0


def _other_format(coming: Coming) -> t.List[Violation]:
    """A guest can write the header of any format into its raw disk. So what a file looks like is never taken over:
    where that is not what is said, somebody has to say which it is."""
    before = () if coming.state is None else coming.state.root.iterfind("devices/disk")
    known = {path for path, _format in map(_file_of, before)}
    root = parse.parse(coming.definition) if coming.definition is not None else None
    found = []
    for disk in root.iterfind("devices/disk") if root is not None else ():
        path, said = _file_of(disk)
        looks = None if not path or path in known else coming.world.host.format_of(path)
        if looks not in (None, said) and (looks != "raw" or said in _WITH_HEADER):
            found.append(coming.violation("disks", path, looks, said))
    return found


def _file_of(disk: Element) -> t.Tuple[t.Optional[str], str]:
    """The path of a disk's image, and the format that it is taken for."""
    source, driver = disk.find("source"), disk.find("driver")
    path = None if source is None else source.get("file") or source.get("dev")
    return path, "raw" if driver is None else driver.get("type", "raw")


def _new_watchdog(coming: Coming) -> t.List[Violation]:
    """libvirt knows it since 9.1 (https://libvirt.org/formatdomain.html#watchdog-devices)."""
    there = coming.is_defined and coming.root.find("devices/watchdog[@model='itco']") is not None
    version = coming.world.host.libvirt_version
    if not there or version >= 9_001_000:
        return []
    return [coming.violation("watchdogs", f"{version // 1_000_000}.{version // 1000 % 1000}")]


def _lets_go(coming: Coming, other: Disk, place: Place) -> bool:
    """Whether the document takes the disk from the other domain before. What is to be absent goes first of all."""
    world, want = coming.world, coming.world.want("domain", other.domain)
    if want is None or want.absent:
        return want is not None
    if not coming.is_after(want):
        return False
    if want.state in ("stopped", "saved"):
        return True
    disks = want.values.get("disks")
    if disks is None or _is_copied_to(other, place):
        return False
    return place not in [world.images.place_of_disk(disk) for disk in disks]


#: Formats whose images all begin with a header.
_WITH_HEADER = ("qcow", "qcow2", "qed")

RULES: t.Tuple[Rule, ...] = (
    on_host(_uuid_of_another, "{0} is the UUID of domain {1}", "Choose another one, or leave it out"),
    on_host(
        _no_such_type,
        "this host has no guests of type {0} for {1}",
        "Declare type: auto, or see kvm.fleet.host_info for what is missing",
    ),
    on_host(_unknown_model, "this host's QEMU has no CPU model {0}", "{1}"),
    on_host(_no_such_mode, "a guest of type {1} has no CPU mode {0}", "Declare one of {2}"),
    on_host(_many_vcpus, "{0} vCPUs are more than the machine {1} can have, which is {2}", "Declare fewer"),
    on_host(
        _much_memory,
        "{0} are more than the kernel gives to one process, which is {1}, memory and swap together",
        "Declare less",
    ),
    on_host(_network_is_down, "network {0} {1}", "Declare it with state: active, or start it first"),
    on_host(_no_such_device, "the host has no device {0}", "Correct the name, or make it first"),
    on_host(
        missing_files,
        "there is no file '{0}', which the domain would run with",
        "Make it, with kvm.fleet.volume for example, or correct the path",
    ),
    on_host(
        _no_swtpm,
        "an emulated TPM needs the program {0}, which is not installed",
        "Install the packages swtpm and swtpm-tools on the host",
    ),
    on_host(
        _long_channel,
        "{0} bytes are too long for the path of the socket that libvirt makes of it",
        "Use a name of at most {1} bytes, or declare the path",
    ),
    on_host(
        _disk_in_use,
        "'{0}' is a disk of domain {1}, which runs: only one guest can write to it",
        "Stop that domain first, or give this one a disk of its own",
    ),
    on_host(_new_watchdog, "libvirt {0} has no watchdog itco", "Use i6300esb, or libvirt 9.1 or newer on the host"),
    on_host(
        _other_format,
        "'{0}' looks like a {1} image, and the disk is {2}",
        "Declare format: {1} if that is what it is, or make an image of the other format of it",
    ),
)
