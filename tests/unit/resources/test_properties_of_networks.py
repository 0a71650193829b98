# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every value of every property of networks: see properties.py."""

from __future__ import annotations

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.resources import NETWORK

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

OPTIONS = by_option(written(NETWORK))


@pytest.mark.parametrize("values", OPTIONS, ids=name)
def test_a_value_reads_as_it_was_written_and_is_written_once(values):
    each(check_reads_as_written, values)


@pytest.mark.parametrize("values", in_schema(OPTIONS), ids=name)
def test_a_value_goes_where_libvirts_schema_has_a_place_for_it(values):
    each(check_place_in_schema, values)


@pytest.mark.parametrize("values", OPTIONS, ids=name)
def test_writing_a_value_touches_no_other_option(values):
    each(check_touches_no_other_option, values)
