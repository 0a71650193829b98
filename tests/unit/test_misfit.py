# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a new user gets wrong in the shape of options, and what is said to that."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.misfit import misfit
from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, NETWORK, SECRET, VOLUME

CASES = [
    (DOMAIN, {"cpus": 2}, "cpus: there is no such option. Perhaps it is vcpus"),
    (DOMAIN, {"vcpu": 2}, "vcpu: there is no such option. Perhaps it is vcpus"),
    (DOMAIN, {"disks": [{"path": "/a"}]}, "disks[0].path: there is no such option. Perhaps it is file."),
    (DOMAIN, {"disks": [{"file": "/a"}, {"bsu": "scsi"}]}, "disks[1].bsu: there is no such option. Perhaps it is bus."),
    (DOMAIN, {"xyzzy": 1}, "xyzzy: there is no such option. Options here are acpi_table, agent, "),
    (DOMAIN, {"disks": ["/a"]}, "disks[0]: it is a text, not a dictionary. Write what it has, such as alias, "),
    (DOMAIN, {"disks": {"file": "/a"}}, "disks: it is a dictionary, not a list. Begin each item with '- '."),
    (DOMAIN, {"cpu": "host-passthrough"}, "cpu: it is a text, not a dictionary. Write what it has, such as"),
    (
        DOMAIN,
        {"cpu": {"numa": [{"memory": "1GiB"}], "mod": "x"}},
        "cpu.mod: there is no such option. Perhaps it is mode",
    ),
    (
        NETWORK,
        {"forward": "nat"},
        "forward: it is a text, not a dictionary. Write what it has, such as addresses, dev, ",
    ),
    (VOLUME, {"source": "https://a.example/b"}, "source: it is a text, not a dictionary. Write what it has"),
    (DOMAIN, {"cpu": 2}, "cpu: it is a number, not a dictionary."),
    (DOMAIN, {"cpu": ["a"]}, "cpu: it is a list, not a dictionary."),
    (DOMAIN, {"cpu": True}, "cpu: it is true or false, not a dictionary."),
    (DOMAIN, {"metadata": "x"}, "metadata: it is a text, not a dictionary."),
    (DOMAIN, {"disks": "vda"}, "disks: it is a text, not a list. Begin each item with '- '."),
    (DOMAIN, {"name": 0o777}, "name: it is a number, not a text. Quote it: YAML reads 0777 as 511 and on as true."),
    (DOMAIN, {"name": True}, "name: it is true or false, not a text. Quote it"),
    (VOLUME, {"name": "a", "pool": 1.10}, "pool: it is a number, not a text. Quote it"),
    (DOMAIN, {"disks": [{"pool": "a", "volume": 7}]}, "disks[0].volume: it is a number, not a text. Quote it"),
    (DOMAIN, {"name": ["a"]}, "name: it is a list, not a text."),
    (DOMAIN, {"title": {"a": 1}}, "title: it is a dictionary, not a text."),
    (DOMAIN, {"title": True}, "title: it is true or false, not a text. Quote it: YAML takes yes, no, on and off for"),
    (DOMAIN, {"kernel": ["/a"]}, "kernel: it is a list, not a text."),
    (DOMAIN, {"vcpus": True}, "vcpus: it is true or false, not a number. Write a number."),
    (DOMAIN, {"vcpus": "\uff14"}, "vcpus: it is a text, not a number."),
    (NETWORK, {"dnsmasq_options": ["a", True]}, "dnsmasq_options[1]: it is true or false, not a text. Quote it"),
    (
        DOMAIN,
        {"vcpus": True, "cpus": 2, "disks": [{"fil": "/a"}]},
        "vcpus: it is true or false, not a number. Write a number. Also: cpus: there is no such option. Perhaps it is "
        "vcpus. Also: disks[0].fil: there is no such option. Perhaps it is file.",
    ),
    (VOLUME, {"name": "a", "pool": "a\0"}, "pool: control characters are not accepted. Remove them."),
    (DOMAIN, {"disks": [{"serial": "\x1b"}]}, "disks[0].serial: control characters are not accepted."),
    (NETWORK, {"dnsmasq_options": ["a", "\x7f\ud800"]}, "dnsmasq_options[1]: control characters are not accepted."),
    (DOMAIN, {"disks": [None]}, "disks[0]: there is nothing behind the dash. Remove it."),
    (NETWORK, {"dnsmasq_options": ["a", None]}, "dnsmasq_options[1]: there is nothing behind the dash. Remove it."),
    (DOMAIN, {"renamed_from": 0o777}, "renamed_from: it is a number, not a text. Quote it: YAML reads 0777 as 511"),
    (DOMAIN, {"interfaces": [{"bridge": 0o777}]}, "interfaces[0].bridge: it is a number, not a text. Quote it"),
    (NETWORK, {"bridge": 0o777}, "bridge: it is a number, not a text. Quote it"),
    (NETWORK, {"dns": {"hosts": [{"hostnames": [0o777]}]}}, "dns.hosts[0].hostnames[0]: it is a number, not a text."),
    (NETWORK, {"domain": {"name": 7}}, "domain.name: it is a number, not a text. Quote it"),
    (DOMAIN, {"disks": [{"file": 777}]}, "disks[0].file: it is a number, not a text. Quote it"),
    (DOMAIN, {"graphics": [{"password": 0o1234567}]}, "graphics[0].password: it is a number, not a text. Quote it"),
    (SECRET, {"value": 0o777}, "value: it is a number, not a text. Quote it"),
    (DOMAIN, {"hostdevs": [{"usb": {"vendor": 0x46D}}]}, "hostdevs[0].usb.vendor: it is a number, not a text."),
    (VOLUME, {"source": {"path": 7}}, "source.path: it is a number, not a text. Quote it"),
    (VOLUME, {"size": "1GiB"}, "size: there is no such option. Perhaps it is capacity."),
]


@pytest.mark.parametrize(("kind", "options", "expected"), CASES)
def test_an_unknown_option_is_named_with_the_nearest_one(kind, options, expected):
    assert str(misfit(kind.argument_spec(), options)).startswith(expected)


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a", "memory": "1GiB", "disks": [{"file": "/a", "iotune": {"total_bytes_sec": 1}}], "cpu": None},
        {"_ansible_check_mode": True, "cpu": "mode=host-model", "clock": '{"offset": "utc"}', "xml": "<domain/>"},
        {"name": "on", "title": 5, "memory": 1073741824, "vcpus": "2", "restart": False, "description": "yes"},
        {"disks": [{"serial": 7, "vendor": 7, "product": 7}], "description": 7, "cputune": {"emulatorpin": 3}},
        {"serials": [{"service": 8080}], "sysinfo": {"chassis": {"serial": 1, "version": 1.1}}, "cpu": {"model": 486}},
        {"metadata": {"http://a.example": "<a/>"}, "cloud_init": {"user_data": "x", "meta_data": {"any": {}}}},
    ],
)
def test_valid_options_are_left_to_ansible(options):
    assert misfit(DOMAIN.argument_spec(), options) is None


#: What a template makes where a dictionary belongs; Ansible finds key=value in most of it.
TEXTS = [
    "#cloud-config\npassword: {0}\n",
    "#cloud-config\nchpasswd:\n  list: root:{0}=\n",
    "{0}=",
    "#!/bin/sh\necho {0}= | chpasswd\n",
    '{{"password": "{0}"',
    "http://u:{0}@host/x?a=b",
    "<config xmlns='http://a.example/' token='{0}'/>",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("kind", "around"),
    [
        (DOMAIN, lambda text: {"cloud_init": text}),
        (DOMAIN, lambda text: {"graphics": [text]}),
        (DOMAIN, lambda text: {"graphics": text}),
        (DOMAIN, lambda text: {"disks": [{"network": text}]}),
        (DOMAIN, lambda text: {"metadata": text}),
        (VOLUME, lambda text: {"seed": text}),
        (VOLUME, lambda text: {"source": text}),
    ],
)
def test_a_text_in_the_place_of_a_dictionary_is_not_repeated(kind, around, text):
    found = misfit(kind.argument_spec(), around(text.format("c4nary")))
    assert "it is a text, not a" in str(found) and "c4nary" not in str(found)
