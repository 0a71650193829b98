# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A web server on loopback whose faults are declared per file."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import re
import threading
import time
import typing as t


@dataclasses.dataclass
class Published:
    """A file on the server; ``cut`` and ``statuses`` are used up, one for each request."""

    content: bytes
    ranges: bool = True
    etag: str = '"1"'
    length: bool = True
    #: Bytes after which an answer ends, though more were announced.
    cut: list[int] = dataclasses.field(default_factory=list)
    statuses: list[int] = dataclasses.field(default_factory=list)
    redirect: str = ""
    login: str = ""
    #: Seconds before each 64 KiB.
    pause: float = 0.0
    #: Answer a range with another one than was asked for.
    wrong_range: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Site:
    """``site.files["/x"] = Published(...)``; ``site.requests`` has the headers of every request so far."""

    def __init__(self, context: t.Any = None) -> None:
        self.files: dict[str, Published] = {}
        self.requests: list[dict[str, str]] = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.base = f"http{'s' if context else ''}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def publish(self, path: str, content: bytes, **faults: t.Any) -> str:
        self.files[path] = Published(content, **faults)
        return self.base + path

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler(site: Site) -> type:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: t.Any) -> None:
            pass

        def do_GET(self) -> None:
            site.requests.append({"path": self.path, **dict(self.headers)})
            file = site.files.get(re.sub(r"^http://[^/]*|\?.*", "", self.path))
            if file is None:
                return self.send_error(404)
            if file.statuses:
                return self.send_error(file.statuses.pop(0))
            if file.login and self.headers.get("Authorization") != file.login:
                return self.send_error(401)
            if file.redirect:
                self.send_response(302)
                self.send_header("Location", file.redirect)
                return self.end_headers()
            self.send_file(file)

        def send_file(self, file: Published) -> None:
            content = file.content
            asked = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
            start = int(asked.group(1)) if asked else 0
            if asked and file.ranges and self.headers.get("If-Range", file.etag) == file.etag:
                if start >= len(content):
                    return self.send_error(416)
                self.send_response(206)
                start -= int(file.wrong_range)
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
                content = content[start:]
            else:
                self.send_response(200)
            if file.length:
                self.send_header("Content-Length", str(len(content)))
            if file.etag:
                self.send_header("ETag", file.etag)
            self.end_headers()
            content = content[: file.cut.pop(0)] if file.cut else content
            try:
                for position in range(0, len(content), 65536):
                    time.sleep(file.pause)
                    self.wfile.write(content[position : position + 65536])
            except OSError:
                pass  # the client has gone

    return Handler
