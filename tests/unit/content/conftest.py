# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A web server on loopback, small disks, and processes for what cannot be done in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t

import pytest

from ...web_site import Site


@pytest.fixture
def site() -> t.Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def secure_site(tmp_path: t.Any) -> t.Iterator[Site]:
    """The same over TLS, with a certificate of its own at ``secure_site.certificate``."""
    import ssl

    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    request = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test"
    subject = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*request.split(), *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site = Site(context)
    site.certificate = certificate  # type: ignore[attr-defined]
    yield site
    site.close()


PACKAGE = "ansible_collections.kvm.fleet.plugins.module_utils.content"


def start_python(code: str, *prefix: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", code.replace("PACKAGE", PACKAGE)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def other_process() -> t.Iterator[t.Callable[[str], subprocess.Popen[str]]]:
    """Start Python code in another process (``PACKAGE`` stands for the package); killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        started.append(start_python(code))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def on_small_disk(tmp_path: t.Any) -> t.Callable[[str], dict[str, t.Any]]:
    """Run code that fails on a file system of 1 MiB at ``DISK``: the error's class and text, and what is left there."""

    def run(code: str) -> dict[str, t.Any]:
        disk = tmp_path / "disk"
        disk.mkdir()
        indented = "\n".join("    " + line for line in code.strip().split("\n"))
        program = f"""
import json, os
from {PACKAGE[: -len(".content")]}.errors import FleetError
DISK = {str(disk)!r}
try:
{indented}
except FleetError as exc:
    print(json.dumps(dict(error=type(exc).__name__, text=str(exc), left=sorted(os.listdir(DISK)))))
"""
        mount = f'mount -t tmpfs -o size=1m,mode=0700 tmpfs {disk} && exec "$@"'
        process = start_python(program, "unshare", "--mount", "sh", "-c", mount, "sh")
        output, messages = process.communicate(timeout=30)
        assert output, messages
        return json.loads(output)

    return run
