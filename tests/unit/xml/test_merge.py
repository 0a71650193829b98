# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merging partial documents into what a real libvirt wrote (recorded/)."""

from __future__ import annotations

import copy
import pathlib

import pytest
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidXml
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse
from ansible_collections.kvm.fleet.plugins.module_utils.xml.merge import contains, merge, partial

from .document_identities import KINDS, identities_of

RECORDED = sorted((pathlib.Path(__file__).parent / "recorded").glob("*.xml"))
DEFINITIONS = {path.stem: parse.parse(path.read_text()) for path in RECORDED}


def text(element: etree._Element) -> str:
    return parse.to_text(element)


def parts(root: etree._Element) -> list[etree._Element]:
    """For each element of a document the partial document that states it whole, with what is around it."""
    found = []
    for element in root.iterdescendants():
        whole = copy.deepcopy(element)
        for parent in element.iterancestors():
            around = etree.Element(parent.tag, nsmap=parent.nsmap)
            name = identities_of(root).name(parent)
            if name is not None:
                name[1](around)  # what tells the parent from its like
            if whole.tag not in [child.tag for child in around] or identities_of(root).can_repeat(parent, whole.tag):
                around.append(whole)
            else:
                around.replace(around.find(whole.tag), whole)
            whole = around
        found.append(whole)
    return found


RNG = "{http://relaxng.org/ns/structure/1.0}"

#: What libvirt's schemas let stand several times, and is there once in truth, or is told apart by an option alone.
ONCE = {
    "baseBoard": "has an option; a machine has one",
    "encryption/secret": "from libvirt 9.3 on one for each layer of an RBD image; one everywhere else",
    "extent": "libvirt shows it, nobody declares it",
    "freeExtent": "libvirt shows it, nobody declares it",
    "inactiveDomain/seclabel": "of what libvirt saves, not of a domain",
    "label": "an interleaved text",
    "redirfilter": "only what is in it repeats",
    "source/device": "libvirt shows it, nobody declares it of a volume",
    "source": "two only for a serial port over UDP, which has options",
    "sysinfo": "has options; a machine has one",
}


OTHER_HYPERVISORS = tuple(f"{{http://libvirt.org/schemas/domain/{one}/" for one in ("bhyve", "xen"))


def repeated(schema: str) -> set[tuple[str, str]]:
    """The elements that libvirt's schema lets stand more than once beside each other: what they are in, and they."""
    roots: dict[str, etree._Element] = {}
    waiting = [schema]
    while waiting:
        name = waiting.pop()
        if name not in roots:
            roots[name] = etree.parse(f"/usr/share/libvirt/schemas/{name}").getroot()
            waiting += [one.get("href") for one in roots[name].iter(f"{RNG}include")]
    defined: dict[str, list[etree._Element]] = {}
    for one in (define for root in roots.values() for define in root.iter(f"{RNG}define")):
        defined.setdefault(one.get("name"), []).append(one)
    several = (f"{RNG}zeroOrMore", f"{RNG}oneOrMore")

    def inside(node: etree._Element, many: bool, seen: frozenset[tuple[str, bool]]) -> set[str]:
        found: set[str] = set()
        for child in node.iterchildren(f"{RNG}*"):
            name, so_often = child.get("name"), many or child.tag in several
            if child.tag == f"{RNG}element":
                found |= {qualified(child)} if name and so_often else set()
            elif child.tag == f"{RNG}ref" and (name, so_often) not in seen:
                more = (inside(one, so_often, seen | {(name, so_often)}) for one in defined.get(name, ()))
                found = found.union(*more)
            elif child.tag not in (f"{RNG}attribute", f"{RNG}ref"):
                found |= inside(child, so_often, seen)
        return found

    elements = [one for root in roots.values() for one in root.iter(f"{RNG}element") if one.get("name")]
    return {(qualified(one), child) for one in elements for child in inside(one, False, frozenset())}


def qualified(element: etree._Element) -> str:
    (*_others, namespace) = ["", *element.xpath("(ancestor-or-self::*/@ns)[last()]")]
    name = element.get("name").rpartition(":")[2]
    return f"{{{namespace}}}{name}" if namespace else name


#: libvirt's schemas of the documents that ``xml`` states parts of.
SCHEMAS = {
    **{tag: f"{tag}.rng" for tag in ("domain", "network", "secret")},
    "filter": "nwfilter.rng",
    "pool": "storagepool.rng",
    "volume": "storagevol.rng",
}


@pytest.mark.parametrize("tag", KINDS)
def test_every_repeatable_element_has_an_identity(tag):
    """Or a declared one would be written over another."""
    assert tag in SCHEMAS, f"say in SCHEMAS here which of libvirt's schemas is that of <{tag}>"
    known = KINDS[tag]
    forgotten = {
        f"{parent}/{name}"
        for parent, name in repeated(SCHEMAS[tag])
        if not known.can_repeat(etree.Element(parent), name)
        and not {name, f"{parent}/{name}"} & {*ONCE}
        and not parent.startswith(OTHER_HYPERVISORS)
    }
    assert forgotten == set()


@pytest.mark.parametrize(
    ("there", "stated", "after"),
    [
        (
            "<interface><filterref filter='a'><parameter name='IP' value='1'/></filterref></interface>",
            "<interface><filterref filter='a'><parameter name='MASK' value='2'/></filterref></interface>",
            ["IP=1", "MASK=2"],
        ),
        (
            "<domain><perf><event name='cmt' enabled='yes'/><event name='mbmt' enabled='no'/></perf></domain>",
            "<domain><perf><event name='mbmt' enabled='yes'/></perf></domain>",
            ["cmt=yes", "mbmt=yes"],
        ),
        (
            "<interface type='ethernet'><source><ip address='10.0.0.1' prefix='24'/></source></interface>",
            "<interface type='ethernet'><source><ip address='10.0.1.1' prefix='24'/></source></interface>",
            ["10.0.0.1", "10.0.1.1"],
        ),
        (
            "<interface><ip address='10.0.2.2' prefix='24'/></interface>",
            "<interface><ip family='ipv6' address='fd00::2' prefix='64'/></interface>",
            ["10.0.2.2", "fd00::2"],
        ),
        (
            "<domain><perf><event name='cmt' enabled='yes'/></perf></domain>",
            "<domain><perf><event name='mbml' enabled='yes'/><event name='cmt' enabled='no'/></perf></domain>",
            ["cmt=no", "mbml=yes"],
        ),
    ],
)
def test_merging_an_item_does_not_overwrite_another(there, stated, after):
    root = parse.parse(there)
    assert merge(root, parse.parse(stated), identities_of(root))
    found = [one for one in root.iter() if one.get("name") or one.get("address")]
    assert [
        one.get("address") or f"{one.get('name')}={one.get('value') or one.get('enabled')}" for one in found
    ] == after


def test_a_scsi_device_on_another_unit_is_another_one():
    """Also where what is stated does not say of which type it is."""
    device = (
        "<domain><devices><hostdev mode='subsystem'{0}><source><adapter name='scsi_host0'/>"
        "<address bus='0' target='0' unit='{1}'/></source></hostdev></devices></domain>"
    )
    root, stated = parse.parse(device.format(" type='scsi'", 0)), parse.parse(device.format("", 1))
    assert merge(root, stated, identities_of(root))
    assert [one.get("unit") for one in root.iterfind("devices/hostdev/source/address")] == ["0", "1"]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_document_merged_into_itself_changes_nothing(name):
    root = copy.deepcopy(DEFINITIONS[name])
    assert merge(root, DEFINITIONS[name], identities_of(root)) == []
    assert text(root) == text(DEFINITIONS[name])


@pytest.mark.parametrize("name", DEFINITIONS)
def test_merging_a_part_of_a_document_into_it_changes_nothing(name):
    for stated in parts(DEFINITIONS[name]):
        root = copy.deepcopy(DEFINITIONS[name])
        assert merge(root, stated, identities_of(root)) == [], text(stated)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_merging_a_removed_part_adds_it_once(name):
    """Whatever is missing is added, and adding it a second time changes nothing."""
    whole = DEFINITIONS[name]
    tree = whole.getroottree()
    for element in whole.iterdescendants():
        root = copy.deepcopy(whole)
        (taken,) = root.getroottree().xpath(tree.getpath(element), namespaces=element.nsmap)
        around = list(taken.iterancestors())
        before = [told_by(parent) for parent in around]
        taken.getparent().remove(taken)
        if [told_by(parent) for parent in around] != before:  # what it was in is another one without it
            continue
        assert merge(root, whole, identities_of(root)), tree.getpath(element)
        assert merge(root, whole, identities_of(root)) == []
        # Other changes than the missing part would mean that something was mistaken for it.
        assert sorted(one.tag for one in root.iter()) == sorted(one.tag for one in whole.iter()), tree.getpath(element)


def told_by(element: etree._Element) -> list[str] | None:
    name = identities_of(element.getroottree().getroot()).name(element)
    return None if name is None else name[0]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_merging_the_same_again_changes_nothing(name):
    """Every other recorded document of the kind is as foreign as a user's can be."""
    for stated in DEFINITIONS.values():
        if stated.tag == DEFINITIONS[name].tag:
            root = copy.deepcopy(DEFINITIONS[name])
            merge(root, stated, identities_of(root))
            assert merge(root, stated, identities_of(root)) == []


@pytest.mark.parametrize(
    ("there", "stated", "options"),
    [
        ("<a b='1'/>", "<a b='2'/>", {"xml:@b": ("1", "2")}),
        ("<a><b/></a>", "<a><b c='d'/></a>", {"xml:b/@c": (None, "d")}),
        ("<a><b>1</b></a>", "<a><b> 2 </b></a>", {"xml:b": ("1", "2")}),
        ("<a/>", "<a><b/></a>", {"xml:b": (None, "<b/>")}),
        # The same said otherwise.
        ("<a b='0x0a'/>", "<a b='10'/>", {}),
        ("<a><m unit='KiB'>2048</m></a>", "<a><m unit='MiB'>2</m></a>", {}),
        ("<a><m unit='KiB'>2048</m></a>", "<a><m>2048</m></a>", {}),
        ("<a><b> x </b></a>", "<a><b>x</b></a>", {}),
        ("<a><b c='1'/></a>", "<a><!-- a remark --><?and so on?><b/></a>", {}),
        # Not the same.
        ("<a b='on'/>", "<a b='On'/>", {"xml:@b": ("on", "On")}),
        # Not each ``unit`` is one of a size.
        (
            "<disk><address type='drive' target='0' unit='0'/></disk>",
            "<disk><address type='drive' target='0' unit='3'/></disk>",
            {"xml:address/@unit": ("0", "3")},
        ),
        (
            "<domain><cpu><numa><cell id='0' memory='1048576' unit='KiB'/></numa></cpu></domain>",
            "<domain><cpu><numa><cell id='0' memory='1' unit='GiB'/></numa></cpu></domain>",
            {},
        ),
        (
            "<domain><cpu><numa><interconnects><bandwidth initiator='0' target='0' value='1024' unit='KiB'/>"
            "</interconnects></numa></cpu></domain>",
            "<domain><cpu><numa><interconnects><bandwidth initiator='0' target='0' value='1' unit='MiB'/>"
            "</interconnects></numa></cpu></domain>",
            {},
        ),
        ("<a><m unit='KiB'>2048</m></a>", "<a><m unit='MiB'>3</m></a>", {"xml:m": ("2048", "3")}),
        # Repeated elements are told apart by what identifies them.
        (
            "<clock><timer name='rtc' present='yes'/><timer name='pit' present='yes'/></clock>",
            "<clock><timer name='pit' present='no'/></clock>",
            {"xml:timer[pit]/@present": ("yes", "no")},
        ),
        (
            "<os><boot dev='hd'/></os>",
            "<os><boot dev='cdrom'/></os>",
            {"xml:boot[cdrom]": (None, '<boot dev="cdrom"/>')},
        ),
        ("<disk><boot order='1'/></disk>", "<disk><boot order='2'/></disk>", {"xml:boot/@order": ("1", "2")}),
        (
            "<hostdev type='usb'><boot order='1'/></hostdev>",
            "<hostdev><boot order='2'/></hostdev>",
            {"xml:boot/@order": ("1", "2")},
        ),
        # One stands for one: what is stated twice is there twice.
        (
            "<devices><redirdev bus='usb' type='spicevmc'/></devices>",
            "<devices><redirdev bus='usb' type='spicevmc'/><redirdev bus='usb' type='spicevmc'/></devices>",
            {"xml:redirdev[spicevmc]": (None, '<redirdev bus="usb" type="spicevmc"/>')},
        ),
        (
            "<ip><dhcp><host mac='52:54:00:00:00:01' ip='10.0.0.1'/></dhcp></ip>",
            "<ip><dhcp><host mac='52:54:00:00:00:01' ip='10.0.0.2'/></dhcp></ip>",
            {"xml:dhcp/host[52:54:00:00:00:01]/@ip": ("10.0.0.1", "10.0.0.2")},
        ),
        (
            "<graphics type='vnc' passwd='old'/>",
            "<graphics type='vnc' passwd='new'/>",
            {"xml:@passwd": ("(hidden)", "(hidden)")},
        ),
    ],
)
def test_only_what_is_stated_and_different_changes(there, stated, options):
    root = parse.parse(there)
    changes = merge(root, parse.parse(stated), identities_of(root))
    assert {change.option: (change.before, change.after) for change in changes} == options
    assert contains(root, parse.parse(stated), identities_of(root))
    if not options:
        assert text(root) == text(parse.parse(there))


DISK = (
    "<domain><devices><disk type='network'><source protocol='rbd' name='a/b'><host name='m1' port='6789'/>{0}</source>"
    "<target dev='vda'/></disk></devices></domain>"
)


def test_a_partial_identity_matches_the_existing_element():
    root = parse.parse(DISK.format(""))
    stated = parse.parse(DISK.format("").replace(" port='6789'", ""))
    assert merge(root, stated, identities_of(root)) == []
    more = parse.parse(DISK.format("<host name='m2'/>"))
    assert [change.option for change in merge(root, more, identities_of(root))] == [
        "xml:devices/disk[vda]/source/host[m2]"
    ]


@pytest.mark.parametrize(
    "stated",
    [
        "<domain><iothreadids><iothread id='x'/></iothreadids></domain>",
        "<domain><cputune><vcpupin vcpu='x' cpuset='0'/></cputune></domain>",
        "<domain><devices><controller type='scsi' index='x'/></devices></domain>",
        "<domain><devices><hostdev type='pci'><source><address bus='0xzz'/></source></hostdev></devices></domain>",
        "<domain><devices><memory model='dimm'><target><size>x</size></target></memory></devices></domain>",
    ],
)
def test_an_identity_that_cannot_be_read_is_left_for_the_schema_to_name(stated):
    root = parse.parse("<domain/>")
    assert merge(root, parse.parse(stated), identities_of(root))
    assert merge(root, parse.parse(stated), identities_of(root)) == []


@pytest.mark.parametrize(
    ("there", "stated"),
    [
        (
            "<devices><interface type='user'><mac address='52:54:00:aa:bb:cc'/></interface></devices>",
            "<devices><interface type='user'><mac address='52:54:00:AA:BB:CC'/></interface></devices>",
        ),
        ("<uuid>0a77fe12-0000-4000-8000-0000000000ab</uuid>", "<uuid>0A77FE12-0000-4000-8000-0000000000AB</uuid>"),
        ("<vcpu cpuset='0-3'>2</vcpu>", "<vcpu cpuset='0,1,2,3'>2</vcpu>"),
        ("<cputune><vcpupin vcpu='0' cpuset='0-1'/></cputune>", "<cputune><vcpupin vcpu='0' cpuset='0,1'/></cputune>"),
        ("<os><type machine='pc-q35-9.2'>hvm</type></os>", "<os><type machine='q35'>hvm</type></os>"),
        ("<os><type machine='pc-i440fx-9.2'>hvm</type></os>", "<os><type machine='pc'>hvm</type></os>"),
        (
            "<cpu><numa><cell id='0' cpus='0-1' memory='1048576' unit='KiB'/></numa></cpu>",
            "<cpu><numa><cell id='0' cpus='0,1' memory='1' unit='GiB'/></numa></cpu>",
        ),
        # What only what runs says, or libvirt finds out by itself.
        ("", "<seclabel type='dynamic' model='dac' relabel='yes'><label>+64055:+64055</label></seclabel>"),
        (
            "<devices><disk type='file'><source file='/a'/><target dev='vda'/></disk></devices>",
            "<devices><disk type='file'><source file='/a' index='2'/><target dev='vda'/><alias name='virtio-disk0'/>"
            "</disk></devices>",
        ),
        (
            "<devices><interface type='network'><mac address='52:54:00:aa:bb:cc'/><source network='lan'/></interface>"
            "</devices>",
            "<devices><interface type='network'><mac address='52:54:00:aa:bb:cc'/><source network='lan' portid="
            "'0a77fe12-0000-4000-8000-0000000000ab' bridge='virbr7'/><target dev='vnet3'/></interface></devices>",
        ),
        (
            "<devices><console type='pty'><target type='serial' port='0'/></console></devices>",
            "<devices><console type='pty' tty='/dev/pts/3'><source path='/dev/pts/3'/><target type='serial' port='0'/>"
            "</console></devices>",
        ),
        (
            "<devices><graphics type='vnc' port='-1' autoport='yes'/></devices>",
            "<devices><graphics type='vnc' port='5903' autoport='yes'/></devices>",
        ),
        (
            "<devices><redirfilter><usbdev class='0x08' version='9.40' allow='yes'/></redirfilter></devices>",
            "<devices><redirfilter><usbdev class='0x08' vendor='-1' version='9.4'/></redirfilter></devices>",
        ),
        (
            "<devices><console type='pty'><target type='virtio' port='1'/></console></devices>",
            "<devices><console type='pty'><target type='virtio' port='0'/></console></devices>",
        ),
        (
            "<devices><filesystem fmode='0644'><target dir='a'/></filesystem></devices>",
            "<devices><filesystem fmode='644'><target dir='a'/></filesystem></devices>",
        ),
        # Two of which one is named: the other one is not that.
        (
            "<devices><channel type='unix'><target type='virtio' name='a'/></channel>"
            "<channel type='unix'><target type='virtio'/></channel></devices>",
            "<devices><channel type='unix'><target type='virtio'/></channel>"
            "<channel type='unix'><target type='virtio' name='a'/></channel></devices>",
        ),
        # One controller of four parts, of one number.
        (
            "<devices><controller type='usb' index='0' model='ich9-ehci1'/>"
            "<controller type='usb' index='0' model='ich9-uhci1'/></devices>",
            "<devices><controller type='usb' index='0' model='ich9-uhci1'/>"
            "<controller type='usb' index='0' model='ich9-ehci1'/></devices>",
        ),
        # Where a port sends to, and where it listens.
        (
            "<devices><serial type='udp'><source mode='bind' service='2'/><source mode='connect' host='h' service='1'/>"
            "</serial></devices>",
            "<devices><serial type='udp'><source mode='bind' service='2'/><source mode='connect' host='h' service='1'/>"
            "</serial></devices>",
        ),
    ],
)
def test_equivalent_xml_is_no_change(there, stated):
    there = there or "<seclabel type='dynamic' model='dac' relabel='yes'/>"
    root = parse.parse(f"<domain type='kvm'><name>a</name>{there}</domain>")
    part = partial(f"<domain type='kvm' id='7'>{stated}</domain>", "domain", "a", "")
    assert merge(root, part, identities_of(root)) == []
    assert text(root) == text(parse.parse(f"<domain type='kvm'><name>a</name>{there}</domain>"))


@pytest.mark.parametrize(("there", "changes"), [("", 0), ("ipv6='no'", 0), ("ipv6='yes'", 1)])
def test_a_default_that_libvirt_leaves_out_is_set_where_it_is_another_value(there, changes):
    root = parse.parse(f"<network {there}><name>a</name></network>")
    part = partial("<network ipv6='no'/>", "network", "a", "")
    assert len(merge(root, part, identities_of(root))) == changes
    assert root.get("ipv6", "no") == "no"


def test_texts_are_not_compared_as_numbers():
    root = parse.parse("<domain><name>a</name><title>16</title></domain>")
    part = partial("<domain><title>0x10</title></domain>", "domain", "a", "")
    assert [change.option for change in merge(root, part, identities_of(root))] == ["xml:title"]


@pytest.mark.parametrize(
    ("there", "stated", "option"),
    [
        ("<vcpu cpuset='0-3'>2</vcpu>", "<vcpu cpuset='0-4'>2</vcpu>", "xml:vcpu/@cpuset"),
        (
            "<os><type machine='pc-q35-9.2'>hvm</type></os>",
            "<os><type machine='pc'>hvm</type></os>",
            "xml:os/type/@mac",
        ),
        (
            "<cpu><numa><cell id='0' cpus='0-1' memory='1024' unit='KiB'/></numa></cpu>",
            "<cpu><numa><cell id='0' memory='1024' unit='MiB'/></numa></cpu>",
            "xml:cpu/numa/cell[0]/@memory",
        ),
        (
            "<devices><graphics type='vnc' port='5901' autoport='no'/></devices>",
            "<devices><graphics type='vnc' port='5903' autoport='no'/></devices>",
            "xml:devices/graphics",
        ),
    ],
)
def test_different_xml_value_is_changed(there, stated, option):
    root = parse.parse(f"<domain><name>a</name>{there}</domain>")
    part = partial(f"<domain>{stated}</domain>", "domain", "a", "")
    (change,) = merge(root, part, identities_of(root))
    assert change.option.startswith(option)
    assert merge(root, part, identities_of(root)) == []


def test_a_merged_size_keeps_its_unit():
    root = parse.parse("<domain><memory unit='KiB'>1024</memory></domain>")
    merge(root, parse.parse("<domain><memory unit='GiB'>2</memory></domain>"), identities_of(root))
    assert (root.find("memory").text, root.find("memory").get("unit")) == ("2", "GiB")


def test_elements_of_other_namespaces_are_merged_by_their_own_identity():
    qemu = "xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'"
    root = parse.parse(f"<domain {qemu}><q:commandline><q:arg value='-a'/></q:commandline></domain>")
    stated = parse.parse(f"<domain {qemu}><q:commandline><q:arg value='-s'/></q:commandline></domain>")
    assert [change.option for change in merge(root, stated, identities_of(root))] == ["xml:q:commandline/q:arg[-s]"]
    assert [arg.get("value") for arg in root.iter("{*}arg")] == ["-a", "-s"]


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ("<network/>", "xml: the root element is <network>. Make it <domain>."),
        ("<domain><name>b</name></domain>", "xml: the XML is about 'b', the option name says 'a'"),
        ("<domain>", "xml: malformed XML"),
        ("", "xml: malformed XML"),
        ("domain", "xml: malformed XML"),
    ],
)
def test_a_partial_document_of_something_else_is_refused(xml, message):
    with pytest.raises(InvalidXml) as refused:
        partial(xml, "domain", "a", "")
    assert str(refused.value).startswith(message)


def test_a_refusal_names_the_element_of_a_document():
    with pytest.raises(InvalidXml, match=r"^domains\[a\]\.xml: "):
        partial("<network/>", "domain", "a", "domains[a]")
