# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where XML has secrets, and what is shown of it: as a whole, and of what is changed."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources.every import ALL_KINDS
from ansible_collections.kvm.fleet.plugins.module_utils.xml import parse, secrets
from ansible_collections.kvm.fleet.plugins.module_utils.xml import path as xmlpath
from ansible_collections.kvm.fleet.plugins.module_utils.xml import table as tables
from ansible_collections.kvm.fleet.plugins.module_utils.xml.merge import merge
from ansible_collections.kvm.fleet.plugins.module_utils.xml.types import without_logins

from .document_identities import identities_of

QEMU = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"

#: A secret at every place, each called c4nary.
EVERYWHERE = f"""
<domain {QEMU}>
  <sysinfo type='smbios'><system><entry name='serial'>shown</entry></system>
    <oemStrings><entry>c4nary</entry></oemStrings></sysinfo>
  <sysinfo type='fwcfg'><entry name='opt/shown'>c4nary</entry></sysinfo>
  <os><initarg>c4nary</initarg><initenv name='SHOWN'>c4nary</initenv></os>
  <devices>
    <graphics type='vnc' passwd='c4nary'/>
    <disk><source protocol='https' name='shown' query='c4nary'>
      <cookies><cookie name='shown'>c4nary</cookie></cookies></source><target dev='sda'/></disk>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-netdev'/><qemu:arg value='-c4nary'/><qemu:arg value='c4nary'/><qemu:arg value='-x=c4nary'/>
    <qemu:env name='SHOWN' value='c4nary'/>
  </qemu:commandline>
  <qemu:override><qemu:device alias='ua-shown'><qemu:frontend>
    <qemu:property name='x-shown' type='string' value='c4nary'/></qemu:frontend></qemu:device></qemu:override>
</domain>"""


def test_a_hidden_copy_contains_no_secret():
    root = parse.parse(EVERYWHERE)
    text = parse.to_text(secrets.hidden(root))
    assert "c4nary" not in text and text.count("shown") == 6 and text.count("SHOWN") == 2
    assert text.count("(hidden)") == len(secrets.found(root)) == 12
    assert "c4nary" in parse.to_text(root), "the original is as it was"


def test_the_test_document_has_every_secret_place_once():
    named = {(one.tag, attribute) for one, attribute in secrets.found(parse.parse(EVERYWHERE))}
    assert {(tag.rpartition("/")[2] if "{" not in tag else tag, name) for tag, name in secrets.PLACES} == named


LOGINS = """<domain><os><cmdline>quiet ds=nocloud;s=http://ops:c4nary@seeds/</cmdline></os>
  <sysinfo type='smbios'><system><entry name='serial'>ds=nocloud;s=http://c4nary@seeds/</entry></system></sysinfo>
  <metadata><a:a xmlns:a='http://a.example/' url='https://a:c4/na:ry@b/'>https://shown/ and me@shown</a:a></metadata>
</domain>"""


def test_logins_in_urls_are_hidden_wherever_they_are():
    """As a whole in what can be declared: ``(hidden)`` stands for all that is there."""
    text = parse.to_text(secrets.hidden(parse.parse(LOGINS)))
    assert "c4" not in text and text.count("(hidden)") == 3 and "https://shown/ and me@shown" in text
    changes = list(pieces("<domain><os><cmdline>http://a:c4nary@b</cmdline></os></domain>", LOGINS))
    assert "c4" not in str([(one.option, one.before, one.after) for one in changes])
    assert (changes[0].before, changes[0].after) == ("http://(hidden)@b", "quiet ds=nocloud;s=http://(hidden)@seeds/")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ds=nocloud;s=http://u:PW@h/", "ds=nocloud;s=http://(hidden)@h/"),
        ("https://token@h/x?y#z", "https://(hidden)@h/x?y#z"),
        ("http://u:p/w@h/x", "http://(hidden)@h/x"),
        ("http://u:p w@h/x", "http://(hidden)@h/x"),
        ("http://u:a@b/c@h", "http://(hidden)@h"),
        ("x http://a:b@c/ y ftp://d:e@f/", "x http://(hidden)@c/ y ftp://(hidden)@f/"),
        ("http://(hidden)@h/", "http://(hidden)@h/"),
        ("http://h:80/x", "http://h:80/x"),
        ("see http://h/ or ask me@h", "see http://h/ or ask me@h"),
        ("me@h:/srv", "me@h:/srv"),
        (["a", {"b": "http://u:p@h"}, 1, None], ["a", {"b": "http://(hidden)@h"}, 1, None]),
    ],
)
def test_of_a_url_all_but_its_login_is_shown(text, shown):
    assert without_logins(text) == shown


def pieces(there: str, stated: str) -> t.Iterator[t.Any]:
    """Changes of what is there to what is stated."""
    root = parse.parse(there)
    yield from merge(root, parse.parse(stated), identities_of(root))


@pytest.mark.parametrize("there", ["<domain/>", EVERYWHERE.replace("c4nary", "c4nary-old"), None])
def test_changes_contain_no_secret(there):
    bare = f"""<domain {QEMU}><sysinfo type='smbios'><oemStrings/></sysinfo><sysinfo type='fwcfg'/><os/>
      <devices><disk><source protocol='https'><cookies/></source><target dev='sda'/></disk></devices>
      <qemu:commandline/><qemu:override/></domain>"""
    changes = list(pieces(there or bare, EVERYWHERE))
    assert changes and "c4nary" not in str([(one.option, one.before, one.after) for one in changes])


@pytest.mark.parametrize("kind", [kind for kind in ALL_KINDS if kind.table], ids=lambda kind: kind.noun)
def test_secret_options_are_secret_places_in_xml(kind):
    for place in _places(kind.table, ""):
        steps, attribute = xmlpath.split(place)
        around, last = ([None, *steps])[-2:]
        names = [last[0], f"{around[0]}/{last[0]}" if around else ""]
        assert any((name, attribute) in secrets.PLACES for name in names), place


def _places(table: tables.Table, around: str) -> t.Iterator[str]:
    for entry in tables.with_secrets(table):
        if isinstance(entry, tables.Items):
            yield from _places(entry.members, f"{around}{entry.path}/")
        else:
            yield (around + entry.path).replace("/./", "/").removesuffix("/.")


def test_secrets_are_not_in_the_names_of_options():
    def check(table):
        for entry in table:
            if isinstance(entry, tables.Items):
                named = {option for options in entry.identity for option in options}
                assert named.isdisjoint(tables.secret_options(entry.members))
                check(entry.members)

    for kind in ALL_KINDS:
        check(kind.table)
