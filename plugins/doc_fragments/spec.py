# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Existing objects as the options that declare them."""

    DOCUMENTATION = r"""
options:
  as:
    description:
      - How the objects are returned.
      - >-
        As V(view) they are told as the return values say.
      - >-
        As V(spec) each is the options of the module of its kind that declare it, in their smallest form, and nothing
        else. What a new object gets anyway is left out, and so is what libvirt generates: UUIDs and the addresses of
        devices, for example, but not the MAC addresses of domains. What has no option of its own is in C(xml).
        Declaring an object so changes nothing of it, and makes an equal one on another host.
      - >-
        With V(spec), a secret such as the password of a display is told as V((hidden\)). Declared so, it stays what it
        is. Where there is none, on another host, that is refused until the secret itself is declared. Who has a
        password is known only over a connection that may write, so that domains and secrets are read over one.
      - >-
        With V(spec), what libvirt has no definition of (a transient object) is left out with a warning, and so is an
        option of an active object that differs between what runs and what is defined.
    type: str
    choices: [view, spec]
    default: view
"""
