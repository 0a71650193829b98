# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every value of every property of secrets, filters, pools and volumes: see properties.py.

What libvirt's schema has a place for depends on what kind of pool, rule or secret it is: planner's cases see to that.
"""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources import KINDS

from .properties import by_option, check_reads_as_written, check_touches_no_other_option, each, name, written

OPTIONS = by_option(one for kind in KINDS if kind.noun not in ("network", "domain") for one in written(kind))


@pytest.mark.parametrize("values", OPTIONS, ids=name)
def test_a_value_reads_as_it_was_written_and_is_written_once(values):
    each(check_reads_as_written, values)


@pytest.mark.parametrize("values", OPTIONS, ids=name)
def test_writing_a_value_touches_no_other_option(values):
    each(check_touches_no_other_option, values)
