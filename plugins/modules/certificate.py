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
notes:
  - The rules between options are listed in C(docs/rules.md) of the collection.
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
actions:
  # From tools/returns.py: actions
  description:
    - The actions that were done, in order. In check mode, the actions that would be done.
    - It is empty if nothing had to be done; RV(ignore:changed) is then V(false).
  returned: success
  type: list
  elements: dict
  contains:
    apply:
      description: Whether the action takes effect at once (V(live)) or by restarting the object (V(restart)).
      type: str
      returned: always
    fields:
      description: The options that the action changes to their declared values.
      type: list
      elements: dict
      returned: always
      contains:
        option:
          description: The path of the option, such as V(disks[vdb].cache) of a domain.
          type: str
          returned: always
        before:
          description: The value before, V(none) for something new. A secret is shown as V((hidden\)).
          type: raw
          returned: always
        after:
          description: The declared value, V(none) for something that is removed.
          type: raw
          returned: always
  # Up to here.
    # From tools/returns.py: a thing of the host
    kind:
      description: The kind of what is changed on the host, such as V(file) or V(user).
      type: str
      returned: always
    name:
      description: The name of it. That of a file is its path.
      type: str
      returned: always
    # Up to here.
    verb:
      description: One of V(create) (the key), V(request) and V(install) (the certificate).
      type: str
      returned: always
  sample:
    - kind: certificate
      name: /etc/pki/libvirt/servercert.pem
      verb: request
      apply: live
      fields: []
diff:
  description: The actions in words, with the reasons.
  returned: success
  type: dict
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

from ansible_collections.kvm.fleet.plugins.module_utils.host.tls import (
    OPTIONS,
    RULES,
    plan_certificate,
    read_certificates,
    result,
)
from ansible_collections.kvm.fleet.plugins.module_utils.host_loop import HostModule

MODULE = HostModule(
    options=OPTIONS,
    host=lambda module: module,
    read=read_certificates,
    plan=plan_certificate,
    result=result,
    rules=RULES,
)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
