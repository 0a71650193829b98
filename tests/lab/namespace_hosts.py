# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labs of namespace hosts (lab.sh): ``namespace_hosts.py up --hosts 10`` and ``namespace_hosts.py down``.

A lab is a directory with an inventory (``inventory.yml``), an ``ssh_config``, keys, the lab's ``pid`` and its ``log``.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pathlib
import select
import shlex
import shutil
import subprocess
import sys
import time
import typing as t

HERE = pathlib.Path(__file__).resolve().parent
DIRECTORY = HERE.parents[1] / ".cache" / "lab"
MOST = 253  # hosts: what 10.78.0.0/24 has addresses for, beside the lab's own
TIMEOUT = 180.0  # seconds, for all hosts: ten take about ten on two idle cores

SSH_CONFIG = """\
Host *
  User root
  IdentityFile "{directory}/id_ed25519"
  IdentitiesOnly yes
  UserKnownHostsFile "{directory}/known_hosts"
  StrictHostKeyChecking yes
  ProxyCommand '{here}/connect.sh' '{directory}' %h %p
  ProxyUseFdpass yes
  ControlMaster auto
  ControlPath "{directory}/cp/%n"
  ControlPersist 60
  LogLevel ERROR
"""

INVENTORY = """\
---
# Namespace hosts that `make lab-up` started; `make lab-down` ends them.
kvm_hosts:
  vars:
    ansible_ssh_common_args: -F "{{ inventory_dir }}/ssh_config"
    # Of this lab: other labs have the same addresses.
    ansible_control_path_dir: "{{ inventory_dir }}/cp"
    ansible_pipelining: true
    ansible_python_interpreter: /usr/bin/python3
  hosts:
"""


class LabError(Exception):
    """What is wrong with a lab, and what to do."""


class Lab:
    """``count`` hosts, ``host1`` to ``host<count>``, that go with this process unless :meth:`keep` is called."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory.absolute()
        self.inventory = self.directory / "inventory.yml"
        self.hosts: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    def down(self) -> str:
        """The command that ends this lab, and no other one."""
        if self.directory == DIRECTORY:
            return "make lab-down"
        return f"python3 tests/lab/namespace_hosts.py down --directory {shlex.quote(str(self.directory))}"

    def start(self, count: int) -> None:
        """Return when every host answers over SSH and its libvirt does.

        :raises LabError: there is a lab already, or it did not come up; then nothing of it is left.
        """
        if self._running():
            raise LabError(f"A lab is already running in {self.directory}: {self.down()}")
        self.stop()
        try:
            self.hosts = [f"host{number}" for number in range(1, count + 1)]
            self._write_files()
            with (self.directory / "log").open("w") as log:
                self._process = subprocess.Popen(
                    [*_as_root(), str(HERE / "lab.sh"), str(self.directory), str(count)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C is its owner's to handle
                )
            self._wait_until_up(self._process, time.monotonic() + TIMEOUT)
            for host, said in self.everywhere("virsh --connect qemu:///system version").items():
                if "Running hypervisor" not in said:
                    raise LabError(f"{host} does not answer: {said}")
        except BaseException:
            self.stop()
            raise

    def keep(self) -> None:
        """Let the lab outlive this process."""
        assert self._process and self._process.stdin
        self._process.stdin.write(b"keep\n")
        self._process.stdin.close()

    def stop(self) -> None:
        """End all hosts, wait until every process of theirs is gone, and remove the directory. No lab is no error.

        :raises LabError: the directory is something else.
        """
        if not self.directory.exists():
            return
        pid = self.directory / "pid"
        if not pid.exists():
            raise LabError(f"{self.directory} is not a lab; it is left alone")
        running = self._running()
        if running:
            number = pid.read_text().strip()
            # Process 1 of the lab; its parent ends when the kernel has cleared away all that was in it.
            first = pathlib.Path(f"/proc/{number}/task/{number}/children").read_text().split()
            subprocess.run([*_as_root(), "kill", "-KILL", *(first or [number])], check=True)
            select.select([running], [], [])
            os.close(running)
        if self._process:
            self._process.communicate()
            self._process = None
        shutil.rmtree(self.directory)

    def ssh(self, host: str, command: str) -> str:
        """What a command says on a host. Raises ``AssertionError`` when it fails."""
        done = subprocess.run(self._ssh_command(host, command), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{host}: {command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def everywhere(self, command: str) -> dict[str, str]:
        """What a command says on each host, errors included; on all at the same time."""
        running = {
            host: subprocess.Popen(
                self._ssh_command(host, command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for host in self.hosts
        }
        return {host: process.communicate()[0].strip() for host, process in running.items()}

    def _ssh_command(self, host: str, command: str) -> list[str]:
        return ["ssh", "-n", "-F", str(self.directory / "ssh_config"), host, command]

    def _write_files(self) -> None:
        self.directory.mkdir(parents=True)
        (self.directory / "pid").touch()
        (self.directory / "mnt").mkdir()
        (self.directory / "cp").mkdir(mode=0o700)
        for key in ("id_ed25519", "host_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(self.directory / key)],
                check=True,
            )
        addresses = {host: f"10.78.0.{number}" for number, host in enumerate(self.hosts, 1)}
        names = ",".join([*addresses, *addresses.values()])
        (self.directory / "known_hosts").write_text(f"{names} {(self.directory / 'host_key.pub').read_text()}")
        aliases = "".join(f"Host {host}\n  HostName {address}\n" for host, address in addresses.items())
        (self.directory / "ssh_config").write_text(aliases + SSH_CONFIG.format(here=HERE, directory=self.directory))
        self.inventory.write_text(
            INVENTORY
            + "".join(f"    {host}: {{ansible_host: {ip}, ansible_user: root}}\n" for host, ip in addresses.items())
        )

    def _wait_until_up(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        assert process.stdout
        said = ""
        while waiting := {f"{host} up" for host in self.hosts} - set(said.splitlines()):
            ready = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]
            more = os.read(process.stdout.fileno(), 4096).decode() if ready else ""
            said += more
            if not more or " down" in more:
                log = (self.directory / "log").read_text().strip()
                raise LabError(f"The lab did not come up; it still waited for: {', '.join(sorted(waiting))}. {log}")

    def _running(self) -> int | None:
        """A handle (pidfd) of the lab's outermost process; ``None`` without one."""
        try:
            with (self.directory / "pid").open() as pid:
                handle = os.pidfd_open(int(pid.read() or 0))
                try:
                    fcntl.flock(pid, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return handle  # it lives, and it was the handle's process that locked the file
                os.close(handle)
        except (OSError, ValueError):
            pass
        return None


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "--"]


def main(arguments: t.Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("action", choices=["up", "down"])
    parser.add_argument("--hosts", type=int, default=3, metavar="N", help="how many (3)")
    parser.add_argument("--directory", type=pathlib.Path, default=DIRECTORY, help="of the lab (.cache/lab)")
    options = parser.parse_args(arguments)
    if not 1 <= options.hosts <= MOST:
        parser.error(f"--hosts: {options.hosts} is not between 1 and {MOST}")
    lab = Lab(options.directory)
    if options.action == "down":
        lab.stop()
        return
    started = time.monotonic()
    lab.start(options.hosts)
    lab.keep()
    directory = min(os.path.relpath(lab.directory), str(lab.directory), key=len)
    print(f"{options.hosts} hosts after {time.monotonic() - started:.1f} s.")
    print(f"  ssh -F {directory}/ssh_config host1")
    print(f"  .cache/venv/bin/ansible-playbook -i {directory}/inventory.yml PLAYBOOK")
    print(f"  {lab.down()}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except LabError as error:
        sys.exit(f"lab: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
