# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test the collection with every supported ansible-core: ``test_ansible.py [2.16 2.21]``, without arguments all.

Which there are says the package index: of each minor version from ``requires_ansible`` on the newest release, with each
of the Pythons that it is made for and that a supported Debian has. Each has a virtual environment in
``.cache/ansible-<version>-<Python>``, and runs ansible-test's sanity tests, the unit tests, and tests/ansible_core on a
private host. At the end the table of what came of it is printed and, of a run of all, written into README.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import typing as t

import check

ROOT = pathlib.Path(check.ROOT)
CACHE = ROOT / ".cache"
README = ROOT / "README.md"
BEGIN, END = "<!-- make test-ansible writes this -->\n", "<!-- until here -->\n"

#: The distributions whose Pythons the controller may have.
DEBIANS = {"3.11": "bookworm", "3.13": "trixie"}
#: What else the tests need, as pinned for the development's own environment, where the ansible-core does not forbid it.
TESTS_NEED = ("pytest",)
#: The sanity tests whose outcome depends on what ansible-core understands. The others are rules of style for Pythons
#: that each version still had; `make lint` runs all of the pinned one.
SANITY = ("ansible-doc", "compile", "import", "runtime-metadata", "validate-modules", "yamllint")
#: By minor version one that it cannot do, and why.
LEFT_OUT = {"2.16": ("validate-modules", "it does not know choices that have a description each")}
STAGES = ("sanity", "unit", "functional")


@dataclasses.dataclass(frozen=True)
class Core:
    """An ansible-core with a Python that it is made for."""

    version: str
    python: str

    @property
    def name(self) -> str:
        return f"{self.version} on {self.python}"

    @property
    def minor(self) -> str:
        return ".".join(self.version.split(".")[:2])

    @property
    def venv(self) -> pathlib.Path:
        return CACHE / f"ansible-{self.version}-{self.python}"

    def checks(self) -> list[check.Check]:
        left_out = LEFT_OUT.get(self.minor, ())
        commands = {
            "sanity": ["tools/sanity.sh", *(f"--test={test}" for test in SANITY if test not in left_out)],
            "unit": check._pytest("tests/unit"),
            "functional": check._on_private_host("tests/ansible_core", "--every-way"),
        }
        return [check.Check(f"{self.name}, {stage}", [*self.within(), *commands[stage]], 1.0, 100) for stage in STAGES]

    def within(self) -> list[str]:
        """What comes before a command that is to find this ansible-core, and only it."""
        return [*on_debian(self.python), "env", f"PATH={self.venv}/bin:/usr/sbin:/usr/bin:/sbin:/bin"]


def on_debian(python: str) -> list[str]:
    """What comes before a command that is to run on the Debian with that Python: nothing, if this machine is one."""
    if DEBIANS[python] == this_debian():
        return []
    return ["tools/in_debian.sh", DEBIANS[python]]


def this_debian() -> str:
    return dict(line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().split("\n") if "=" in line)[
        "VERSION_CODENAME"
    ].strip('"')


def found(python: str) -> list[Core]:
    """The newest release of each minor version, as far as it is made for that Python; the oldest first."""
    asked = ["index", "versions", "ansible-core", "--python-version", python]
    listed = re.search(r"^Available versions: (.*)$", pip(*asked), re.M)
    if listed is None:
        raise SystemExit("test-ansible: the package index does not tell which versions of ansible-core there are")
    newest: dict[tuple[int, int], str] = {}
    for version in listed[1].split(", "):  # the newest come first
        newest.setdefault(_minor(version), version)
    versions = [newest[minor] for minor in sorted(newest) if minor >= _minor(oldest())]
    return [Core(version, python) for version in versions if python in made_for(version, python)]


def _minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def oldest() -> str:
    """What meta/runtime.yml requires."""
    required = re.search(r'requires_ansible: ">=([\d.]+)"', (ROOT / "meta/runtime.yml").read_text())
    assert required
    return required[1]


def made_for(version: str, python: str) -> list[str]:
    """The Pythons that a release names as those it is made for; pip would install it with others too."""
    asked = [
        "install",
        "--quiet",
        "--dry-run",
        "--no-deps",
        "--ignore-installed",
        "--ignore-requires-python",
        "--report=-",
        "--only-binary=:all:",
    ]
    report = pip(*asked, f"--python-version={python}", "--target=/nonexistent", f"ansible-core=={version}")
    (one,) = json.loads(report)["install"]
    return re.findall(r"^Programming Language :: Python :: (3\.\d+)$", "\n".join(one["metadata"]["classifier"]), re.M)


def pip(*arguments: str) -> str:
    program = [CACHE / "venv/bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    return subprocess.run(program, check=True, capture_output=True, text=True).stdout


def pins() -> str:
    """The pinned versions of the development's environment, but of what ansible-core itself chooses."""
    lines = [line for name in ("", "-dev") for line in (ROOT / f"requirements{name}.txt").read_text().split("\n")]
    pinned = [line for line in lines if "==" in line and not re.match("ansible-core|resolvelib", line)]
    return "\n".join(pinned) + "\n"


def prepare(core: Core) -> None:
    """Make its environment, if it is not there or was made with other pins."""
    stamp, made_with = core.venv / "made-with", f"{core.name}\n{pins()}"
    if stamp.is_file() and stamp.read_text() == made_with:
        return
    print(
        f"installing ansible-core {core.version} for Python {core.python} into {core.venv.relative_to(ROOT)}",
        flush=True,
    )
    shutil.rmtree(core.venv, ignore_errors=True)
    wheels, constraints = CACHE / f"wheels-{core.version}-{core.python}", CACHE / "test-ansible-constraints.txt"
    constraints.write_text(pins())
    wanted = [f"ansible-core=={core.version}", *TESTS_NEED]
    # The index is asked on this machine, as it is set up here.
    pip("download", "--quiet", f"--dest={wheels}", f"--constraint={constraints}", "--only-binary=:all:",
        f"--python-version={core.python}", *wanted)  # fmt: skip
    debian = on_debian(core.python)
    subprocess.run(
        [*debian, "/usr/bin/python3", "-m", "venv", "--system-site-packages", core.venv], check=True, cwd=ROOT
    )
    subprocess.run(
        [*debian, f"{core.venv}/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install",
         "--ignore-installed", "--no-index", f"--find-links={wheels}", *wanted],
        check=True, cwd=ROOT,
    )  # fmt: skip
    shutil.rmtree(wheels)
    stamp.write_text(made_with)


def table(cores: t.Sequence[Core], done: t.Mapping[str, check.Running]) -> str:
    """What came of each, as Markdown."""
    lines = ["| ansible-core | Python | sanity | unit tests | functional core | seconds |", "|---|---|---|---|---|---|"]
    for core in cores:
        runs = [done[one.name] for one in core.checks()]
        cells = [core.version, core.python, *map(outcome, runs), f"{sum(one.seconds for one in runs):.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    for minor in dict.fromkeys(core.minor for core in cores if core.minor in LEFT_OUT):
        test, why = LEFT_OUT[minor]
        lines.append(f"\n{minor} without ansible-test's {test}: {why}.")
    return "\n".join(lines) + "\n"


def outcome(run: check.Running) -> str:
    counts = run.counts()
    if run.process.returncode or counts["failed"] or counts["skipped"]:
        return f"**{counts['failed']} failed, {counts['skipped']} skipped**"
    return "passed" if "pytest" not in run.check.command else f"{counts['passed']} passed"


def write_down(text: str) -> None:
    """Put the table into the README, in the place of the one that is there."""
    readme = README.read_text()
    before, rest = readme.partition(BEGIN)[::2]
    end, after = rest.partition(END)[1:]
    if not end:
        raise SystemExit(f"test-ansible: README.md has no lines '{BEGIN.strip()}' and '{END.strip()}' to write between")
    README.write_text(f"{before}{BEGIN}{text}{END}{after}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("versions", nargs="*", metavar="VERSION", help="minor versions, such as 2.16; none: all")
    parser.add_argument("--python", choices=DEBIANS, help="only with this one")
    parser.add_argument("--stage", choices=STAGES, help="only these tests")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # takes what runs along

    cores = [core for python in DEBIANS if options.python in (None, python) for core in found(python)]
    if options.versions:
        cores = [core for core in cores if core.minor in options.versions]
    print("ansible-core", ", ".join(core.name for core in cores), flush=True)
    for core in cores:
        prepare(core)
    checks = [
        one for core in cores for one in core.checks() if options.stage is None or one.name.endswith(options.stage)
    ]
    done = {one.check.name: one for one in check.run(checks, check.Passed())}
    if options.stage is None:
        print(f"\n{table(cores, done)}")
        if not options.versions and options.python is None:
            write_down(table(cores, done))
    return int(any("**" in outcome(one) for one in done.values()))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
