# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names that the role kvm_host has for each distribution, and which daemons it takes a host to have."""

from __future__ import annotations

import itertools
import pathlib
import re
import typing as t

import pytest
import yaml
from ansible.plugins.filter.core import combine, regex_findall
from ansible.plugins.test.core import match, search
from jinja2.nativetypes import NativeEnvironment

FOLDER = pathlib.Path(__file__).parents[3] / "roles/kvm_host/vars/main"
NAMES = yaml.safe_load((FOLDER / "families.yml").read_text())
DAEMONS = yaml.safe_load((FOLDER / "daemons.yml").read_text())
LISTS = {"packages", "groups", "sasl"}  # of each family
TEXTS = {"daemons", "libvirt_guests"}

#: os_family, distribution, distribution_major_version as Ansible has them, and which daemons the packages start.
HOSTS = [
    ("Debian", "Debian", "12", "monolithic"),
    ("Debian", "Debian", "13", "monolithic"),
    ("Debian", "Ubuntu", "22", "monolithic"),
    ("Debian", "Ubuntu", "24", "monolithic"),
    ("RedHat", "RedHat", "9", "modular"),
    ("RedHat", "Rocky", "10", "modular"),
    ("RedHat", "Fedora", "42", "modular"),
    ("Suse", "openSUSE Leap", "16", "modular"),
    ("Suse", "openSUSE Tumbleweed", "20261101", "modular"),
]

# Of a Debian 12 host.
DEBIAN = """\
libvirtd-admin.socket    enabled  enabled
libvirtd-ro.socket       enabled  enabled
libvirtd-tcp.socket      disabled enabled
libvirtd-tls.socket      disabled enabled
libvirtd.service         enabled  enabled
libvirtd.socket          enabled  enabled
virt-guest-shutdown.target static  -
virtlogd.service         indirect enabled
virtlogd.socket          enabled  enabled
libvirtd-ro.socket         loaded active running   Libvirt local read-only socket
libvirtd.service           loaded active running   Virtualization daemon
libvirtd.socket            loaded active running   Libvirt local socket
virtlogd.socket            loaded active listening Virtual machine log manager socket
virt-guest-shutdown.target loaded active active    Libvirt guests shutdown
"""
# Both sets installed, as Fedora's packages have them.
MODULAR = """\
libvirtd.service disabled disabled
libvirtd.socket disabled disabled
virtlogd.socket enabled enabled
virtnetworkd-ro.socket enabled enabled
virtnetworkd.service enabled enabled
virtproxyd-tls.socket disabled disabled
virtqemud-admin.socket enabled enabled
virtqemud.service enabled enabled
virtqemud.socket enabled enabled
"""


def rendered(expression: str, **variables: t.Any) -> t.Any:
    """An expression of the role's variables as Ansible has it, other variables of these files included."""
    environment = NativeEnvironment()
    environment.filters.update(combine=combine, regex_findall=regex_findall, split=str.split)
    environment.tests.update(search=search, match=match)
    known: dict[str, t.Any] = dict(variables)
    for name, value in {**NAMES, **DAEMONS}.items():
        if re.search(rf"\b{name}\b", expression) and name not in known:
            known[name] = rendered(value, **variables) if isinstance(value, str) else value
    return environment.from_string(expression).render(known)


def names(family: str, distribution: str, major: str) -> dict[str, t.Any]:
    facts = {"os_family": family, "distribution": distribution, "distribution_major_version": major}
    return rendered("{{ __kvm_host_names }}", ansible_facts=facts)


@pytest.mark.parametrize(("family", "distribution", "major", "daemons"), HOSTS)
def test_every_distribution_has_every_package_and_service_name(family, distribution, major, daemons):
    found = names(family, distribution, major)
    assert LISTS | TEXTS | {"qemu"} <= set(found)
    lists = (
        [found[key] for key in LISTS]
        + list(found["qemu"].values())
        + [found.get(key, []) for key in ("selinux", "polkit")]
    )
    assert all(isinstance(one, str) and re.fullmatch(r"[a-z0-9][a-z0-9+_.-]*", one) for one in itertools.chain(*lists))
    assert all(len(one) == len(set(one)) for one in lists)
    assert {"x86_64", "aarch64"} <= set(found["qemu"])
    assert found["query"][0] in {"dpkg-query", "rpm"}
    assert found["daemons"] == daemons
    assert found["libvirt_guests"].endswith("/libvirt-guests")


def test_package_lists_are_sorted():
    for family in NAMES["__kvm_host_families"].values():
        assert family["packages"] == sorted(family["packages"])


def test_a_major_version_overrides_its_distribution():
    assert names("Debian", "Debian", "12")["qemu"]["s390x"] == ["qemu-system-misc"]
    assert names("Debian", "Debian", "13")["qemu"]["s390x"] == ["qemu-system-s390x"]
    assert names("Debian", "Debian", "12")["qemu"]["x86_64"] == names("Debian", "Debian", "13")["qemu"]["x86_64"]


def test_every_distribution_override_is_of_a_known_distribution():
    heard_of = {key for _family, name, major, _daemons in HOSTS for key in (name, f"{name} {major}")}
    assert set(NAMES["__kvm_host_distributions"]) <= heard_of


@pytest.mark.parametrize(
    ("units", "asked", "now", "then", "others"),
    [
        (DEBIAN, None, "monolithic", "monolithic", []),
        (MODULAR, None, "modular", "modular", ["libvirtd.service", "libvirtd.socket"]),
        ("", None, "modular", "modular", []),  # nothing enabled: what the distribution means
        (DEBIAN, "monolithic", "monolithic", "monolithic", []),
        (MODULAR, "modular", "modular", "modular", ["libvirtd.service", "libvirtd.socket"]),
        (
            MODULAR,
            "monolithic",
            "modular",
            "monolithic",
            [line.split()[0] for line in MODULAR.splitlines() if line.startswith(("virtn", "virtp", "virtq"))],
        ),
        (
            DEBIAN,
            "modular",
            "monolithic",
            "modular",
            list(dict.fromkeys(line.split()[0] for line in DEBIAN.splitlines() if line.startswith("libvirtd"))),
        ),
    ],
)
def test_a_host_keeps_its_daemons_by_default(units, asked, now, then, others):
    facts = {"os_family": "RedHat", "distribution": "Fedora", "distribution_major_version": "42"}
    variables = {
        "ansible_facts": facts,
        "__kvm_host_units": {"stdout": units, "stdout_lines": units.splitlines()},
        **({"kvm_host_daemons": asked} if asked else {}),
    }
    assert rendered("{{ __kvm_host_daemons_now }}", **variables) == now
    assert rendered("{{ __kvm_host_daemons }}", **variables) == then
    if asked:  # they are looked at only then
        assert list(rendered("{{ __kvm_host_daemons_other }}", **variables)) == others


def test_the_daemons_of_both_sets_have_a_socket_and_start_guests_at_boot():
    for units in DAEMONS["__kvm_host_daemon_units"].values():
        services = {unit.partition(".")[0] for unit in units if unit.endswith(".service")}
        assert services <= {unit.partition(".")[0] for unit in units if unit.endswith(".socket")}
        assert services & {"libvirtd", "virtqemud"}


MODULAR_UNITS = DAEMONS["__kvm_host_daemon_units"]["modular"]


@pytest.mark.parametrize(
    ("units", "asked", "amiss"),
    [
        (DEBIAN, None, []),
        (re.sub("(libvirtd.service +)enabled", r"\1disabled", DEBIAN), None, ["libvirtd.service"]),
        (re.sub("virtlogd.socket +loaded.*\n", "", DEBIAN), None, ["virtlogd.socket"]),
        (DEBIAN, "modular", MODULAR_UNITS),
        ("", "modular", ["virtlogd.socket", *MODULAR_UNITS]),
    ],
)
def test_only_units_in_the_wrong_state_are_changed(units, asked, amiss):
    facts = {"os_family": "Debian", "distribution": "Debian", "distribution_major_version": "12"}
    variables = {
        "ansible_facts": facts,
        "__kvm_host_units": {"stdout": units},
        **({"kvm_host_daemons": asked} if asked else {}),
    }
    assert rendered("{{ __kvm_host_units_amiss }}", **variables) == amiss


@pytest.mark.parametrize(
    ("packages", "rc", "lines", "has_all"),
    [
        (["bash", "virt-viewer"], 0, ["installed", "installed"], True),
        (["bash", "virt-viewer"], 1, ["installed"], False),
        (["bash", "virt-viewer"], 0, ["installed", "config-files"], False),
        (["bash", "virt-*"], 0, ["installed", "installed"], False),
    ],
)
def test_packages_are_installed_unless_all_are_reported_as_installed(packages, rc, lines, has_all):
    variables = {"__kvm_host_installed": {"rc": rc, "stdout_lines": lines}, "__kvm_host_packages": packages}
    assert rendered("{{ __kvm_host_has_all }}", **variables) is has_all
