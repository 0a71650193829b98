# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several at a time: answers in order, and a lock for many readers or one writer."""

from __future__ import annotations

import threading
import time

from ansible_collections.kvm.fleet.plugins.module_utils.parallel import ReadWriteLock, in_order


def test_parallel_results_are_in_the_order_of_the_arguments():
    def ask(number: int) -> int:
        time.sleep(0.001 * (number % 3))
        return number * 2

    assert list(in_order(ask, range(40))) == [number * 2 for number in range(40)]


def test_a_writer_waits_for_readers_and_blocks_new_ones():
    lock, seen = ReadWriteLock(), []

    def alone() -> None:
        with lock.exclusive():
            seen.append("alone")
            time.sleep(0.05)
            seen.append("alone ends")

    with lock.shared(), lock.shared():
        waiting = threading.Thread(target=alone)
        waiting.start()
        time.sleep(0.05)
        seen.append("two leave")
    while "alone" not in seen:
        time.sleep(0.001)
    with lock.shared():
        seen.append("one enters")
    waiting.join()
    assert seen == ["two leave", "alone", "alone ends", "one enters"]
