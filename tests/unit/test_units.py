# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes, MAC addresses, UUIDs and IP addresses as users write them."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils import units
from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption

KIB, MIB, GIB, TIB = (1024**power for power in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        # a number alone is bytes
        ("0", 0),
        ("1", 1),
        (1048576, MIB),
        ("512b", 512),
        ("512 bytes", 512),
        ("1byte", 1),
        # a letter alone and …iB are binary, …B is decimal: https://libvirt.org/formatdomain.html#memory-allocation
        ("1k", KIB),
        ("1K", KIB),
        ("1KiB", KIB),
        ("1kB", 1000),
        ("1KB", 1000),
        ("512M", 512 * MIB),
        ("512MiB", 512 * MIB),
        ("512MB", 512 * 1000**2),
        ("2G", 2 * GIB),
        ("2GiB", 2 * GIB),
        ("2gib", 2 * GIB),
        ("2GB", 2 * 1000**3),
        ("3T", 3 * TIB),
        ("3TiB", 3 * TIB),
        ("3TB", 3 * 1000**4),
        ("1PiB", 1024**5),
        ("1PB", 1000**5),
        ("1EiB", 1024**6),
        ("1EB", 1000**6),
        # more than a float holds exactly
        ("9007199254740993", 2**53 + 1),
        ("9007199254740993KiB", (2**53 + 1) * KIB),
        # fractions that are whole bytes
        ("1.5GiB", 3 * 512 * MIB),
        ("0.5k", 512),
        ("2.50GB", 2500 * 1000**2),
        ("1.0", 1),
        # room around and between
        ("  20 GiB ", 20 * GIB),
    ],
)
def test_a_size_is_understood_in_every_unit_of_libvirt(text: str | int, size: int) -> None:
    assert units.parse_size(text) == size


@pytest.mark.parametrize(("text", "size"), [("2", 2 * MIB), ("2k", 2 * KIB), ("2b", 2)])
def test_an_explicit_unit_overrides_the_default_unit(text: str, size: int) -> None:
    assert units.parse_size(text, default_unit="MiB") == size


@pytest.mark.parametrize(
    "text",
    [
        "2XB",
        "",
        " ",
        "GiB",
        "-1GiB",
        "+1",
        "1,5GiB",
        "1.GiB",
        ".5GiB",
        "1e3",
        "0x10",
        "2 Gi B",
        "2GiBs",
        "None",
        "\uff12GiB",
    ],
)
def test_an_invalid_size_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(InvalidOption, match="is not a size") as refused:
        units.parse_size(text)
    assert f"'{text}'" in refused.value.what
    assert "20GiB" in str(refused.value)


@pytest.mark.parametrize("text", ["0.5", "1.5b", "0.0001k"])
def test_a_fraction_of_a_byte_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption, match="not a whole number of bytes"):
        units.parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0"),
        (1, "1 bytes"),
        (1000, "1000 bytes"),
        (KIB, "1KiB"),
        (1536 * MIB, "1536MiB"),
        (2 * GIB, "2GiB"),
        (1024 * GIB, "1TiB"),
        (1024**6, "1EiB"),
        (GIB + 1, f"{GIB + 1} bytes"),
        # in decimal units where these are what was meant
        (2 * 1000**3, "2GB"),
        (500 * 1000**3, "500GB"),
        (1000**4, "1TB"),
        (1000**2, "1MB"),
        (1024000 * KIB, "1000MiB"),
    ],
)
def test_a_size_is_shown_in_its_shortest_exact_form(size: int, text: str) -> None:
    assert units.format_size(size) == text


@pytest.mark.parametrize("size", [0, 1, 999, 1024, 1000**3, 5 * GIB, 2**53 + 1, 10**18])
def test_a_size_shown_is_the_size_read(size: int) -> None:
    assert units.parse_size(units.format_size(size)) == size


@pytest.mark.parametrize(
    "text",
    ["52:54:00:77:00:05", "52-54-00-77-00-05", "52:54:0:77:0:5", " 52:54:00:77:00:05\n", "52:54:00:77:00:05".upper()],
)
def test_a_mac_address_has_one_form(text: str) -> None:
    assert units.parse_mac(text) == "52:54:00:77:00:05"


def test_the_letters_of_a_mac_address_are_lower_case() -> None:
    assert units.parse_mac("52:54:00:AB:Cd:eF") == "52:54:00:ab:cd:ef"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "52:54:00:77:00",
        "52:54:00:77:00:05:06",
        "52:54:00:77:00:0g",
        "52:54:00:77:00:005",
        "525400770005",
        "52:54:00:77:00:",
        "52:54:00:77:00:05 x",
    ],
)
def test_an_invalid_mac_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption, match="is not a MAC address"):
        units.parse_mac(text)


@pytest.mark.parametrize("text", ["01:00:5e:00:00:01", "33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff"])
def test_a_multicast_mac_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption, match="multicast"):
        units.parse_mac(text)


UUID = "6f1c1c5e-2f5d-4b86-9a5b-3d1a4c0f7e21"


@pytest.mark.parametrize("text", [UUID, UUID.upper(), UUID.replace("-", ""), "{" + UUID + "}"])
def test_a_uuid_has_one_form(text: str) -> None:
    assert units.parse_uuid(text) == UUID


@pytest.mark.parametrize("text", ["", "web1", UUID[:-1], UUID + "0", UUID[:-1] + "g"])
def test_an_invalid_uuid_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption, match="is not a UUID"):
        units.parse_uuid(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.77.0.1", "10.77.0.1"),
        (" 10.77.0.1 ", "10.77.0.1"),
        ("fd00:77:0:0:0:0:0:1", "fd00:77::1"),
        ("FD00:77::A", "fd00:77::a"),
        ("::1", "::1"),
    ],
)
def test_an_address_has_its_shortest_form(text: str, address: str) -> None:
    assert units.parse_address(text) == address


@pytest.mark.parametrize("text", ["", "10.77.0", "10.77.0.256", "10.77.0.1/24", "10.77.00.1", "fd00::77::1", "web1"])
def test_an_invalid_ip_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption, match="is not an IP address"):
        units.parse_address(text)
