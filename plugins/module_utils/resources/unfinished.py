# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes several steps, and would not show half done: recorded before the first step, forgotten after the last.

A run that finds such a record goes on from there: the run that wrote it was killed, or failed. (One that is running has
the lock of the runner.) A record is about the objects behind one URI; those of a remote URI are found from this machine
only.
"""

from __future__ import annotations

import contextlib
import typing as t

from . import record_files

_PLURAL = "unfinished"

#: Data of the steps, by kind of step and name of the object.
Steps = t.Mapping[t.Tuple[str, str], t.Mapping[str, t.Any]]


def begin(uri: str, step: str, name: str, **data: t.Any) -> None:
    """Record that ``step`` is about to be taken for the object. :raises FleetError: the record cannot be written."""
    record_files.write(_PLURAL, _key(uri, step, name), dict(data, uri=uri, step=step, name=name))


def end(uri: str, step: str, name: str) -> None:
    """It is done."""
    record_files.forget(_PLURAL, _key(uri, step, name))


@contextlib.contextmanager
def taken(uri: str, step: str, name: str, **data: t.Any) -> t.Iterator[None]:
    """Within it the step is taken. It stays recorded when that fails."""
    begin(uri, step, name, **data)
    yield
    end(uri, step, name)


def steps(uri: str) -> Steps:
    """All that is recorded and not done."""
    found = (data for data in record_files.every(_PLURAL) if data.get("uri") == uri)
    return {(str(data.get("step")), str(data.get("name"))): data for data in found}


def boot() -> str:
    """What identifies this boot of the machine (random(4))."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def run_of(local: bool, number: int) -> str:
    """What identifies a run of a domain, which libvirt counts from the start of its daemon on."""
    return f"{boot() if local else ''} {number}"


def _key(uri: str, step: str, name: str) -> str:
    return f"{uri} {step} {name}"
