# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands and playbooks on a host of a test: a process that runs there (this file as a program), and what asks it.

``ansible-playbook`` takes a second before it does anything, and packs each module anew. The process has Ansible
imported and forks for each playbook: the same entry point, the same arguments, the same output.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback
import typing as t
import warnings

ROOT = pathlib.Path(__file__).parents[2]
HERE = pathlib.Path(__file__).parent

#: Where the callback plugin writes each task's result (callback/results.py).
RESULTS = "KVM_FLEET_RESULTS"

Plays = t.Sequence[dict[str, t.Any]]
Answer = tuple[int, str, str]


class Played(t.NamedTuple):
    """A playbook that was run: its exit status, what it printed, and each task's result by the name of the task."""

    rc: int
    text: str
    results: dict[str, dict[str, t.Any]]


class Agent:
    """``agent.run("virsh", "list")`` and ``agent.playbook([{"hosts": "localhost", …}])``, until it is closed.

    :arg prefix: the command that starts another on the host; none: it is this one.
    :arg environment: what Ansible is imported with.
    """

    def __init__(self, folder: pathlib.Path, *prefix: str, **environment: str) -> None:
        self.folder = folder
        program = [*prefix, sys.executable, __file__, str(folder)]
        env = {**os.environ, **environment}
        self._process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def close(self) -> None:
        t.cast(t.IO[str], self._process.stdin).close()
        self._process.wait()

    def run(self, *command: str, fails: bool | None = False, stdin: str = "") -> str:
        """What a command prints to both its outputs. A command that fails when it should not fails the test."""
        rc, out, err = self._ask(command=[*map(str, command)], stdin=stdin)
        assert fails is None or (rc != 0) == fails, f"{command} (rc {rc})\n{out}{err}"
        return out + err

    def shell(self, script: str, fails: bool | None = False) -> str:
        return self.run("bash", "-c", script, fails=fails)

    def playbook(self, plays: Plays, *arguments: str, **keywords: t.Any) -> Played:
        """Run plays on the host itself. The keywords are those of :meth:`ansible_playbook`."""
        playbook = self.folder / "playbook.json"
        playbook.write_text(json.dumps(plays))
        return self.ansible_playbook("-i", "localhost,", "-c", "local", *arguments, playbook, **keywords)

    def ansible_playbook(self, *arguments: t.Any, warm: bool = True, **environment: str) -> Played:
        """What ``ansible-playbook`` with these arguments does.

        :arg warm: modules are run by a Python that has imported most of what they need already (warm_python.py).
        """
        results = self.folder / "results"
        results.write_text("")
        rc, out, err = self._ask(
            arguments=[*map(str, arguments)], environment={RESULTS: str(results), **environment}, warm=warm
        )
        return Played(rc, out + err, dict(json.loads(line) for line in results.read_text().splitlines()))

    def _ask(self, **what: t.Any) -> tuple[int, str, str]:
        stdin, stdout = t.cast(t.IO[str], self._process.stdin), t.cast(t.IO[str], self._process.stdout)
        print(json.dumps(what), file=stdin, flush=True)
        rc, out, err = json.loads(stdout.readline())
        return rc, out, err


def _main(folder: pathlib.Path) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nothing else is an answer
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(_run(**asked) if "command" in asked else _play(folder, **asked)), file=answers, flush=True)


def _run(command: list[str], stdin: str) -> Answer:
    more: dict[str, t.Any] = {"input": stdin} if stdin else {"stdin": subprocess.DEVNULL}
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    return done.returncode, done.stdout, done.stderr


def _play(folder: pathlib.Path, arguments: list[str], environment: dict[str, str], warm: bool) -> Answer:
    _import_ansible(folder)
    if warm:
        environment = {**_warm_python(folder / "warm"), **environment}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        pid = os.fork()
        if not pid:
            _be_ansible_playbook(arguments, environment, out.fileno(), err.fileno())
        rc = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        for file in (out, err):
            file.seek(0)
        return rc, out.read(), err.read()


def _be_ansible_playbook(arguments: list[str], environment: dict[str, str], out: int, err: int) -> t.NoReturn:
    """The child's whole life. What the parent cleans up at its end is not the child's to clean up."""
    status: t.Any = 1
    try:
        os.environ.update(environment)
        os.dup2(out, 1)
        os.dup2(err, 2)
        from ansible.cli.playbook import PlaybookCLI

        PlaybookCLI.cli_executor(["ansible-playbook", *arguments])
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


@functools.cache
def _import_ansible(folder: pathlib.Path) -> None:
    """With the plugins of every play, which ``ansible-playbook`` imports as it goes along."""
    usual = {
        "ANSIBLE_CALLBACKS_ENABLED": "results",
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache/collections"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
    }
    os.environ.update({name: value for name, value in usual.items() if name not in os.environ})
    importlib.import_module("ansible.cli.playbook")
    from ansible.plugins import loader

    loader.init_plugin_loader()
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    for plugins, names in {
        loader.action_loader: ("assert", "command", "copy", "debug", "normal", "set_fact", "template"),
        loader.cache_loader: ("memory",),
        loader.callback_loader: ("default",),
        loader.connection_loader: ("local",),
        loader.shell_loader: ("sh",),
        loader.strategy_loader: ("linear",),
    }.items():
        for name in names:
            plugins.get(f"ansible.builtin.{name}", class_only=True)
    gc.disable()  # neither this nor any of its children makes garbage worth a look at all that they share


@functools.cache
def _warm_python(folder: pathlib.Path) -> dict[str, str]:
    """Starts it; returns the environment in which ``ansible-playbook`` runs modules with it."""
    import ansible

    folder.mkdir()
    # As on a host: the distribution's Python, with the distribution's libvirt and lxml.
    program = ["/usr/bin/python3", "-I", str(HERE / "warm_python.py"), str(folder), os.path.dirname(ansible.__file__)]
    server = subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert t.cast(t.IO[str], server.stdout).readline() == "ready\n"
    atexit.register(server.kill)
    return {"ANSIBLE_PIPELINING": "true", "ANSIBLE_PYTHON_INTERPRETER": str(folder / "python3")}


if __name__ == "__main__":
    _main(pathlib.Path(sys.argv[1]))
