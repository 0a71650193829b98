# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells elements of libvirt's XML apart that may stand more than once beside each other. Pure."""

from __future__ import annotations

import typing as t

from . import path as xmlpath

Identity = t.Tuple[str, ...]

_NAME: t.Tuple[Identity, ...] = (("@name",),)
_ALIAS: Identity = ("alias/@name",)
_VALUE: t.Tuple[Identity, ...] = (("@value",),)
_CAPABILITY: t.Tuple[Identity, ...] = (("@capability",),)
_BETWEEN: t.Tuple[Identity, ...] = (("@initiator", "@target", "@cache", "@type"),)

#: Elements that may stand more than once beside each other, and what tells them apart, the strongest first: those of a
#: name, or of a name below a parent where another one below another is there once. Without any identity one is known by
#: all that it says. (https://libvirt.org/formatdomain.html, formatnetwork.html, formatstorage.html)
IDENTITIES: t.Dict[str, t.Tuple[Identity, ...]] = {
    # domain
    "os/boot": (("@dev",),),
    "timer": _NAME,
    "feature": _NAME,
    "vcpupin": (("@vcpu",),),
    "iothreadpin": (("@iothread",),),
    "vcpus/vcpu": (("@id",),),
    "iothread": (("@id",),),
    "cell": (("@id",),),
    "memnode": (("@cellid",),),
    "entry": _NAME,
    "disk": (("target/@dev",), _ALIAS, ("source/@file",), ("source/@dev",), ("source/@name",)),
    "interface": (("mac/@address",), _ALIAS, ("target/@dev",), ("@name",), ("@dev",)),
    "controller": (("@type", "@index"), _ALIAS),
    "filesystem": (("target/@dir",), _ALIAS),
    "hostdev": (
        _ALIAS,
        tuple("source/address/@" + part for part in ("domain", "bus", "slot", "function", "device", "uuid")),
        ("source/vendor/@id", "source/product/@id"),
    ),
    "devices/serial": (("target/@port",), _ALIAS),
    "console": (("target/@type", "target/@port"), _ALIAS),
    "parallel": (("target/@port",), _ALIAS),
    "channel": (("target/@name",), _ALIAS, ("@name",)),
    "graphics": (("@type",),),
    "listen": (("@type",),),
    "devices/input": (("@type", "@bus"), _ALIAS),
    "video": (_ALIAS, ("model/@type",)),
    "sound": (_ALIAS, ("@model",)),
    "audio": (("@id",),),
    "redirdev": (_ALIAS, ("@bus", "@type")),
    "rng": (_ALIAS, ("@model",)),
    "tpm": (("@model",),),
    "panic": (("@model",),),
    "shmem": _NAME,
    "devices/memory": (("target/node",), _ALIAS),
    "seclabel": (("@model",),),
    xmlpath.qualified("qemu:arg"): _VALUE,
    xmlpath.qualified("qemu:env"): _NAME,
    xmlpath.qualified("qemu:add"): _CAPABILITY,
    xmlpath.qualified("qemu:del"): _CAPABILITY,
    xmlpath.qualified("qemu:device"): (("@alias",),),
    xmlpath.qualified("qemu:property"): _NAME,
    "os/initarg": (),
    "initenv": _NAME,
    "acpi/table": (("@type",),),
    "idmap/uid": (("@start",),),
    "idmap/gid": (("@start",),),
    "blkiotune/device": (("path",),),
    "vcpusched": (("@vcpus",),),
    "iothreadsched": (("@iothreads",),),
    "cachetune": (("@vcpus",),),
    "cachetune/cache": (("@id", "@level", "@type"),),
    "memorytune": (("@vcpus",),),
    "memorytune/node": (("@id",),),
    "monitor": (("@level", "@vcpus"),),
    "hugepages/page": (("@nodeset",), ("@size",)),
    "cpu/pages": (("@size",),),
    "cell/cache": (("@level",),),
    "sibling": (("@id",),),
    "interconnects/latency": _BETWEEN,
    "interconnects/bandwidth": _BETWEEN,
    "perf/event": _NAME,
    "keywrap/cipher": _NAME,
    "lease": (("lockspace", "key"),),
    "hub": (_ALIAS, ("@type",)),
    "smartcard": (_ALIAS, ("@mode",)),
    "sound/codec": (("@type",),),
    "usbdev": (("@class", "@vendor", "@product", "@version"),),
    "cookie": _NAME,
    "filterref/parameter": _NAME,
    "portForward": (("@proto", "@address", "@dev"),),
    "throttlegroup": (("group_name",),),
    "throttlefilter": (("@group",),),
    # network
    "forward/address": (("@domain", "@bus", "@slot", "@function"),),
    "ip": (("@address",),),
    "host": (("@mac",), ("@id",), ("@ip",), ("@name",)),
    "hostname": (),
    "range": (("@start", "@end"),),
    "route": (("@address", "@prefix"),),
    "forwarder": (("@addr", "@domain"),),
    "txt": _NAME,
    "srv": (("@service", "@protocol", "@domain"),),
    "portgroup": _NAME,
    "pf": (("@dev",),),
    "tag": (("@id",),),
    xmlpath.qualified("dnsmasq:option"): _VALUE,
    # pool
    "source/device": (("@path",),),
    "source/name": (),
    xmlpath.qualified("fs:option"): _NAME,
    xmlpath.qualified("rbd:option"): _NAME,
}


def identities(parent: t.Any, tag: str) -> t.Optional[t.Tuple[Identity, ...]]:
    """What tells the elements ``tag`` below ``parent`` apart; ``None``: there is one at most."""
    return IDENTITIES.get("{0}/{1}".format(parent.tag, tag), IDENTITIES.get(tag))


def known_by(element: t.Any) -> t.Tuple[Identity, ...]:
    """What tells an element from its like, if there can be more than one."""
    parent = element.getparent()
    return () if parent is None else identities(parent, element.tag) or ()
