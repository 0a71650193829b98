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
      - The form in which the objects are returned.
      - V(view) is the form that the return values describe.
      - >-
        V(spec) is the options of the module of the object's kind that declare it, in their shortest form. What a new
        object has by default is left out, and so is what libvirt generates: UUIDs and the addresses of devices, for
        example, but not the MAC addresses of domains. What has no option is in C(xml). Declaring an object by its spec
        does not change it, and creates an equal one on another host.
      - >-
        In a V(spec), a secret such as the password of a display is V((hidden\)), which keeps the secret that is there.
        On a host where there is none, that is refused until the secret itself is declared. Whether a display has a
        password is known only over a connection that may write, so that domains and secrets are read over one.
      - >-
        Transient objects, which have no definition, are left out of V(spec) with a warning. So is an option of an
        active object that differs between the definition and what runs.
      - >-
        The V(spec) of a volume makes one of the same size, format and base, with the same owner, group and mode (but
        for owner and group of what a guest runs with, which are libvirt's), and with the content that it was made of
        here, where that is recorded. What is in it besides is in no spec, and a warning names the volumes of whose
        content nothing is known. A volume in another format than V(raw) and V(qcow2), a seed and an encrypted volume
        are left out with a warning.
      - >-
        The network filters that libvirt brings itself (C(clean-traffic) and the like) are left out of V(spec), with a
        warning where one has been changed.
    type: str
    choices: [view, spec]
    default: view
"""
