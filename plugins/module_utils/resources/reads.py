# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads of the host that are made when somebody asks, and then remembered."""

from __future__ import annotations

import contextlib
import functools
import typing as t

from ..connection import explain
from ..deps import libvirt

MethodT = t.TypeVar("MethodT", bound=t.Callable[..., t.Any])


def remembered(method: MethodT) -> MethodT:
    """Each question is asked once."""

    @functools.wraps(method)
    def answer(self: Reads, *question: t.Any) -> t.Any:
        key = (method.__name__, question)
        if key not in self._answers:
            self._answers[key] = method(self, *question)
        return self._answers[key]

    return t.cast(MethodT, answer)


class Reads:
    """What reads through ``connection`` and, where the URI is ``local``, the host's files."""

    def __init__(self, connection: t.Any, local: bool) -> None:
        self.local = local
        self._connection = connection
        self._answers: t.Dict[t.Any, t.Any] = {}


@contextlib.contextmanager
def explained(where: str) -> t.Iterator[None]:
    """Within it libvirt's errors are ours, about ``where``."""
    try:
        yield
    except libvirt.libvirtError as exc:
        raise explain(exc, where) from exc


def first_bytes(connection: t.Any, volume: t.Any, length: int) -> bytes:
    """What is at the beginning of a ``virStorageVol``."""
    stream = connection.newStream(0)
    volume.download(stream, 0, min(length, volume.info()[1]), 0)
    chunks: t.List[bytes] = []
    stream.recvAll(lambda _stream, data, _opaque: chunks.append(data), None)
    stream.finish()
    return b"".join(chunks)
