# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of libvirt's daemons are read as libvirt reads them, and what nobody asked about stays byte for byte."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.host.libvirt_conf import parse, patch, render, samples

FILE = """\
# Master configuration file for the QEMU driver.

# VNC is configured to listen on 127.0.0.1 by default.
#
#vnc_listen = "0.0.0.0"

#       user = "qemu"   # A user named "qemu"
#
user = "libvirt-qemu"  # ours
#cgroup_device_acl = [
#    "/dev/null", "/dev/full",
#    "/dev/ptmx"
#]
namespaces = [
    "mount",
    'other',
]
\tmax_core=0
"""


def settings(text: str) -> dict[str, object]:
    return {statement.name: statement.value for statement in parse(text, "qemu.conf")}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# nothing\n", {}),
        (FILE, {"user": "libvirt-qemu", "namespaces": ["mount", "other"], "max_core": 0}),
        ("a = 1", {"a": 1}),
        ("a = -1\nb = +2\r\nc = 'x'\r\n", {"a": -1, "b": 2, "c": "x"}),
        ("a = 1; b = 2 # both\n\n\nc = []\n", {"a": 1, "b": 2, "c": []}),
        ('a = """two\nlines "quoted" """\nb = ""\n', {"a": 'two\nlines "quoted" ', "b": ""}),
        ('a = "it\'s # no comment"\n', {"a": "it's # no comment"}),
    ],
)
def test_values_are_those_that_libvirt_reads(text, values):
    assert settings(text) == values


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# fine\nuser libvirt\n", 2),
        ('user = "open\n', 1),
        ("user = root\n", 1),
        ("user =\n", 1),
        ('\n\nlist = [ "a" "b" ]\n', 3),
        ('list = [ "a",\n"b"\n', 3),
        ('user = "a" "b"\n', 1),
        ("1user = 1\n", 1),
        ("\n\n", 3),  # libvirt expects a setting after blank lines
    ],
)
def test_syntax_error_is_reported_with_its_line(text, line):
    with pytest.raises(InvalidOption, match=f"^/etc/libvirt/qemu.conf:{line}: libvirt cannot read this file"):
        parse(text, "/etc/libvirt/qemu.conf")


@pytest.mark.parametrize(
    ("wanted", "before", "after"),
    [
        ({"user": "root"}, 'user = "libvirt-qemu"  # ours', 'user = "root"  # ours'),
        ({"max_core": "unlimited"}, "\tmax_core=0", '\tmax_core="unlimited"'),
        ({"namespaces": []}, "[\n    \"mount\",\n    'other',\n]", "[]"),
        ({"vnc_listen": "::"}, "#vnc_listen", 'vnc_listen = "::"\n#vnc_listen'),
        ({"cgroup_device_acl": ["/dev/null"]}, "#cgroup_dev", 'cgroup_device_acl = [ "/dev/null" ]\n#cgroup_dev'),
        ({"unheard_of": 1}, "\tmax_core=0\n", "\tmax_core=0\nunheard_of = 1\n"),
        ({"user": None}, 'user = "libvirt-qemu"  # ours\n', ""),
        ({"namespaces": None}, "namespaces = [\n    \"mount\",\n    'other',\n]\n", ""),
        ({"max_core": None, "vnc_listen": None}, "\tmax_core=0\n", ""),
        ({"user": "libvirt-qemu", "max_core": 0}, "", ""),
    ],
)
def test_only_what_is_declared_changes(wanted, before, after):
    assert patch(FILE, "qemu.conf", wanted) == FILE.replace(before, after)


def test_adding_and_removing_a_setting_restores_the_file():
    wanted = {"vnc_listen": "::", "unheard_of": ["a", "b"]}
    assert patch(patch(FILE, "qemu.conf", wanted), "qemu.conf", dict.fromkeys(wanted)) == FILE


@pytest.mark.parametrize(
    ("text", "wanted", "after"),
    [
        ("a = 1", {"b": 2}, "a = 1\nb = 2\n"),
        ("", {"b": 2}, "b = 2\n"),
        ("\na = 1\n", {"a": None}, ""),  # libvirt does not read a file of blank lines
        ("a = 1; b = 2\n", {"a": None}, "b = 2\n"),
        ("a = 1; b = 2 # both\n", {"b": None}, "a = 1; # both\n"),
        ("a = 1\nb = 2\na = 3\n", {"a": 4}, "a = 4\nb = 2\na = 3\n"),  # the first counts
        ("a = 1\nb = 2\na = 3\n", {"a": None}, "b = 2\n"),
        ("a = 1\r\nb = 2\r\n", {"a": None}, "b = 2\r\n"),
    ],
)
def test_hand_written_files_are_changed(text, wanted, after):
    changed = patch(text, "qemu.conf", wanted)
    assert changed == after
    parse(changed, "qemu.conf")


@pytest.mark.parametrize("value", ["", "plain", 'with "quotes"', "it's", 'it\'s "both" ', "two\nlines", ["a", "b'"], 7])
def test_a_rendered_value_is_read_back(value):
    assert settings(f"a = {render(value)}\n") == {"a": value}


def test_a_text_that_no_quotes_can_hold_is_refused_unseen():
    with pytest.raises(InvalidOption) as caught:
        render("it's a 'hush\"")
    assert "hush" not in str(caught.value)


def test_commented_samples_are_distinguished_from_prose():
    assert samples(FILE) == {"vnc_listen": {"str"}, "cgroup_device_acl": {"list"}}
