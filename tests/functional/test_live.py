# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tables call live changes while the guest, or the network, runs: the changes of live_changes.py."""

from __future__ import annotations

import re
import subprocess
import typing as t

import pytest

from .lifecycle import settle
from .live_changes import CHANGES, claimed, options_of
from .test_domain import guest


def changed(result: dict[str, t.Any]) -> set[str]:
    """The options that were changed in what runs; an item that came or went counts with all that it had."""
    found: set[str] = set()
    for action in result["actions"]:
        for field in action["fields"] if action["verb"] != "define" else ():
            name = re.sub(r"\[[^\]]*\]", "[]", field["option"])
            items = [one for one in (field["before"], field["after"]) if isinstance(one, dict)]
            found |= {name, name.removesuffix("[]")}
            found.update(option for one in items for option in options_of(one, name + "."))
    return found


def filled(value: t.Any, words: dict[str, str]) -> t.Any:
    if isinstance(value, dict):
        return {key: filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    return value.format(**words) if isinstance(value, str) else value


@pytest.fixture
def words(module, unique, tmp_path) -> dict[str, str]:
    """What the words in braces stand for. The networks and filters are there."""
    words = {"name": unique, "folder": str(tmp_path)}
    for name in ("a", "b"):
        subprocess.run(["qemu-img", "create", "-q", "-f", "raw", tmp_path / name, "1M"], check=True)
    words |= {name: f"{unique}{name}" for name in ("lan", "dmz", "filter", "other")}
    networks = [{"name": words[name], "forward": {"mode": "isolated"}} for name in ("lan", "dmz")]
    rules = [{"action": "accept", "direction": "inout", "protocol": "ip"}]
    filters = [{"name": words[name], "rules": rules} for name in ("filter", "other")]
    module.start("converge", networks=networks, nwfilters=filters).result()
    return words


@pytest.mark.parametrize("name", CHANGES)
def test_a_live_option_changes_while_the_object_is_active(module, unique, words, name):
    change = CHANGES[name]
    before, after = filled(change.before, words), filled(change.after, words)
    base = guest(unique) if change.noun == "domain" else {"name": unique, "forward": {"mode": "isolated"}}
    module(change.noun, **{**base, **before})
    result = settle(module, change.noun, **{**base, **after})
    assert not result["restart_required"], result["pending"]
    assert claimed(change) - changed(result) == set()
