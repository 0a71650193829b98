# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of ``kvm.fleet.host_bridges``: confirms a change by reaching the host again."""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.kvm.fleet.plugins.module_utils.bridges.rollback import DIRECTORY

display = Display()

#: Seconds between two attempts, at least and at most, and what a host gets beyond its timeout to be back as it was.
PAUSE, LONG_PAUSE, GRACE = 1, 15, 120
#: The module's default, in seconds.
TIMEOUT = 120


class ActionModule(ActionBase):
    """Runs the module, and once it has begun a change, again and again to confirm it."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: t.Any = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        result.update(self._execute_module(module_args=self._task.args, task_vars=task_vars))
        rollback = result.get("rollback") or {}
        if result.get("failed") or rollback.get("state") != "applying" or "token" not in rollback:
            return result
        timeout = int(self._task.args.get("timeout", TIMEOUT))
        result["rollback"] = outcome = self._confirm(rollback["token"], timeout, task_vars)
        if outcome["state"] != "confirmed":
            result.update(failed=True, changed=False, msg=explain(outcome, timeout))
        return result

    def _confirm(self, token: str, timeout: int, task_vars: t.Any) -> dict[str, str]:
        """The outcome, or ``{"state": "lost"}`` for a host that does not even come back."""
        deadline = time.monotonic() + timeout + GRACE
        seen = "no answer"
        took = 0.0
        self._give_up_soon()
        while time.monotonic() < deadline:
            time.sleep(min(max(PAUSE, took), LONG_PAUSE))  # a slow host has to apply the change, not only to answer
            began = time.monotonic()
            # Only a new connection proves that the host can be reached: one that is open may outlive its address.
            self._reset()
            try:
                answer = self._execute_module(module_args={"confirm": token}, task_vars=task_vars)
            except (AnsibleConnectionFailure, AnsibleError) as exc:
                seen = str(exc)
                display.vvv(f"host_bridges: the host does not answer: {seen}")
                continue
            finally:
                took = time.monotonic() - began
            rollback = answer.get("rollback") or {}
            if rollback.get("state") in ("confirmed", "undone"):
                return dict(rollback)
            if not rollback:
                # The connection broke in the middle of the module, or it has something to say.
                seen = str(answer.get("msg", answer))
                display.vvv(f"host_bridges: no confirmation: {seen}")
        return {"state": "lost", "missing": seen}

    def _give_up_soon(self) -> None:
        """A connection that the change cuts in the middle would hang until TCP tries again, minutes later."""
        with contextlib.suppress(KeyError, AttributeError):  # another connection than ssh
            given = self._connection.get_option("ssh_extra_args") or ""
            alive = "-o ServerAliveInterval=10 -o ServerAliveCountMax=3"
            self._connection.set_option("ssh_extra_args", f"{given} {alive}".strip())

    def _reset(self) -> None:
        try:
            self._connection.reset()
        except (AnsibleError, AttributeError, NotImplementedError) as exc:
            display.vvv(f"host_bridges: the connection cannot be reset: {exc}")


def explain(outcome: t.Mapping[str, str], timeout: int) -> str:
    """What became of a change that was not confirmed, why, and what to do."""
    missing = outcome.get("missing", "")
    if outcome["state"] == "lost":
        return (
            f"The host has not answered since its bridges were changed, not even {GRACE} s after the time at which it "
            f"restores its former configuration ({missing}). Look at its console: "
            f"{DIRECTORY}/log says what was done."
        )
    if outcome.get("reason") == "failed":
        log = "\n".join(outcome.get("log", "").splitlines()[-20:])
        return (
            f"The bridges could not be configured as declared, and the former configuration is back: {missing}\n{log}"
        )
    if outcome.get("reason") == "boot":
        return "The host was rebooted before its bridges were confirmed, and the former configuration is back."
    if missing:
        return (
            f"After {timeout} s the bridges were still not as declared: {missing}. The former configuration is back. "
            "Correct the declaration, or declare a longer timeout if the bridges only need more time."
        )
    return (
        f"The host was not reachable within {timeout} s after its bridges had been changed as declared, so that it "
        "restored its former configuration. Check that the declared addresses, the gateway and the VLAN are those of "
        "the network that its ports are plugged into."
    )
