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


def seed_data(documents: t.Mapping[str, t.Any], instance: str, where: str) -> seeds.SeedData:
    """The options of a seed as its data; ``instance`` is the instance-id where ``meta_data`` is not given.

    :raises InvalidOption: a document that cloud-init would not understand.
    """
    network_config = documents.get("network_config")
    if isinstance(network_config, str) and not network_config.strip():  # what a template leaves out
        network_config = None
    data = seeds.SeedData(
        user_data=documents.get("user_data") or {},
        meta_data=documents.get("meta_data") or {"instance-id": instance},
        network_config=network_config,
        vendor_data=documents.get("vendor_data"),
    )
    try:
        seeds.files(data)
    except FleetError as exc:
        raise exc.below(where) from exc.__cause__
    return data
