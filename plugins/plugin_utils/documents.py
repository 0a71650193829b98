# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloud-init's documents that are declared as texts. Pure.

They come out of templates and go to the guest as they are. Those that cloud-init reads as YAML are read here before
anything is touched: on the controller, since no host needs a YAML parser.
"""

from __future__ import annotations

import typing as t

import yaml

from ansible_collections.kvm.fleet.plugins.module_utils.content.seed import check_network
from ansible_collections.kvm.fleet.plugins.module_utils.errors import InvalidOption

#: By module the option that has the documents.
OPTIONS = {"domain": "cloud_init", "volume": "seed"}
#: Those that are YAML whatever they begin with, and those that are where this is their first line.
YAML = ("meta_data", "network_config")
CONFIGS = ("user_data", "vendor_data")
CONFIG = "#cloud-config"

LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check(module: str, options: t.Mapping[str, t.Any], where: str = "") -> None:
    """Check the options of a module, or of an element of ``converge`` that is like them.

    :raises InvalidOption: a text is not what cloud-init can read, which is said without a word of it.
    """
    option = OPTIONS[module]
    documents = options.get(option)
    for name in (*YAML, *CONFIGS) if isinstance(documents, dict) else ():
        text = documents.get(name)
        if not isinstance(text, str) or not text.strip():
            continue
        if name in CONFIGS and text.split(maxsplit=1)[0] != CONFIG:
            continue
        place = f"{where}{option}.{name}"
        read = _read(text, place)
        if name == "network_config":
            check_network(read, place)
        if module == "domain" and name == "meta_data" and "instance-id" not in read:
            raise InvalidOption(
                "a text is used as it is, and this one has no instance-id",
                place,
                "Add one, such as the domain's name, or write a dictionary, which gets one automatically",
            )


def check_document(document: t.Mapping[str, t.Any]) -> None:
    """Check the options of ``converge``. :raises InvalidOption: as :func:`check`."""
    for module in OPTIONS:
        elements = document.get(module + "s")
        for position, element in enumerate(elements if isinstance(elements, list) else ()):
            if isinstance(element, dict):
                check(module, element, f"{module}s[{element.get('name', position)}].")


def _read(text: str, place: str) -> dict[t.Any, t.Any]:
    try:
        read = yaml.load(str(text), LOADER)  # a safe one, and one that takes no text with notes of Ansible's
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        at = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidOption(f"this is not YAML{at}", place, "Correct it, or write a dictionary") from None
    if read is None:  # nothing but comments
        return {}
    if not isinstance(read, dict):
        raise InvalidOption("this is YAML, but not a dictionary", place, "Write what cloud-init reads")
    return read
