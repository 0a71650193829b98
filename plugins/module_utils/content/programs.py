# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running the distribution's own tools."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import typing as t

from ..errors import FleetError, MissingDependency, NoSpace, SourceError

#: Program: the packages that bring it on the Debian and on the Red Hat side.
_PACKAGES = {
    "openssl": "openssl",
    "qemu-img": "qemu-utils or qemu-img",
    "sasldblistusers2": "sasl2-bin or cyrus-sasl-lib",
    "saslpasswd2": "sasl2-bin or cyrus-sasl-lib",
    "xorriso": "xorriso",
    "zstd": "zstd",
}


def missing(program: str) -> MissingDependency:
    """The error of a program that is not installed."""
    packages = _PACKAGES[program]
    return MissingDependency(
        f"the program {program} is not installed", remedy=f"Install the package {packages} on the host"
    )


def is_there(program: str) -> bool:
    """Whether :func:`start` would find it."""
    return shutil.which(program) is not None


def start(program: str, *arguments: str, **channels: t.Any) -> subprocess.Popen[bytes]:
    """The running program, with messages in English. :raises MissingDependency: it is not installed."""
    try:
        return subprocess.Popen([program, *arguments], env={**os.environ, "LC_ALL": "C"}, **channels)
    except FileNotFoundError as exc:
        raise missing(program) from exc


def run(program: str, *arguments: str, data: bytes = b"") -> bytes:
    """What the program, given ``data`` on its standard input, writes to its standard output.

    :raises MissingDependency: it is not installed.
    :raises NoSpace, SourceError: it failed; the last line of its messages says why.
    """
    process = start(program, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, messages = process.communicate(data)
    if process.returncode:
        raise failure(program, messages)
    return output


def failure(program: str, messages: bytes) -> FleetError:
    """The error that the last line of a program's messages reports."""
    lines = messages.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "failed without a message")
    what = f"{program}: {last[len(program) + 1 :].strip() if last.startswith(program + ':') else last}"
    if os.strerror(errno.ENOSPC) in last:  # these programs have no exit code for it
        return NoSpace(what, remedy="Free some space in the file system of the working directory")
    return SourceError(what, remedy="Check that the file is whole and of the expected kind")
