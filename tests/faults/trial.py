# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One scenario, killed at one moment after another, and what the next run makes of it."""

from __future__ import annotations

import dataclasses
import typing as t

from .host import Host, Seen
from .runs import Runs, message
from .scenarios import SECRETS, Options, Scenario

#: How the moments begin after which most would be left, if anything were: the worst first.
WORST = (
    "after virStreamSend",
    "after virDomainUndefine",
    "after virStorageVolCreate",
    "after virStorageVolDelete",
    "before os.link",
    "after virDomainSnapshot",
    "after virDomainDestroy",
    "after virNetworkDestroy",
    "after virStoragePoolDestroy",
    "after virSecretSetValue",
    "before os.rename",
    "started ",
    "after open ",
    "before os.rmdir",
)


@dataclasses.dataclass
class Tally:
    """``survived``: the next run brought all to what it would have been, and a second one changed nothing.
    ``clean``: and nothing was left besides."""

    tried: int = 0
    survived: int = 0
    clean: int = 0


@dataclasses.dataclass
class Trials:
    """All trials of one scenario."""

    scenario: Scenario
    host: Host
    runs: Runs
    tally: Tally = dataclasses.field(default_factory=Tally)
    _options: Options = dataclasses.field(default_factory=dict, init=False)

    def moments(self, *before: int) -> list[str]:
        """What the moments of the run are called; of the next one, when it was killed at moment ``before``. It ends."""
        self._begin(before)
        return self.runs.moments(self.scenario.module, **self._options)

    def trial(self, expected: Seen, *numbers: int) -> str:
        """Kill the run at a moment, and the next one if there is another number; says what is wrong after the run that
        follows, or nothing."""
        self.tally.tried += 1
        self._begin(numbers)
        left, told, files = self.host.seen(), self.host.tells(*SECRETS), self.host.inodes()
        try:
            result = self.runs(self.scenario.module, **self._options)  # predicted in check mode
            second = self.runs.only(self.scenario.module, **self._options)
        except AssertionError as exc:
            return f"the next run fails: {message(exc)}"
        wrong, extra = _differences(expected, self.host.seen())
        again = self.scenario.settles and second["changed"]
        self.tally.survived += not wrong and not again
        self.tally.clean += not wrong and not again and not extra
        if wrong or extra:
            return "\n".join(["the next run does not mend:", *wrong, *extra])
        if again:
            return f"the second run changes something: {second['actions']}"
        if self.scenario.settles and result["changed"] != (left != expected):
            there = "\n".join(sum(_differences(expected, left), []))
            return f"the next run says changed={result['changed']} of what was left:\n{there}\n{result['actions']}"
        replaced = [path for path, inode in self.host.inodes().items() if files.get(path, inode) != inode]
        needless = [path for path in replaced if left[path] == expected[path]]
        if needless and self.scenario.settles:  # going back makes it each time
            return f"what was whole is made anew: {', '.join(needless)}"
        return f"a secret is left in {', '.join(told)}" if told else ""

    def _begin(self, numbers: t.Iterable[int] = ()) -> None:
        """On an empty host; then the runs that are killed at these moments, or at earlier ones if there are fewer."""
        wanted = list(numbers)
        while True:
            self.host.be_empty()
            more = self.scenario.prepare(self.host, Runs(self.runs.module).only)
            self._options = {**self.scenario.options, **(more or {})}
            for position, number in enumerate(wanted):
                if not self.runs.killed(number, self.scenario.module, **self._options):
                    wanted[position] = number // 2
                    break
            else:
                return


def chosen(moments: t.Sequence[str], every: bool) -> list[int]:
    """The numbers of the moments to try: all, or one of the worst kind that there is."""
    numbers = list(range(1, len(moments) + 1))
    if every:
        return numbers
    kinds = [[number for number in numbers if moments[number - 1].startswith(kind)] for kind in WORST]
    worst = next(filter(None, kinds), numbers)
    return [worst[len(worst) // 2]]


def _differences(expected: Seen, seen: Seen) -> tuple[list[str], list[str]]:
    """What is missing or another, and what is there besides."""
    wrong = [
        f"  {name}: {seen.get(name)!r}, not {expected[name]!r}" for name in expected if seen.get(name) != expected[name]
    ]
    return wrong, [f"  left: {name} {seen[name]}" for name in seen if name not in expected]
