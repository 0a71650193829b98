#!/usr/bin/python
# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate
short_description: Have a host's TLS certificate issued and renewed
version_added: 0.2.0
author:
  - the kvm.fleet maintainers (@kvm-fleet)
description:
  - Keeps a private key, a certificate for it, and its authority's certificate on a host, for libvirt's TLS.
  - The key is created on the host and never leaves it. The host sends a request, and gets the certificate back.
  - With O(authority) the controller signs the request, with a private authority in a directory of its own, which is
    created by the first run. Without it the module returns RV(request), and installs O(certificate), which another
    authority has issued.
  - A new certificate is due when the old one is missing, expires within O(renew_before) days, is for other names or
    purposes, for another key, or of another authority. The key is kept; remove it to have a new one as well.
extends_documentation_fragment:
  - kvm.fleet.attributes.files
requirements:
  - the program openssl, 1.1.1 or later, on the host, and on the controller for O(authority)
options:
  path:
    description: The absolute path of the certificate on the host.
    type: path
    required: true
  key:
    description: The absolute path of the private key on the host, which only root may read. It must have no passphrase.
    type: path
    required: true
  authority_path:
    description: The absolute path of the authority's certificate on the host.
    type: path
    required: true
  common_name:
    description: The common name of the certificate. C(tls_allowed_dn_list) of libvirt identifies clients by it.
    type: str
    required: true
  names:
    description: The DNS names and IP addresses by which clients reach the server.
    type: list
    elements: str
    default: []
  purposes:
    description: The purposes that the certificate is valid for.
    type: list
    elements: str
    choices:
      server: A server shows it to its clients.
      client: A client shows it to servers.
    default: [server]
  renew_before:
    description: The number of days before its expiry from which on a certificate is renewed.
    type: int
    default: 30
  valid_for:
    description: The number of days for which a new certificate is valid, for O(authority).
    type: int
    default: 365
  authority:
    description:
      - The directory on the controller with the private authority, C(cacert.pem) and C(private/cakey.pem).
      - >-
        If there is none, one is created whose certificate is valid for ten years. Everybody who has its key can log in
        as anybody, so keep the directory out of version control.
    type: path
  authority_name:
    description: The common name of an authority that is created.
    type: str
    default: kvm.fleet
  certificate:
    description: The certificate, in PEM, that another authority has issued for RV(request).
    type: str
  authority_certificate:
    description: >-
      The certificate, in PEM, of the authority that has to have issued O(certificate). With O(authority) it is that of
      the private authority.
    type: str
seealso:
  - name: TLS with libvirt
    description: Which files libvirt looks for.
    link: https://libvirt.org/kbase/tlscerts.html
"""

EXAMPLES = r"""
- name: Have the host's server certificate issued by the controller's own authority
  kvm.fleet.certificate:
    path: /etc/pki/libvirt/servercert.pem
    key: /etc/pki/libvirt/private/serverkey.pem
    authority_path: /etc/pki/CA/cacert.pem
    authority: "{{ inventory_dir }}/authority"
    common_name: kvm1.example.org
    names: [kvm1.example.org, 10.0.0.5]

- name: Have a certificate for connecting to other hosts
  kvm.fleet.certificate:
    path: /etc/pki/libvirt/clientcert.pem
    key: /etc/pki/libvirt/private/clientkey.pem
    authority_path: /etc/pki/CA/cacert.pem
    authority: "{{ inventory_dir }}/authority"
    common_name: kvm1.example.org
    purposes: [client]

- name: Ask for a certificate that another authority is to issue
  kvm.fleet.certificate:
    path: /etc/pki/libvirt/servercert.pem
    key: /etc/pki/libvirt/private/serverkey.pem
    authority_path: /etc/pki/CA/cacert.pem
    common_name: kvm1.example.org
    authority_certificate: "{{ lookup('ansible.builtin.file', 'company-ca.pem') }}"
  register: asked  # asked.request is for the authority; what it issues is the option certificate of the next run
"""

RETURN = r"""
reasons:
  description: Why a new certificate was due.
  returned: success
  type: list
  elements: str
  sample: ["ends on Nov 26 14:49:56 2026 GMT"]
request:
  description: The request for a certificate that is due and not declared; V(none) otherwise, and in check mode.
  returned: success
  type: str
ends:
  description: The time at which the certificate on the host expires. V(none) while there is none.
  returned: success
  type: str
  sample: Nov 26 14:49:56 2027 GMT
"""

import os
import tempfile
import typing as t

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError, InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.fleet_module import FleetModule
from ansible_collections.kvm.fleet.plugins.module_utils.host import certificates
from ansible_collections.kvm.fleet.plugins.module_utils.host.certificates import Demand

ARGUMENT_SPEC = {
    "path": {"type": "path", "required": True},
    "key": {"type": "path", "required": True, "no_log": False},
    "authority_path": {"type": "path", "required": True},
    "common_name": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "default": []},
    "purposes": {"type": "list", "elements": "str", "choices": ["server", "client"], "default": ["server"]},
    "renew_before": {"type": "int", "default": 30},
    "valid_for": {"type": "int", "default": 365},
    "authority": {"type": "path"},
    "authority_name": {"type": "str", "default": "kvm.fleet"},
    "certificate": {"type": "str"},
    "authority_certificate": {"type": "str"},
}


def main() -> None:
    module = FleetModule(ARGUMENT_SPEC)
    try:
        module.exit_json(**ensure(module))
    except FleetError as exc:
        module.fail_json(msg=str(exc))


def ensure(module: FleetModule) -> t.Dict[str, t.Any]:
    """The host's part: look, ask, install. Signing is the action plugin's, on the controller."""
    params = module.params
    demand = Demand.of(params["common_name"], params["names"], params["purposes"])
    authority = (params["authority_certificate"] or "").encode()
    reasons = faults(params, demand, _content(params["path"]), authority, params["renew_before"])
    given = (params["certificate"] or "").encode()
    if reasons and given:
        refused = faults(params, demand, given, authority, 0, new_key=module.check_mode)
        if refused:
            raise InvalidOption(f"the certificate {' and '.join(refused)}", where="certificate")
    files = {} if reasons and not given else {params["authority_path"]: authority} if authority else {}
    if reasons and given:
        files[params["path"]] = given
    files = {path: content for path, content in files.items() if content != _content(path)}
    request = None
    if not module.check_mode:
        if reasons and not os.path.exists(params["key"]):
            _write(module, params["key"], certificates.new_key(), private=True)
        if reasons and not given:
            request = certificates.new_request(params["key"], demand.common_name).decode()
        for path, content in files.items():
            _write(module, path, content)
    now = _content(params["path"])
    return {
        "changed": bool(reasons or files),
        "reasons": reasons,
        "request": request,
        "ends": certificates.read_certificate(now).ends if now else None,
        "diff": {"before": "", "after": "".join(f"new certificate: {reason}\n" for reason in reasons)},
    }


def faults(
    params: t.Dict[str, t.Any], demand: Demand, pem: bytes, authority: bytes, days: int, new_key: bool = False
) -> t.List[str]:
    """What keeps the certificate ``pem`` from being what is wanted for the next days. ``new_key``: it will have one."""
    if not pem:
        return ["is missing"]
    found = certificates.read_certificate(pem)
    has_key = os.path.exists(params["key"])
    checks = (
        ("has a key that is missing", not has_key and not new_key),
        ("is for another key", has_key and found.public_key != certificates.public_key(params["key"])),
        (f"ends on {found.ends}", certificates.ends_within(pem, days)),
        ("is of another authority", bool(authority) and not certificates.is_signed_by(pem, authority)),
        (f"is for {found.demand.common_name}", found.demand.common_name != demand.common_name),
        ("has other names", found.demand.names != demand.names),
        ("has other purposes", found.demand.purposes != demand.purposes),
    )
    return [text for text, applies in checks if applies]


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _write(module: FleetModule, path: str, content: bytes, private: bool = False) -> None:
    """Put a file in place as a whole. Its directories are made, that of a private key for root alone."""
    os.makedirs(os.path.dirname(os.path.dirname(path)), mode=0o755, exist_ok=True)
    os.makedirs(os.path.dirname(path), mode=0o700 if private else 0o755, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=module.tmpdir)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(name, 0o600 if private else 0o644)
    module.atomic_move(name, path)
    os.chmod(path, 0o600 if private else 0o644)


if __name__ == "__main__":
    main()
