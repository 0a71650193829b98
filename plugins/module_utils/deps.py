# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that imports libvirt and lxml: says what is missing and how to install it."""

from __future__ import annotations

import importlib
import typing as t

from .errors import MissingDependency


def imported(name: str) -> t.Any:
    """The module of that name, or ``None``."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


libvirt = imported("libvirt")
if t.TYPE_CHECKING:
    from lxml import etree

    class Element(etree._Element):
        """One of lxml's, whose class has no public name. A tag is text: nobody here makes it bytes or a ``QName``."""

        tag: str
else:
    etree = imported("lxml.etree")
    Element = t.Any

#: What each library is called by the distributions that we support.
PACKAGES = {
    "libvirt": "python3-libvirt (Debian, Ubuntu, Fedora, RHEL) or python3-libvirt-python (openSUSE)",
    "lxml": "python3-lxml",
}


def require(python: str) -> None:
    """Check that both libraries are there for the interpreter ``python``.

    :raises MissingDependency: naming what is missing, for which interpreter, and the package that brings it.
    """
    missing: t.List[str] = [name for name, module in (("libvirt", libvirt), ("lxml", etree)) if module is None]
    if missing:
        raise MissingDependency(
            f"the Python {'library' if len(missing) == 1 else 'libraries'} {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing for {python} on this host",
            remedy=f"Install {' and '.join(PACKAGES[name] for name in missing)}, run the role kvm.fleet.kvm_host, or "
            "point ansible_python_interpreter at the distribution's own Python",
        )
