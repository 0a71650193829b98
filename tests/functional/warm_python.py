# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Python that is there already: ``python3 warm_python.py FOLDER`` makes ``FOLDER/python3``, which is as good as the
Python that runs this for an Ansible module, and takes 20 ms to begin instead of 200.

Ansible starts a Python for each task, and most of a module's time goes into what all of them import. Here a process has
imported that, and forks for each script. What is the collection's own it takes from what Ansible sends, as on any host.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import marshal
import os
import pathlib
import random
import runpy
import signal
import socket
import sys
import traceback
import types
import typing as t

#: What modules import: of Ansible the part that it sends along, of the host the bindings.
IMPORTED = (
    *("base64", "shutil", "zipfile", "libvirt", "lxml.etree"),
    *(f"ansible.module_utils.{name}" for name in ("basic", "urls", "_internal._ansiballz._loader")),
    *(f"ansible.module_utils.facts.{name}" for name in ("ansible_collector", "default_collectors")),
)

#: Hands what a Python has got (arguments, environment, folder, files) to the process, and ends as it says.
PROGRAM = """#!{python} -IS
import _socket, marshal, os, struct, sys
call = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
call.connect({address!r})
files = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack("3i", 0, 1, 2))
call.sendmsg([marshal.dumps((sys.argv[1:], dict(os.environ), os.getcwd()))], [files])
os._exit((call.recv(1) or b"\\x7f")[0])
"""


def main(folder: pathlib.Path) -> None:
    _import_all(folder)
    address = str(folder / "socket")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(address)
    listener.listen(16)
    program = folder / "python3"
    program.write_text(PROGRAM.format(python=sys.executable, address=address))
    program.chmod(0o755)
    print("ready", flush=True)
    gc.freeze()  # or the first collection of each script would copy all that is shared
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        call, _address = listener.accept()
        if not os.fork():
            listener.close()
            _answer(call)
        call.close()


def _import_all(folder: pathlib.Path) -> None:
    """From a package as Ansible sends it: there is nothing of the controller's in it."""
    package = folder / "ansible"
    package.mkdir()
    (package / "__init__.py").touch()
    for part in ("module_utils", "modules"):
        (package / part).symlink_to(pathlib.Path(sys.argv[2]) / part)
    sys.path.insert(0, str(folder))
    for name in IMPORTED:
        importlib.import_module(name)
    sys.path.remove(str(folder))


def _answer(call: socket.socket) -> t.NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status = 1
    try:
        message, files, _flags, _from = socket.recv_fds(call, 1 << 20, 3)
        arguments, environment, folder = marshal.loads(message)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        random.seed()
        sys.stdin, sys.stdout, sys.stderr = (
            io.TextIOWrapper(io.FileIO(number, mode, closefd=False), "utf-8")
            for number, mode in enumerate(("r", "w", "w"))
        )
        _run(arguments)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        with contextlib.suppress(OSError):
            call.send(bytes([status]))
        os._exit(status)


def _run(arguments: list[str]) -> None:
    """What Python does with these arguments: the script that is named, or what comes in."""
    sys.argv = arguments or [""]
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(":") if path]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    if arguments:
        runpy.run_path(arguments[0], run_name="__main__")
    else:
        exec(compile(sys.stdin.read(), "<stdin>", "exec"), main.__dict__)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
