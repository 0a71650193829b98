# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with 100 guests, 20 of them running: nothing to do, compared with Ansible's least and with the peer."""

from __future__ import annotations

import shutil

from .. import payload, playbooks
from ..host import Host, virsh
from ..measure import Figure, Sample, alternate, ratio, times_faster

GUESTS, RUNNING = 100, 20

#: community.libvirt, where `tools/setup.sh bench` puts it. It runs with the same ansible-core as ours.
PEERS = playbooks.ROOT / ".cache/peers"

#: A run of the peer takes most of a minute.
PEER_REPEAT = 3
FIRST_REPEAT = 3


class Hundred:
    """100 domains, 100 overlays of 3 images, 5 networks, 3 pools."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.document, self.noop = host.guests(GUESTS, RUNNING)
        self.ping = host.ping()

    def measure_noop(self) -> list[Figure]:
        """Against a ping."""
        return [ratio(*alternate(self.noop.seconds, self.ping.seconds))]

    def measure_kept_code(self) -> list[Figure]:
        """All domains and one, each against the same with the code sent anew."""
        one = self.host.converge("one", {"domains": self.document["domains"][:1]})
        return [ratio(*alternate(noop.seconds, _sent_anew(noop).seconds)) for noop in (self.noop, one)]

    def measure_peer(self) -> list[Figure]:
        """Against community.libvirt, whose playbook declares the domains alone, by what libvirt says of them."""
        peer = self.peer()
        return [times_faster(*alternate(self.noop.seconds, peer.seconds, PEER_REPEAT, warm_up=False))]

    def peer(self) -> playbooks.Playbook:
        """The same domains through ``community.libvirt.virt``, an item each, with the XML that the host has of them."""
        folder = self.host.folder / "peer"
        (folder / "domains").mkdir(parents=True)
        names = [domain["name"] for domain in self.document["domains"]]
        for name in names:
            (folder / f"domains/{name}.xml").write_text(virsh("dumpxml", "--inactive", name))
        define = {"command": "define", "xml": "{{ lookup('ansible.builtin.file', 'domains/' ~ item ~ '.xml') }}"}
        task = {"name": "Define the domains", "community.libvirt.virt": define, "loop": "{{ bench_names }}"}
        return playbooks.write(
            folder,
            task,
            {"bench_names": names},
            environment={"ANSIBLE_COLLECTIONS_PATH": str(PEERS)},
        )

    def measure_check_diff(self) -> list[Figure]:
        """Check mode with a diff of all domains changed, against nothing to do."""
        domains = [dict(domain, title="Changed", memory="48MiB") for domain in self.document["domains"]]
        check = self.host.converge("check", dict(self.document, domains=domains), changed=True)
        check = check.but(options=(*check.options, "--check", "--diff"))
        shown = check.run().count("title: ")
        if shown < GUESTS:
            raise RuntimeError(f"the diff shows {shown} changes of {GUESTS} domains")
        return [ratio(*alternate(check.seconds, self.noop.seconds))]

    def measure_start(self) -> list[Figure]:
        """What has to be sent and imported before the module's own work begins, and what of it Ansible needs anyway.

        The host keeps the collection's code from an earlier run; what sending it costs once is told besides.
        """
        ours, pings = self.host.payload(self.noop), self.host.payload(self.ping)
        imports, its = alternate(ours.import_ms, pings.import_ms)
        imports, its = Sample(imports.values, "ms"), Sample(its.values, "ms")
        first, later = alternate(self._first_contact, self.noop.seconds, FIRST_REPEAT)
        once = {"first": first.public(), "later": later.public(), "more_seconds": first.median - later.median}
        return [
            Figure.of(imports, of_a_ping_ms=its.median, ours_alone_ms=imports.median - its.median, first_run=once),
            Figure.of(Sample((ours.kib,), "KiB"), of_a_ping_kib=pings.kib),
        ]

    def _first_contact(self) -> float:
        """Nothing to do, on a host that has not got the collection's code yet."""
        for version in payload.KEPT.iterdir():
            shutil.rmtree(version)
        return self.noop.seconds()


def _sent_anew(playbook: playbooks.Playbook) -> playbooks.Playbook:
    """The same without the code that the host keeps."""
    return playbook.but(options=(*playbook.options, "--extra-vars", "kvm_fleet_keep_code=false"))
