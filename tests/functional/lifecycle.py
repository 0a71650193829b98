# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module has to do at every step: predict exactly in check mode, do it, and find nothing left to do."""

from __future__ import annotations

import typing as t

from .module_runner import ModuleRunner


def settle(module: ModuleRunner, noun: str, /, **options: t.Any) -> dict[str, t.Any]:
    """Real run, second run; returns the real run's result. Each is predicted in check mode by ``module`` itself."""
    real = module(noun, **options)
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


def warnings(result: dict[str, t.Any]) -> list[str]:
    """What the user was told besides. A warning is a text, or since ansible-core 2.19 what happened."""
    told = [one if isinstance(one, str) else one["event"]["msg"] for one in result.get("warnings", ())]
    return [text for text in told if "This host has no KVM" not in text]
