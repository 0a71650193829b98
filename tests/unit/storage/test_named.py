# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths are found in whatever form a document, an option or an argument names them."""

from __future__ import annotations

import pytest
from lxml import etree

from ansible_collections.kvm.fleet.plugins.module_utils.resources.named import (
    opened_by_qemu,
    paths_in,
    paths_of,
    paths_of_values,
)

QEMU = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"
A = "/pool/a.qcow2"


@pytest.mark.parametrize(
    "argument",
    [
        A,
        f"file={A},format=qcow2",
        f"format=qcow2,file={A}",
        f"file:{A}",
        f"file=file:{A},if=none",
        f"file.driver=file,file.filename={A}",
        f'{{"driver":"qcow2","file":{{"driver":"file","filename":"{A}"}}}}',
        f'{{"driver":"quorum","children":[{{"filename":"/other"}},{{"file":{{"filename":"{A}"}}}}]}}',
        f'{{"file.filename":"{A}"}}',
        f'{{"filename":"file:{A}"}}',
        '{"filename":"\\/pool\\/a.qcow2"}',
        '{"filename":"\\u002fpool\\u002fa.qcow2"}',
        f"{{'driver':'file','filename':'{A}'}}",  # QEMU takes that as well
        f'json:{{"driver":"qcow2","file":{{"filename":"{A}"}}}}',
        f'file=json:{{"driver":"qcow2",,"file":{{"driver":"file",,"filename":"{A}"}}}},if=none',
        f'file=json:{{"file":"json:{{\\"filename\\":\\"{A}\\"}}"}}'.replace(",", ",,"),
        f"blkdebug::{A}",
        f"rbd:pool/image:conf={A}:id=x",
        f"nbd:unix:{A}:exportname=x",
        f"nbd+unix:///export?socket={A}",
        f"unix:{A},server=on",
        f"fat:rw:{A}",
        f"/other module,{A}",  # of -initrd
        f"{A} quiet,/other",
        "pool/a.qcow2",  # QEMU runs in the root directory
        "file=pool/a.qcow2",
    ],
)
def test_a_path_is_found_in_every_form_that_qemu_takes(argument):
    assert A in [*paths_of(argument, True)]
    root = etree.fromstring(f"<domain {QEMU}><qemu:commandline><qemu:arg/></qemu:commandline></domain>")
    root[0][0].set("value", argument)
    assert A in [*paths_in(root)] and A in [*opened_by_qemu(root)]


@pytest.mark.parametrize("path", ["/pool/a,b.qcow2", "/pool/a=b", "/pool/my disk", "/pool/it's", "/pool/a:b", "/größe"])
def test_a_path_with_signs_that_separate_is_found_as_a_whole(path):
    assert [*paths_of(path)] == [path]
    assert path in [*paths_of("file=" + path.replace(",", ",,") + ",format=raw", True)]
    assert path in [*paths_of(f'{{"file":{{"filename":"{path}"}}}}', True)]


ODD = ("", "/", "//", "a", ",", "=", ":", "{", '{"', "json:{", '{"a":1}', "," * 99, "\\u", "a/")


@pytest.mark.parametrize("text", ODD)
def test_no_text_is_too_odd(text):
    for by_qemu in (True, False):
        assert all(path.startswith("/") for path in paths_of(text, by_qemu))


def test_a_long_text_is_looked_through_at_once():
    text = " ".join(f"word{number}/of=a:{number},text" for number in range(2000))
    assert len([*paths_of(text, True)]) >= 2000


def test_elements_and_attributes_name_paths():
    xml = """<domain><os><kernel> /boot/k </kernel><cmdline>root=/dev/vda ds=nocloud;s=file:///seed/</cmdline></os>
        <devices><disk><source file='/pool/my, disk'/></disk></devices><!-- /not/this --></domain>"""
    found = [*paths_in(etree.fromstring(xml))]
    assert {"/boot/k", "/dev/vda", "/pool/my, disk"} <= {*found} and "/pool/my" not in found


def test_values_of_options_name_paths():
    values = {"kernel": "/k", "serials": [{"type": "file", "path": "/log"}], "memory": 1, "boot": None, "on": True}
    assert [*paths_of_values(values)] == ["/k", "/log"]
