# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module has to do at every step: predict exactly in check mode, do it, and find nothing left to do."""

from __future__ import annotations

import typing as t

from .module_runner import ModuleRunner

PREDICTED = ("changed", "actions", "diff", "restart_required", "pending")


def settle(module: ModuleRunner, noun: str, /, **options: t.Any) -> dict[str, t.Any]:
    """Check, real run, second run; returns the real run's result. All three have to agree with each other."""
    predicted = module(noun, check_mode=True, **options)
    again = module(noun, check_mode=True, **options)
    assert {key: predicted[key] for key in PREDICTED} == {key: again[key] for key in PREDICTED}, (
        "check mode changed something"
    )
    real = module(noun, **options)
    assert {key: predicted[key] for key in PREDICTED} == {key: real[key] for key in PREDICTED}
    second = module(noun, **options)
    assert not second["changed"], second["diff"]["prepared"]
    assert second["pending"] == real["pending"]
    return real


def fields(result: dict[str, t.Any]) -> dict[str, tuple[t.Any, t.Any]]:
    """Every changed option with its values before and after."""
    return {
        field["option"]: (field["before"], field["after"]) for action in result["actions"] for field in action["fields"]
    }


def verbs(result: dict[str, t.Any]) -> list[str]:
    """What was done, in order."""
    return [action["verb"] for action in result["actions"]]
