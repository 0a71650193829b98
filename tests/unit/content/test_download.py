# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Downloads from a real server with real faults."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import time
import traceback

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.content import download as download_module
from ansible_collections.kvm.fleet.plugins.module_utils.content.checksum import Checksum
from ansible_collections.kvm.fleet.plugins.module_utils.errors import ChecksumMismatch, Conflict, SourceError

CONTENT = os.urandom(3 * 1024 * 1024 + 7)
CHECKSUM = Checksum("sha256", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def fetch(tmp_path):
    """``fetch(url)`` gives the content of the target; what is left besides is in ``tmp_path/parts``."""
    (tmp_path / "parts").mkdir()

    def fetch(url, checksum=CHECKSUM, timeout=5.0):
        target = tmp_path / "target"
        download_module.download(url, checksum, str(tmp_path / "parts"), str(target), timeout=timeout, pause=0)
        return target.read_bytes()

    return fetch


@pytest.fixture
def left(tmp_path):
    return lambda: sorted(os.listdir(tmp_path / "parts"))


def ranges(site):
    return [request.get("Range") for request in site.requests]


def test_a_file_arrives_whole_private_and_leaves_nothing_behind(site, fetch, left, tmp_path):
    assert fetch(site.publish("/x.img", CONTENT)) == CONTENT
    assert stat.S_IMODE((tmp_path / "target").stat().st_mode) == 0o600
    assert left() == []


def test_a_file_url_is_fetched_too(fetch, tmp_path):
    (tmp_path / "x img").write_bytes(CONTENT)
    assert fetch((tmp_path / "x img").as_uri()) == CONTENT


def test_an_answer_without_a_length_is_taken_to_its_end(site, fetch):
    assert fetch(site.publish("/x.img", CONTENT, length=False)) == CONTENT


def test_an_answer_that_ends_early_is_resumed_where_it_ended(site, fetch):
    assert fetch(site.publish("/x.img", CONTENT, cut=[1000000, 500000])) == CONTENT
    assert ranges(site) == [None, "bytes=1000000-", "bytes=1500000-"]
    assert site.requests[1]["If-Range"] == '"1"'


def test_a_server_without_ranges_sends_it_all_again(site, fetch):
    assert fetch(site.publish("/x.img", CONTENT, cut=[1000000], ranges=False)) == CONTENT
    assert len(site.requests) == 2


def test_a_server_that_always_ends_early_fails_and_the_next_run_resumes(site, fetch, left, tmp_path):
    url = site.publish("/x.img", CONTENT, cut=[100000] * 4)
    with pytest.raises(SourceError) as caught:
        fetch(url)
    assert f"/x.img ends early, after 400000 of {len(CONTENT)} bytes" in str(caught.value)
    assert caught.value.where == "url" and "resume" in caught.value.remedy
    assert len(site.requests) == 4 and not (tmp_path / "target").exists()
    assert [name for name in left() if name.endswith(".part")]
    assert fetch(url) == CONTENT
    assert ranges(site)[-1] == "bytes=400000-"
    assert left() == []


def test_a_killed_download_is_resumed(site, fetch, left, other_process, tmp_path):
    url = site.publish("/x.img", CONTENT, pause=0.02)
    process = other_process(
        "from PACKAGE.download import download\nfrom PACKAGE.checksum import Checksum\n"
        f"download({url!r}, Checksum('sha256', {CHECKSUM.digest!r}), {str(tmp_path / 'parts')!r}, '/nowhere/x')"
    )
    deadline = time.monotonic() + 10
    while not any((tmp_path / "parts" / name).stat().st_size > 1000000 for name in left()):
        assert time.monotonic() < deadline, process.communicate()
        time.sleep(0.01)
    process.kill()
    process.communicate()
    site.files["/x.img"].pause = 0
    assert fetch(url) == CONTENT
    assert ranges(site)[0] is None and int(ranges(site)[1][len("bytes=") : -1]) > 1000000


def test_a_changed_file_on_the_server_is_not_appended_to_the_part(site, fetch):
    url = site.publish("/x.img", b"old" * 400000, etag='"old"', cut=[600000] * 4)
    site.files["/x.img"].ranges = False
    with pytest.raises(SourceError):
        fetch(url)
    site.requests.clear()
    site.publish("/x.img", CONTENT, etag='"new"')
    assert fetch(url) == CONTENT
    assert [(request["Range"], request["If-Range"]) for request in site.requests] == [("bytes=600000-", '"old"')]


def test_mixed_parts_without_validators_are_fetched_again(site, fetch):
    url = site.publish("/x.img", b"old" * 400000, etag="", cut=[100000] * 4)
    with pytest.raises(SourceError):
        fetch(url)
    site.requests.clear()
    site.publish("/x.img", CONTENT, etag="")
    assert fetch(url) == CONTENT
    assert ranges(site) == ["bytes=400000-", None]


def test_a_weak_etag_is_not_used_to_resume(site, fetch):
    fetch(site.publish("/x.img", CONTENT, etag='W/"1"', cut=[1000000]))
    assert "If-Range" not in site.requests[1]


def test_a_part_longer_than_the_file_is_dropped(site, fetch):
    url = site.publish("/x.img", CONTENT + CONTENT, etag="", cut=[len(CONTENT) + 5] + [0] * 3)
    with pytest.raises(SourceError):
        fetch(url)
    site.publish("/x.img", CONTENT, etag="")
    assert fetch(url) == CONTENT


def test_a_response_with_another_range_is_discarded(site, fetch):
    assert fetch(site.publish("/x.img", CONTENT, cut=[1000000], wrong_range=True)) == CONTENT
    assert ranges(site) == [None, "bytes=1000000-", None]


def test_a_checksum_mismatch_shows_both_and_keeps_nothing(site, fetch, left, tmp_path):
    other = Checksum("sha256", "0" * 64)
    with pytest.raises(ChecksumMismatch) as caught:
        fetch(site.publish("/x.img", CONTENT), other)
    assert CHECKSUM.digest in str(caught.value) and other.digest in str(caught.value)
    assert caught.value.where == "checksum"
    assert left() == [] and not (tmp_path / "target").exists()
    assert len(site.requests) == 1


@pytest.mark.parametrize("status, words", [(401, "user:password@"), (403, "may read"), (404, "Check the URL")])
def test_a_final_status_fails_at_once_and_leaves_nothing(site, fetch, left, status, words):
    with pytest.raises(SourceError) as caught:
        fetch(site.publish("/x.img", CONTENT, statuses=[status] * 9))
    assert f"/x.img answers {status}" in caught.value.what and words in caught.value.remedy
    assert caught.value.where == "url" and len(site.requests) == 1
    assert left() == []


def test_a_passing_failure_of_the_server_is_tried_again(site, fetch):
    assert fetch(site.publish("/x.img", CONTENT, statuses=[503, 500, 429])) == CONTENT


def test_a_lasting_failure_of_the_server_ends_after_four_attempts(site, fetch):
    with pytest.raises(SourceError, match="answers 502 Bad Gateway"):
        fetch(site.publish("/x.img", CONTENT, statuses=[502] * 9))
    assert len(site.requests) == 4


def test_a_refused_connection_and_an_unknown_host_are_reported(fetch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(SourceError, match="connection refused"):
            fetch(f"http://127.0.0.1:{free.getsockname()[1]}/x.img")
    with pytest.raises(SourceError, match="the host of http://no-such-host.invalid/x.img cannot be resolved"):
        fetch("http://no-such-host.invalid/x.img")


def test_a_silent_server_times_out(site, fetch):
    with pytest.raises(SourceError, match="has not answered for 0.05 seconds"):
        fetch(site.publish("/x.img", CONTENT, pause=0.3), timeout=0.05)


def test_a_server_that_does_not_speak_http_is_reported(fetch):
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            for _attempt in range(4):
                connection = listener.accept()[0]
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-Hello\r\n")
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(SourceError, match="does not answer in HTTP"):
            fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/x.img")


def test_redirects_are_followed_also_when_resuming(site, fetch):
    site.publish("/real.img", CONTENT, cut=[1000000])
    assert fetch(site.publish("/x.img", b"", redirect="/real.img")) == CONTENT
    assert ranges(site)[-1] == "bytes=1000000-"


def test_a_redirect_to_a_file_of_the_host_is_refused(site, fetch):
    with pytest.raises(SourceError):
        fetch(site.publish("/x.img", b"", redirect="file:///etc/hostname"))


def test_a_login_in_the_url_is_sent_to_its_server_only_and_never_shown(site, fetch):
    url = site.publish("/x.img", CONTENT, login="Basic bWU6cEBzcw==").replace("http://", "http://me:p%40ss@")
    assert fetch(url) == CONTENT
    elsewhere = site.publish("/moved.img", CONTENT).replace("127.0.0.1", "localhost")
    site.publish("/x.img", b"", login="Basic bWU6cEBzcw==", redirect=elsewhere)
    assert fetch(url) == CONTENT
    assert site.requests[-1]["path"] == "/moved.img" and "Authorization" not in site.requests[-1]

    site.publish("/x.img", CONTENT, login="Basic other")
    with pytest.raises(SourceError) as caught:
        fetch(url + "?sig=token")
    told = "".join(traceback.format_exception(caught.type, caught.value, caught.tb.tb_next.tb_next))
    assert "answers 401" in str(caught.value)
    assert "p%40ss" not in told and "p@ss" not in told and "token" not in told


def test_a_login_in_a_redirect_is_never_shown(site, fetch):
    with pytest.raises(SourceError) as caught:
        fetch(site.publish("/x.img", b"", redirect=site.base.replace("http://", "http://me:hidden/x@") + "/real.img"))
    assert "hidden" not in "".join(traceback.format_exception(caught.type, caught.value, caught.tb.tb_next))


def test_the_proxy_of_the_environment_is_used(site, fetch, monkeypatch):
    monkeypatch.setenv("http_proxy", site.base)
    site.publish("/x.img", CONTENT)
    assert fetch("http://mirror.example/x.img") == CONTENT
    assert site.requests[0]["path"] == "http://mirror.example/x.img"


def test_an_untrusted_certificate_is_reported_and_a_trusted_one_works(secure_site, fetch, monkeypatch):
    url = secure_site.publish("/x.img", CONTENT)
    with pytest.raises(SourceError, match="certificate of https://.*/x.img is not trusted: self.signed"):
        fetch(url)
    monkeypatch.setenv("SSL_CERT_FILE", secure_site.certificate)
    assert fetch(url) == CONTENT


def test_a_redirect_from_https_to_http_is_refused(secure_site, site, fetch, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", secure_site.certificate)
    plain = site.publish("/x.img", CONTENT)
    with pytest.raises(SourceError, match=f"from https to {plain}"):
        fetch(secure_site.publish("/x.img", b"", redirect=plain))
    assert site.requests == []


def test_two_downloads_of_one_file_at_a_time_are_a_conflict(site, fetch, tmp_path):
    url = site.publish("/x.img", CONTENT)
    held = download_module._Part.held(str(tmp_path / "parts"), CHECKSUM)
    with held, pytest.raises(Conflict, match="another run is downloading"):
        fetch(url)
    assert fetch(url) == CONTENT


def test_a_file_that_cannot_fit_is_not_even_begun(site, on_small_disk):
    url = site.publish("/x.img", CONTENT)
    told = on_small_disk(
        f"""
from {download_module.__name__} import download, Checksum
download({url!r}, Checksum("sha256", {CHECKSUM.digest!r}), DISK, DISK + "/target")
"""
    )
    assert told["error"] == "NoSpace" and f"{len(CONTENT)} are needed" in told["text"] and told["left"] == []


def test_a_full_disk_while_downloading_is_reported_and_left_clean(site, on_small_disk):
    url = site.publish("/x.img", CONTENT, length=False)
    told = on_small_disk(
        f"""
from {download_module.__name__} import download, Checksum
download({url!r}, Checksum("sha256", {CHECKSUM.digest!r}), DISK, DISK + "/target")
"""
    )
    assert told["error"] == "NoSpace" and "no space left" in told["text"] and told["left"] == []
