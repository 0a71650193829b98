# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmark makes of its numbers."""

from __future__ import annotations

import pathlib

import pytest

from ...bench.beds.guest_ready import bare
from ...bench.measure import Limit, Sample, alternate, exponent, ratio, times_faster


def test_two_things_are_measured_in_turn_and_who_goes_first_changes():
    order: list[str] = []

    def thing(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    ours, other = alternate(lambda: thing("a", 1.0), lambda: thing("b", 2.0), 3)
    assert "".join(order) == "ab" + "ab" + "ba" + "ab", "a round that is not counted, then three pairs"
    assert (ours.values, other.values) == ((1.0, 1.0, 1.0), (2.0, 2.0, 2.0))


def test_a_slow_minute_of_the_machine_does_not_change_a_ratio():
    quiet_and_busy = ratio(Sample((2.0, 2.0, 8.0)), Sample((1.0, 1.0, 4.0)))
    assert quiet_and_busy.value == 2.0
    assert times_faster(Sample((1.0, 4.0, 1.0)), Sample((50.0, 200.0, 50.0))).value == 50.0


def test_a_ratio_is_the_median_of_the_pairs_and_not_that_of_the_medians():
    assert ratio(Sample((1.0, 6.0, 9.0)), Sample((1.0, 2.0, 9.0))).value == 1.0


@pytest.mark.parametrize(("value", "met", "within"), [(1.4, True, True), (1.6, False, True), (1.62, False, False)])
def test_a_limit_has_a_tolerance_of_15_percent(value, met, within):
    limit = Limit("time", 1.4)
    assert (limit.met(value), limit.met(value, 0.15)) == (met, within)


@pytest.mark.parametrize(("value", "met", "within"), [(45, True, True), (39, False, True), (38, False, False)])
def test_a_lower_limit_is_missed_from_below(value, met, within):
    limit = Limit("times faster", 45, at_least=True)
    assert (limit.met(value), limit.met(value, 0.15)) == (met, within)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_of_growth(power):
    assert exponent({count: 0.003 * count**power for count in (100, 1000, 3000)}) == pytest.approx(power)


def test_libvirts_own_arguments_are_removed_from_a_command_line():
    line = [
        "/usr/bin/qemu-system-x86_64",
        *("-name", "guest=guest0,debug-threads=on"),
        "-S",
        *("-object", '{"qom-type":"secret","id":"masterKey0"}'),
        *("-machine", "pc-q35-7.2,memory-backend=pc.ram"),
        *("-object", '{"qom-type":"memory-backend-ram","id":"pc.ram","size":1073741824}'),
        *("-no-user-config", "-nodefaults"),
        *("-chardev", "socket,id=charmonitor,fd=22,server=on,wait=off"),
        *("-mon", "chardev=charmonitor,id=monitor,mode=control"),
        *("-chardev", "pty,id=charserial0"),
        *("-chardev", "socket,id=charchannel0,fd=28,server=on,wait=off"),
        *("-netdev", '{"type":"tap","fd":"23","id":"hostnet0"}'),
        *("-device", '{"driver":"virtio-net-pci","netdev":"hostnet0"}'),
        *("-sandbox", "on,obsolete=deny"),
        *("-msg", "timestamp=on"),
    ]
    assert bare(line, pathlib.Path("/tmp")) == [
        "/usr/bin/qemu-system-x86_64",
        *("-name", "guest=guest0,debug-threads=on"),
        *("-machine", "pc-q35-7.2,memory-backend=pc.ram"),
        *("-object", '{"qom-type":"memory-backend-ram","id":"pc.ram","size":1073741824}'),
        *("-no-user-config", "-nodefaults"),
        *("-chardev", "pty,id=charserial0"),
        *("-chardev", "socket,id=charchannel0,path=/tmp/agent,server=on,wait=off"),
        *("-netdev", "tap,id=hostnet0,ifname=bench0,script=no,downscript=no"),
        *("-device", '{"driver":"virtio-net-pci","netdev":"hostnet0"}'),
        *("-msg", "timestamp=on"),
    ]
