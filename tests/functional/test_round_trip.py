# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains made of whatever the planner's cases declare, mixed: told as what declares them, nothing is to do for them
here, and equal ones come out elsewhere."""

from __future__ import annotations

import random
import typing as t

from ..adoption.compare import differences
from ..unit.plan import case_files
from .other_host import elsewhere
from .test_adopt import with_secrets
from .test_domain import guest

#: Options that say what happens to a domain, not what it is; and what has to do with other objects of the host.
NOT_MIXED = (
    "name",
    "state",
    "uuid",
    "restart",
    "force",
    "shutdown_timeout",
    "remove_volumes",
    "cloud_init",
    "wait",
    "xml",
)

#: One is reproduced by its number.
SEEDS = range(6)


def values() -> dict[str, list[t.Any]]:
    """What the cases of domains declare, by the option: every value once."""
    found: dict[str, list[t.Any]] = {}
    for path in case_files.PATHS:
        case = case_files.read(path)
        if path.parent.name != "domain" or "error" in case or "also" in case or "there" in case or "schema" in case:
            continue
        for option, value in case["declared"].items():
            if option not in NOT_MIXED and value not in found.setdefault(option, []):
                found[option].append(value)
    return found


def mixed(number: int) -> dict[str, t.Any]:
    """Options from all over the cases, one in three."""
    chance = random.Random(number)
    return {option: chance.choice(several) for option, several in sorted(values().items()) if chance.random() < 0.33}


def made_of(module, name: str, options: dict[str, t.Any], number: int) -> dict[str, t.Any]:
    """Define a domain of as many of the options as go together here; returns those."""
    chance = random.Random(number)
    waiting, taken = [[*options]], {}
    while waiting:
        some = waiting.pop()
        trial = {**taken, **{option: options[option] for option in some}}
        if not define(module, name, trial)["failed"]:
            taken = trial
        elif len(some) > 1:
            chance.shuffle(some)
            waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
    define(module, name, taken)  # what a trial left behind is gone
    return taken


def define(module, name: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """Define the domain anew, if libvirt takes it."""
    module.start("domain", name=name, state="absent").result()
    options = {"memory": "64MiB", "vcpus": 1, **options}
    return module.start("domain", **guest(name, state="stopped", **options)).result(fails=None)


def test_the_spec_of_a_random_domain_declares_it(module, virsh, unique):
    names, used = [], set()
    for number in SEEDS:
        name = f"{unique}-{number}"
        used |= {*made_of(module, name, mixed(number), number)}
        names += [name] * (name in virsh("list", "--all", "--name").split())
    assert len(names) == len(SEEDS) and len(used) > 40, sorted(used)
    told = module("domain_info", **{"as": "spec"})
    assert "warnings" not in told, told["warnings"]
    specs = [options for options in told["domains"] if options["name"] in names]
    for options in specs:
        applied = module("domain", check_mode=True, **options)
        assert not applied["changed"], (options, applied["diff"]["prepared"])
    commands = [["module", "domain", with_secrets(options)] for options in specs]
    there = elsewhere(commands + [["virsh", "dumpxml", "--inactive", options["name"]] for options in specs])
    for options, theirs in zip(specs, there[len(specs) :], strict=True):
        mine = virsh("dumpxml", "--inactive", options["name"])
        assert differences(mine, theirs) == [], options
