# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a domain and the host apart: labels, encrypted memory, wrapped keys, mapped users. Pure.

https://libvirt.org/formatdomain.html#security-label and the sections behind it.
"""

from __future__ import annotations

import typing as t

from ....deps import Element
from ....xml.quantities import BITS
from ....xml.table import Items, Prop, Table
from ....xml.types import INT, ON_OFF, PATH, STR, YES_NO, choice
from ...shared.seclabels import LABEL


def _made_at_start(element: Element) -> bool:
    """A label that libvirt gave to what runs: not a thing that the definition has to have."""
    running = element.getroottree().getroot().get("id") is not None
    return running and (element.get("type") == "dynamic" or element.get("model") == "none")


SECLABELS = (
    Items(
        "seclabels",
        "seclabel",
        (
            *LABEL,
            Prop("type", "@type", choice("dynamic", "none", "static"), required=True),
            Prop("baselabel", "baselabel", STR),
        ),
        identity=(("model",), ("type",)),
        leave=_made_at_start,
    ),
)

#: What each type of launch security may have beside it; those that it cannot do without.
LAUNCH: t.Mapping[str, t.Tuple[t.Sequence[str], t.Sequence[str]]] = {
    "sev": (("policy", "cbitpos", "reduced_phys_bits", "dh_cert", "session", "kernel_hashes"), ("policy",)),
    "sev-snp": (
        (
            "policy",
            "cbitpos",
            "reduced_phys_bits",
            "kernel_hashes",
            "author_key",
            "vcek",
            "guest_visible_workarounds",
            "id_block",
            "id_auth",
            "host_data",
        ),
        ("policy",),
    ),
    "tdx": (("policy", "mr_config_id", "mr_owner", "mr_owner_config", "quote_generation_socket"), ()),
    "s390-pv": ((), ()),
    "none": ((), ()),
}

_AT = "launchSecurity/"

LAUNCH_SECURITY = (
    Prop(
        "launch_security.type",
        _AT + "@type",
        choice("none", "s390-pv", "sev", "sev-snp", "tdx"),
        absent="none",
        drop="launchSecurity",
    ),
    Prop("launch_security.policy", _AT + "policy", BITS),
    Prop("launch_security.cbitpos", _AT + "cbitpos", INT),
    Prop("launch_security.reduced_phys_bits", _AT + "reducedPhysBits", INT),
    Prop("launch_security.dh_cert", _AT + "dhCert", STR),
    Prop("launch_security.session", _AT + "session", STR),
    Prop("launch_security.kernel_hashes", _AT + "@kernelHashes", YES_NO),
    Prop("launch_security.author_key", _AT + "@authorKey", YES_NO),
    Prop("launch_security.vcek", _AT + "@vcek", YES_NO),
    Prop("launch_security.guest_visible_workarounds", _AT + "guestVisibleWorkarounds", STR),
    Prop("launch_security.id_block", _AT + "idBlock", STR),
    Prop("launch_security.id_auth", _AT + "idAuth", STR),
    Prop("launch_security.host_data", _AT + "hostData", STR),
    Prop("launch_security.mr_config_id", _AT + "mrConfigId", STR),
    Prop("launch_security.mr_owner", _AT + "mrOwner", STR),
    Prop("launch_security.mr_owner_config", _AT + "mrOwnerConfig", STR),
    Prop("launch_security.quote_generation_socket", _AT + "quoteGenerationService/@path", PATH),
)

KEYWRAP = tuple(Prop("keywrap." + name, f"keywrap/cipher[@name='{name}']/@state", ON_OFF) for name in ("aes", "dea"))

_RANGE: Table = (
    Prop("start", "@start", INT, required=True),
    Prop("target", "@target", INT, required=True),
    Prop("count", "@count", INT, required=True),
)

IDMAP = (
    Items("idmap.uids", "idmap/uid", _RANGE, identity=(("start",),)),
    Items("idmap.gids", "idmap/gid", _RANGE, identity=(("start",),)),
)

TABLE = (*SECLABELS, *LAUNCH_SECURITY, *KEYWRAP, *IDMAP)
