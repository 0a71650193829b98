# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every value of every property of all kinds: see properties.py. Costs 10 s."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources import DOMAIN, KINDS, NETWORK

from .properties import (
    by_option,
    check_place_in_schema,
    check_reads_as_written,
    check_touches_no_other_option,
    each,
    in_schema,
    name,
    written,
)

OPTIONS = by_option(one for kind in KINDS for one in written(kind))
#: In the others the schema's places depend on the type of the pool, rule or secret: planner's cases see to that.
WITH_PLACE = [values for values in OPTIONS if values[0].kind in (DOMAIN, NETWORK)]


@pytest.mark.parametrize("values", OPTIONS, ids=name)
def test_a_value_reads_as_it_was_written_and_is_written_once(values):
    each(check_reads_as_written, values)


@pytest.mark.parametrize("values", in_schema(WITH_PLACE), ids=name)
def test_a_value_goes_where_libvirts_schema_has_a_place_for_it(values):
    each(check_place_in_schema, values)


@pytest.mark.parametrize("values", OPTIONS, ids=name)
def test_writing_a_value_touches_no_other_option(values):
    each(check_touches_no_other_option, values)
