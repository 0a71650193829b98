# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private host within the private host, whose /etc and daemons a role may change: no other test sees it."""

from __future__ import annotations

import pathlib
import re
import typing as t

from .agent import ROOT, Agent

#: A copy of /etc in memory over the machine's own, without its certificates.
OWN_ETC = """
set -e
etc=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$etc"
cp -ax /etc/. "$etc"
mount --rbind /etc/libvirt "$etc/libvirt"
mount --move "$etc" /etc
rmdir "$etc"
rm -rf /etc/pki
"""


class RoleHost(Agent):
    """``host.run("virsh", "list")`` and ``host.play(["users"], kvm_host_users=[…])``, until it is closed."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder, str(ROOT / "tests/private_host.sh"))
        self.shell(OWN_ETC)

    def play(self, concerns: t.Sequence[str], *arguments: str, times: int = 1, **variables: t.Any) -> Play:
        """Run concerns (task files) of the role ``kvm_host`` there, as ansible-playbook does, maybe several times."""
        tasks = [
            {"ansible.builtin.setup": {"gather_subset": ["!all", "!min", "distribution", "platform"]}},
            {"kvm.fleet.host_info": {}, "register": "__kvm_host_found"},
            *(
                {"ansible.builtin.include_role": {"name": "kvm.fleet.kvm_host", "tasks_from": concern}}
                for concern in concerns
            ),
        ]
        play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
        return Play(self.playbook([play] * times, *arguments).text)

    def settle(self, *concerns: str, **variables: t.Any) -> None:
        """Check mode that says what comes and does not do it, the real run, and a run that finds nothing to do."""
        (predicted,) = self.play(concerns, "--check", **variables).changes()
        twice = self.play(concerns, times=2, **variables)
        real, again = twice.changes()
        assert predicted, "nothing to do at all"
        assert predicted == real, twice.text
        assert not again, twice.text


class Play(t.NamedTuple):
    """What ansible-playbook printed."""

    text: str

    def changes(self) -> list[list[str]]:
        """The tasks that changed something, of each run; a failed play fails the test."""
        assert "failed=0" in self.text and "unreachable=0" in self.text, self.text
        runs = self.text.partition("PLAY RECAP")[0].split("PLAY [")[1:]
        return [self._changed(run) for run in runs]

    def refusal(self) -> str:
        """Why the play failed, which it has to."""
        assert "failed=1" in self.text, self.text
        return self.text

    @staticmethod
    def _changed(run: str) -> list[str]:
        tasks = run.split("\nTASK [")[1:]
        return [task.partition("]")[0] for task in tasks if re.search(r"^changed: ", task, re.MULTILINE)]
