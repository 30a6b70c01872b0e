"""Each trouble of the simulated service does what it says, to whom it says."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
import requests

from support.fal import troubles
from support.fal.troubles import Mishap, Trouble
from tests.support.fal.account import ACE_STEP, MUREKA, MUSIC, OLD, SONG, VOICE, Account

FAILING = [
    troubles.CONTENT_POLICY,
    troubles.DOWNSTREAM_ERROR,
    troubles.DOWNSTREAM_UNAVAILABLE,
    troubles.GENERATION_TIMEOUT,
    troubles.MODEL_BROKE,
    troubles.BAD_REQUEST,
    troubles.INTERNAL_ERROR,
    troubles.REQUEST_TIMEOUT,
    troubles.RUNNER_DISCONNECTED,
    troubles.RUNNER_SERVER_ERROR,
    troubles.STARTUP_TIMEOUT,
    Trouble.rejected("file_download_error", at="reference_audio_url"),
]


@pytest.mark.parametrize("trouble", FAILING, ids=lambda trouble: trouble.name)
def test_a_failure_is_called_completed_and_its_result_says_the_truth(
    account: Account, trouble: Trouble
) -> None:
    assert trouble.failure is not None
    account.server.script_jobs([trouble])
    job = account.submit()
    answer = account.ask("GET", job["status_url"])
    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")
    assert answer.json()["error"]
    assert answer.json()["error_type"] == trouble.failure.error_type
    result = account.result(job)
    assert result.status_code == trouble.failure.status
    assert result.headers["x-fal-error-type"] == trouble.failure.error_type
    assert result.headers["x-fal-retryable"] == ("true" if result.status_code >= 500 else "false")
    assert result.headers["x-fal-request-id"] == job["request_id"]
    detail = result.json()["detail"]
    if isinstance(detail, list):
        assert detail[0]["type"] == trouble.failure.error_type
    else:
        assert result.json()["error_type"] == trouble.failure.error_type
    assert account.server.books.charges == []
    assert account.make()["audio"], "the next one goes right"


def test_a_5xx_is_free_even_where_a_refusal_is_not(account: Account) -> None:
    account.server.queue.rejected_units = 5
    account.server.script_jobs([troubles.MODEL_BROKE, troubles.CONTENT_POLICY])
    account.submit()
    assert account.server.books.total == 0
    account.submit()
    assert account.server.books.total == 0.01


@pytest.mark.parametrize("mishap", [Mishap.lost_before(), Mishap.reset(carried_out=False)])
def test_a_submission_that_is_lost_before_makes_no_job(account: Account, mishap: Mishap) -> None:
    account.server.script("submit", [mishap])
    with pytest.raises(requests.ConnectionError):
        account.submit()
    assert (account.server.jobs, account.server.requests["submit"]) == ([], 1)


@pytest.mark.parametrize("mishap", [Mishap.lost_after(), Mishap.reset(), Mishap.cut_off(0.5)])
def test_a_submission_that_is_lost_after_makes_one_and_is_paid(
    account: Account, mishap: Mishap
) -> None:
    account.server.script("submit", [mishap])
    with pytest.raises(requests.RequestException):
        account.submit()
    assert account.server.books.total == 0.016
    assert account.listing()["items"][0]["request_id"] == account.server.jobs[0].request_id


@pytest.mark.parametrize("step", ["status", "result"])
def test_lost_polls_and_results_leave_the_job_as_it_is(account: Account, step: str) -> None:
    account.server.script(step, [Mishap.lost_before(), Mishap.lost_after()])
    job = account.submit()
    url = job["status_url" if step == "status" else "response_url"]
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            account.ask("GET", url)
    assert account.ask("GET", url).status_code == 200
    assert account.server.requests[step] == 3
    assert account.server.books.total == 0.016


ANSWERS = [
    (troubles.WRONG_KEY, 401, True),
    (troubles.UNPAID, 402, True),
    (troubles.LOCKED, 403, True),
    (troubles.GONE, 404, True),
    (Mishap.too_many(), 429, True),
    (Mishap.http(500), 500, True),
    (Mishap.nginx(502), 502, False),
    (Mishap.http(503, error_type="runner_scheduling_failure"), 503, True),
    (Mishap.http(503, with_request_id=False), 503, False),
    (Mishap.nginx(503), 503, False),
    (Mishap.start_timeout(), 504, True),
]


@pytest.mark.parametrize(("mishap", "status", "has_id"), ANSWERS)
@pytest.mark.parametrize("step", ["submit", "status", "result"])
def test_an_answer_can_be_any_error(
    account: Account, step: str, mishap: Mishap, status: int, has_id: bool
) -> None:
    account.server.script(step, [mishap])
    urls = {"status": "status_url", "result": "response_url"}
    answer = account.send()
    if step != "submit":
        answer = account.ask("GET", answer.json()[urls[step]])
    assert answer.status_code == status
    assert ("x-fal-request-id" in answer.headers) == has_id
    assert ("nginx" in answer.text) == mishap.name.startswith("nginx")
    assert len(account.server.jobs) == (step != "submit")
    assert account.send().status_code == 200


def test_answers_say_what_the_service_says(account: Account) -> None:
    script = [troubles.LOCKED, Mishap.too_many("7"), Mishap.too_many(), Mishap.start_timeout()]
    account.server.script("submit", script)
    answers = [account.send() for _ in script]
    assert answers[0].json()["detail"].startswith("User is locked. Reason: Exhausted balance.")
    assert [answer.headers.get("Retry-After") for answer in answers] == [None, "7", None, None]
    assert answers[3].headers["X-Fal-Request-Timeout-Type"] == "user"


def test_a_gateway_can_give_up_on_a_submission_that_was_accepted(account: Account) -> None:
    account.server.script("submit", [Mishap.nginx(504, carried_out=True)])
    assert account.send().status_code == 504
    assert len(account.server.jobs) == 1


def test_scripts_are_for_a_model_a_job_or_words_of_a_song(account: Account) -> None:
    server = account.server
    server.script("submit", [Mishap.http(500)], of=ACE_STEP)
    server.script("submit", [Mishap.http(503)], of="harbour at night")
    assert account.send().status_code == 200
    assert account.send(ACE_STEP).status_code == 500
    assert account.send(lyrics="The harbour at night").status_code == 503
    jobs = [account.submit() for _ in range(2)]
    server.script("result", [Mishap.http(500)], of=jobs[1]["request_id"])
    assert [account.result(job).status_code for job in jobs] == [200, 500]
    server.script_jobs([troubles.MODEL_BROKE], of=MUREKA)
    server.script_jobs([None, troubles.CONTENT_POLICY])
    statuses = [account.result(account.submit()).status_code for _ in range(2)]
    assert statuses == [200, 422]
    assert account.result(account.submit(MUREKA, lyrics="la")).status_code == 500


def test_a_model_is_meant_by_its_whole_name(account: Account) -> None:
    account.server.script("submit", [Mishap.http(500)], of=OLD)
    newer = {"prompt": SONG["lyrics"], "lyrics_prompt": "folk, slow"}
    assert account.send(f"{OLD}/v1.5", **newer).status_code == 200
    assert account.send(OLD, prompt="##la##").status_code == 500


def test_any_step_can_be_meant_and_all_scripts_dropped(account: Account) -> None:
    account.server.script("any", [Mishap.http(500)] * 3)
    account.server.script_jobs([troubles.MODEL_BROKE])
    job = f"{account.server.url}/{MUSIC}/requests/1"
    assert [account.ask("GET", job).status_code for _ in range(2)] == [500, 500]
    account.server.recover()
    assert account.make()["audio"]


@pytest.mark.parametrize("carried_out", [True, False])
def test_an_answer_can_never_come(account: Account, carried_out: bool) -> None:
    account.server.script("submit", [Mishap.hanging(carried_out=carried_out)])
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{account.server.url}/{MUSIC}", json=SONG, headers=account.key, timeout=(30, 0.5)
        )
    assert (account.server.requests["submit"], len(account.server.jobs)) == (1, carried_out)


def test_a_late_answer_is_late(account: Account) -> None:
    account.server.script("submit", [Mishap.late(0.3)])
    start = time.monotonic()
    account.submit()
    assert time.monotonic() - start >= 0.3


def test_results_can_be_odd(account: Account) -> None:
    account.server.script_jobs(
        [
            Trouble.without_audio(),
            Trouble.nested("output", "tracks", "0", "audio"),
            troubles.WRONG_TYPE,
            troubles.UNDESCRIBED,
            Trouble("other answer", output={"audio": "soon"}),
        ]
    )
    assert set(account.make()) == {"seed", "duration"}
    nested = account.make()["output"]["tracks"][0]["audio"]
    assert account.file(nested["url"]).content[:4] == b"RIFF"
    wrong = account.make()["audio"]
    assert (wrong["content_type"], wrong["file_name"]) == ("image/png", "picture.png")
    assert account.file(wrong["url"]).content[:4] == b"RIFF"
    assert set(account.make()["audio"]) == {"url"}
    assert account.make() == {"audio": "soon"}
    assert account.server.books.total == 0.08, "all of them are paid for"


def test_a_result_can_be_no_json(account: Account) -> None:
    account.server.script("result", [Mishap.raw(b'{"audio": {"url"')])
    with pytest.raises(json.JSONDecodeError):
        account.result(account.submit()).json()


def test_audio_can_be_something_else(account: Account) -> None:
    page = b"<html>Not here</html>"
    account.server.script_jobs(
        [Trouble.delivering(page, "text/html"), Trouble("short", seconds=0.5)]
    )
    answer = account.file(account.make()["audio"]["url"])
    assert (answer.content, answer.headers["Content-Type"]) == (page, "text/html")
    assert account.make(duration=60)["duration"] == 0.5
    account.server.script("file", [Mishap.called("image/png")])
    assert account.file(account.make()["audio"]["url"]).headers["Content-Type"] == "image/png"


def test_other_units_can_be_billed_and_told_or_not(account: Account) -> None:
    account.server.script_jobs([Trouble.billed(60), Trouble.billed(3, told=False)])
    answers = [account.result(account.submit()) for _ in range(2)]
    assert [a.headers.get("x-fal-billable-units") for a in answers] == ["60", None]
    assert account.server.books.total == 0.126


@pytest.mark.parametrize("status", [403, 404])
def test_a_file_can_be_refused_once(account: Account, status: int) -> None:
    url = account.make()["audio"]["url"]
    account.server.script("file", [Mishap.http(status)], of=MUSIC)
    assert [account.file(url).status_code for _ in range(2)] == [status, 200]


def received(answer: requests.Response) -> bytes:
    """Return what arrives before the connection breaks."""
    pieces: list[bytes] = []
    with answer, contextlib.suppress(requests.RequestException):
        pieces.extend(answer.iter_content(4096))
        pytest.fail("the download came to its end")
    return b"".join(pieces)


def test_a_download_can_be_cut(account: Account) -> None:
    url = account.make()["audio"]["url"]
    account.server.script("file", [Mishap.cut_off(0.25)])
    answer = account.file(url, stream=True)
    start = received(answer)
    assert 0 < len(start) <= int(answer.headers["Content-Length"]) // 4
    rest = account.file(url, headers={"Range": f"bytes={len(start)}-"})
    assert start + rest.content == account.file(url).content


def test_a_download_can_stall(account: Account) -> None:
    url = account.make()["audio"]["url"]
    account.server.script("file", [Mishap.stalling(0.5)])
    start = received(requests.get(url, timeout=0.5, stream=True))
    assert 0 < len(start) <= len(account.file(url).content) // 2


def test_a_download_can_be_slow(account: Account) -> None:
    url = account.upload()
    account.server.script("file", [Mishap.slow(len(VOICE) // 3, 0.1)])
    start = time.monotonic()
    assert account.file(url).content == VOICE
    assert time.monotonic() - start >= 0.2


def test_a_redirect_leads_to_a_stranger(account: Account) -> None:
    url = account.make()["audio"]["url"]
    path = url.removeprefix(account.server.url)
    account.server.script(
        "file", [Mishap.redirect(f"{{stranger}}{path}"), Mishap.redirect("ftp://127.0.0.1/song")]
    )
    assert account.file(url).content[:4] == b"RIFF"
    (visit,) = account.server.visits
    assert (visit.path, visit.headers.get("authorization")) == (path, None)
    with pytest.raises(requests.exceptions.InvalidSchema):
        account.file(url)


def test_addresses_can_lead_to_a_stranger(account: Account) -> None:
    account.server.script_jobs(
        [Trouble("far job", job_base="{stranger}"), Trouble("far file", file_base="{stranger}")]
    )
    stranger = account.server.stranger.url
    job = account.submit()
    assert job["status_url"].startswith(f"{stranger}/{MUSIC}/requests/")
    assert account.ask("GET", job["status_url"]).status_code == 404
    assert account.server.visits[0].headers["authorization"] == f"Key {account.server.key}"
    url = account.make()["audio"]["url"]
    assert url.startswith(stranger)
    assert account.file(url).content[:4] == b"RIFF"


@pytest.mark.parametrize("step", ["initiate", "put"])
def test_an_upload_can_fail_at_either_step(account: Account, step: str) -> None:
    account.server.script(step, [Mishap.http(503)])
    with pytest.raises((KeyError, AssertionError)):
        account.upload()
    assert account.server.storage.uploads == []
    account.upload()


def test_platform_answers_can_be_lost(account: Account) -> None:
    account.submit()
    account.server.script("listing", [Mishap.lost_after(), Mishap.http(500)], of=MUSIC)
    with pytest.raises(requests.ConnectionError):
        account.listing()
    with pytest.raises(AssertionError):
        account.listing()
    assert account.listing()["items"]
    assert account.server.jobs[0].given == SONG
