# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what several modules say alike of what they return into each of them. `make docs`.

RETURN has fragments since ansible-core 2.20 only; before, it is one literal text in each module. So what is not a
module's own stands between two comments. The first says where it is from: the name of a text below; or another module,
one of its keys, and what of that: `contains`, `sample`, or `item`, the sample as one of a list.
"""

from __future__ import annotations

import pathlib
import re
import textwrap

MODULES = pathlib.Path(__file__).parents[1] / "plugins" / "modules"

PART = re.compile(
    r"^(?P<indent> *)# From (?P<file>tools/returns|\w+)\.py: (?P<name>[\w ]+)\n(?:.*\n)*?(?P<end> *# Up to here\.\n)",
    re.M,
)
RETURN = re.compile(r'(?<=^RETURN = r""")\n.*?(?=^""")', re.M | re.S)

#: Parts by their names. The samples, and the `verb` of an action, are each module's own.
TEXTS = {
    "actions": """
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
        description: The value before, V(none) for something new. A secret is shown as V((hidden\\)).
        type: raw
        returned: always
      after:
        description: The declared value, V(none) for something that is removed.
        type: raw
        returned: always
""",
    "addresses": """
address:
  description: The IPv4 or IPv6 address. Those of loop-back devices and link-local ones are left out.
  type: str
  returned: always
prefix:
  description: The length of the prefix of the network; null where nobody says it.
  type: int
  returned: always
mac:
  description: The MAC address of the interface.
  type: str
  returned: always
network:
  description: The virtual network of the interface; null where it is in none.
  type: str
  returned: always
sources:
  description: >-
    Who says so: V(reservation) (the definition of the network, whether the guest uses it or not), V(lease) (the
    DHCP server of the network), V(agent) (the guest itself), V(arp) (the neighbours that the host has seen,
    which may be gone).
  type: list
  elements: str
  returned: always
""",
    "an object": """
kind:
  description: >-
    The kind of object, such as V(domain). V(leftovers) are those of an earlier run that was killed: temporary files
    in the directory that is named, which every run removes.
  type: str
  returned: always
name:
  description: The name of the object. That of a volume is C(pool/volume), that of a snapshot C(domain/snapshot).
  type: str
  returned: always
""",
    "a thing of the host": """
kind:
  description: The kind of what is changed on the host, such as V(file) or V(user).
  type: str
  returned: always
name:
  description: The name of it. That of a file is its path.
  type: str
  returned: always
""",
    "diff": """
description: The changes as text, an option per line. Ansible shows it with C(--diff).
returned: success
type: dict
contains:
  prepared:
    description: The text; O(show_xml) adds the XML of changed definitions.
    type: str
    returned: always
""",
    "what waits": """
restart_required:
  description: Whether the definition has changes that take effect only at the next start, which RV(pending) lists.
  returned: success
  type: bool
  sample: false
pending:
  description: The changes that take effect only at the next start, by object.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of object.
      type: str
      returned: always
    name:
      description: The name of the object.
      type: str
      returned: always
    fields:
      description: The changed options, with the same keys as RV(actions[].fields).
      type: list
      elements: dict
      returned: always
""",
    "nothing waits": """
restart_required:
  description: Always V(false), since all changes take effect at once.
  returned: success
  type: bool
pending:
  description: Always empty.
  returned: success
  type: list
  elements: dict
""",
    "name and uuid": """
name:
  description: The name of the object.
  type: str
  returned: always
uuid:
  description: The UUID of the object.
  type: str
  returned: always
""",
    "drift": """
declared:
  description: The declared value. Null when the option shall not be there.
  type: raw
defined:
  description: The value in the definition, which the next start uses. Null when it is not there.
  type: raw
live:
  description: The value in the running object. Null when it is not there, missing when nothing runs.
  type: raw
""",
}


def written(module: str) -> str:
    """The text of a module with every part as its source has it."""
    return RETURN.sub(lambda match: PART.sub(_part, match[0]), _text(module))


def _text(module: str) -> str:
    return (MODULES / f"{module}.py").read_text()


def _part(match: re.Match[str]) -> str:
    return _filled(match, _shared(match) or _of_module(match["file"], match["name"]))


def _filled(match: re.Match[str], text: str) -> str:
    first = match[0].partition("\n")[0] + "\n"
    return first + textwrap.indent(text, match["indent"]) + match["end"]


def _shared(match: re.Match[str]) -> str:
    return TEXTS[match["name"]].lstrip("\n") if match["file"] == "tools/returns" else ""


def _of_module(module: str, name: str) -> str:
    key, what = name.split()
    below = "sample" if what == "item" else what
    place = re.compile(rf"^{key}:\n(?:(?:  .*|# .*)\n)*?  {below}:\n((?:    .*\n)+)", re.M)
    returned = PART.sub(lambda match: _filled(match, _shared(match)), _search(RETURN, _text(module))[0])
    lines = textwrap.dedent(re.sub(r"^ *# .*\n", "", _search(place, returned)[1], flags=re.M))
    return "- " + textwrap.indent(lines, "  ")[2:] if what == "item" else lines


def _search(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.search(text)
    assert found is not None, f"nothing is like {pattern.pattern}"
    return found


if __name__ == "__main__":
    for path in sorted(MODULES.glob("*.py")):
        text = written(path.stem)
        if text != path.read_text():
            path.write_text(text)
            print(f"written: plugins/modules/{path.name}")
