# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine's cache never has what is out of date, and does not grow for ever."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import time
import types

import pytest

TOOL = pathlib.Path(__file__).parents[2] / "tools/cache.py"


@pytest.fixture
def cache(tmp_path, monkeypatch) -> types.ModuleType:
    """The tool, for a tree and a cache of their own."""
    spec = importlib.util.spec_from_file_location("cache_tool", TOOL)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path / "tree")
    monkeypatch.setattr(module, "SORTS", {"images": module.Sort(("recipe/*",), ("tool",))})
    monkeypatch.setattr(module, "archive", lambda _tools: b"monday")
    monkeypatch.setenv("KVM_FLEET_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tree/recipe").mkdir(parents=True)
    (tmp_path / "tree/recipe/script").write_text("make")
    return module


def test_checkouts_with_the_same_recipe_share_the_cache(cache, tmp_path, monkeypatch):
    mine = cache.directory("images")
    (tmp_path / "tree").rename(tmp_path / "another")
    monkeypatch.setattr(cache, "ROOT", tmp_path / "another")
    assert mine.is_dir() and cache.directory("images") == mine


def test_a_changed_recipe_changes_the_cache_directory(cache, tmp_path, monkeypatch):
    places = [cache.directory("images")]
    (tmp_path / "tree/recipe/script").write_text("make it otherwise")
    places.append(cache.directory("images"))
    (tmp_path / "tree/recipe/another").touch()
    places.append(cache.directory("images"))
    monkeypatch.setattr(cache, "archive", lambda _tools: b"tuesday")
    places.append(cache.directory("images"))
    monkeypatch.setattr(cache, "archive", lambda tools: " ".join(tools).encode())
    places.append(cache.directory("images"))
    monkeypatch.setitem(cache.SORTS, "images", cache.Sort(("recipe/*",), ("newer-tool",)))
    places.append(cache.directory("images"))
    assert len(set(places)) == len(places)


def test_unused_cache_entries_are_removed(cache, tmp_path):
    old, fresh = (tmp_path / f"cache/images-{name}" for name in ("old", "fresh"))
    for other in (old, fresh):
        other.mkdir(parents=True)
        (other / "image").touch()
    os.utime(old, times=(time.time() - cache.KEPT_FOR - 60,) * 2)
    cache.directory("images")
    assert sorted(one.name for one in (tmp_path / "cache").iterdir()) == sorted(
        ["images-fresh", cache.directory("images").name]
    )


def test_using_a_cache_entry_renews_it(cache):
    mine = cache.directory("images")
    os.utime(mine, times=(0, 0))
    assert cache.directory("images").stat().st_mtime > time.time() - 60


def test_the_cache_is_removed_as_a_whole_and_created_again(cache, tmp_path, monkeypatch):
    (cache.directory("images") / "image").write_bytes(b"x" * 100)
    assert f"cache: {tmp_path}/cache, 0.0 GiB" in cache.report()
    cache.remove(cache.cache())
    assert list(tmp_path.glob("*cache*")) == []
    cache.remove(cache.cache())  # another one was quicker
    assert cache.directory("images").is_dir()


def test_the_cache_directory_follows_the_environment(cache, tmp_path, monkeypatch):
    assert cache.cache() == tmp_path / "cache"
    monkeypatch.delenv("KVM_FLEET_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache() == tmp_path / "xdg/kvm-fleet"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.cache() == tmp_path / ".cache/kvm-fleet"
