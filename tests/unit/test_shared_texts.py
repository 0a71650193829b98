# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One concept is described once.

In what Ansible reads, a text that two places share and one that is copied look alike: this reads the source.
"""

from __future__ import annotations

import collections
import pathlib
import re

PLUGINS = pathlib.Path(__file__).parents[2] / "plugins"
#: An option with its description, of whatever indentation.
OPTION = re.compile(r"(?m)^( *)(\w+):\n\1  description:(.*(?:\n\1   .*)*)")


def texts(source: str) -> set[tuple[str, str]]:
    """The options described in a file, with their texts in one line."""
    options = source.partition("\nRETURN")[0]
    return {(name, " ".join(text.replace(">-", " ").split())) for _indent, name, text in OPTION.findall(options)}


def test_no_option_of_two_files_is_described_in_the_same_words() -> None:
    """What two kinds or devices have is in ``shared_options.py``, which fragments put into their texts."""
    files = [*PLUGINS.glob("modules/*.py"), *PLUGINS.glob("doc_fragments/*.py"), *PLUGINS.glob("plugin_utils/*.py")]
    found = collections.defaultdict(list)
    for path in sorted(files):
        for described in texts(path.read_text()):
            found[described].append(path.stem)
    assert {described: where for described, where in found.items() if len(where) > 1} == {}


def test_a_text_is_found_however_it_is_broken_and_indented() -> None:
    nested = "a:\n  suboptions:\n    port:\n      description: >-\n        The port\n        of it.\n      type: int\n"
    assert texts(nested) == texts("port:\n  description: The port of it.\n") == {("port", "The port of it.")}
