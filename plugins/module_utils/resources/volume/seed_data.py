# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents of a cloud-init seed as they are declared. Pure."""

from __future__ import annotations

import typing as t

from ...content import seed as seeds
from ...errors import FleetError

#: The options of a seed, with their argument specs.
OPTIONS = {name: {"type": "raw"} for name in seeds.DOCUMENTS}


def said(document: t.Any, otherwise: t.Any) -> t.Any:
    """A document, if anything is said: a template may leave all of a text out. What is no document is something."""
    nothing = document is None or document == {} or (isinstance(document, str) and not document.strip())
    return otherwise if nothing else document


def seed_data(documents: t.Mapping[str, t.Any], instance: str, where: str) -> seeds.SeedData:
    """The options of a seed as its data; ``instance`` is the instance-id where ``meta_data`` is not given.

    :raises InvalidOption: a document that cloud-init would not understand.
    """
    network_config = documents.get("network_config")
    data = seeds.SeedData(
        user_data=said(documents.get("user_data"), {}),
        meta_data=said(documents.get("meta_data"), {"instance-id": instance}),
        network_config=network_config if network_config == {} else said(network_config, None),
        vendor_data=documents.get("vendor_data"),
    )
    try:
        seeds.files(data)
    except FleetError as exc:
        raise exc.below(where) from exc.__cause__
    return data
