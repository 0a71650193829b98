# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The private host that rows are measured on: its folder, what libvirt has, and what the rows change by hand."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import tempfile
import typing as t

import libvirt

from . import documents, payload, playbooks
from .playbooks import Playbook

URI = "qemu:///system"


@dataclasses.dataclass(frozen=True)
class Host:
    """This host, with a folder for playbooks and images that goes with the measuring."""

    folder: pathlib.Path

    def converge(self, name: str, document: t.Mapping[str, t.Any], **how: t.Any) -> Playbook:
        return playbooks.converge(self.folder / name, document, **how)

    def ping(self) -> Playbook:
        return playbooks.ping(self.folder)

    def payload(self, playbook: Playbook) -> payload.Payload:
        return payload.of(playbook, self.folder)

    def guests(self, count: int, running: int = 0) -> tuple[documents.Document, Playbook]:
        """Bring up that many guests, and the playbook that from then on has nothing to do.

        :raises RuntimeError: libvirt itself does not see them.
        """
        document = documents.document(count, self.folder, running=running)
        noop = self.converge(f"guests-{count}", document)
        noop.but(changed=True).run()
        seen = virsh("list", "--all", "--name").split(), virsh("list", "--name").split()
        if [len(names) for names in seen] != [count, running]:
            raise RuntimeError(f"{count} guests, {running} of them running, were declared; there are {seen}")
        return document, noop


def virsh(*arguments: str) -> str:
    """What ``virsh`` prints."""
    return subprocess.run(["virsh", "--quiet", *arguments], check=True, capture_output=True, text=True).stdout


def folder() -> tempfile.TemporaryDirectory[str]:
    """Where a host's images and playbooks are, until it is left."""
    return tempfile.TemporaryDirectory(prefix="bench-")


def remove_guests() -> None:
    """All domains and all volumes but the images that the others are based on. Networks and pools stay."""
    connection = libvirt.open(URI)
    try:
        for domain in connection.listAllDomains():
            if domain.isActive():
                domain.destroy()
            domain.undefine()
        for pool in connection.listAllStoragePools():
            for volume in pool.listAllVolumes():
                if volume.name() != documents.BASE:
                    volume.delete()
    finally:
        connection.close()
