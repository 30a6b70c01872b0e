"""Jobs of the simulated queue: sent, found waiting and running, collected, cancelled, paid for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from support.fal.server import FalServer
from support.fal.troubles import Trouble
from tests.support.fal.account import ACE_STEP, MUREKA, MUSIC, SONG, Account

LYRICS = SONG["lyrics"]


def test_a_submission_says_where_to_ask(account: Account) -> None:
    job = account.submit(MUREKA, lyrics=LYRICS)
    base = f"{account.server.url}/mureka/api/requests/{job['request_id']}"
    assert job == {
        "status": "IN_QUEUE",
        "request_id": account.server.jobs[0].request_id,
        "queue_position": 0,
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
    }


def test_polls_find_a_job_waiting_then_running_then_done(account: Account) -> None:
    account.server.queue.positions = (4, 1)
    account.server.queue.running_polls = 2
    job = account.submit()
    assert job["queue_position"] == 4
    answers = [account.ask("GET", job["status_url"]) for _ in range(6)]
    told = [(a.status_code, a.json()) for a in answers]
    assert [(code, t["status"], t.get("queue_position")) for code, t in told] == [
        (202, "IN_QUEUE", 4),
        (202, "IN_QUEUE", 1),
        (202, "IN_PROGRESS", None),
        (202, "IN_PROGRESS", None),
        (200, "COMPLETED", None),
        (200, "COMPLETED", None),
    ]  # fmt: skip
    assert "inference_time" in answers[-1].json()["metrics"]
    assert account.server.jobs[0].polls == 6


def test_a_job_of_its_own_takes_as_long_as_its_trouble_says(account: Account) -> None:
    account.server.script_jobs([Trouble.waiting(7, running_polls=1)], of="slow")
    slow, quick = account.submit(prompt="slow"), account.submit(prompt="quick")
    found = [account.status(job)["status"] for job in (slow, quick, slow, slow)]
    assert found == ["IN_QUEUE", "COMPLETED", "IN_PROGRESS", "COMPLETED"]


def test_logs_are_given_where_they_are_asked_for(account: Account) -> None:
    job = account.submit()
    assert account.status(job)["logs"] is None
    assert account.ask("GET", f"{job['status_url']}?logs=1").json()["logs"] == []


def test_a_result_before_its_time_is_refused(account: Account) -> None:
    account.server.hold()
    job = account.submit()
    assert account.status(job)["status"] == "IN_PROGRESS"
    answer = account.result(job)
    assert (answer.status_code, answer.json()["error_type"]) == (400, "bad_request")
    account.server.release()
    assert account.result(job).status_code == 200


def test_more_jobs_than_run_at_once_wait_in_order(account: Account) -> None:
    server = account.server
    server.queue.concurrency = 2
    server.hold()
    jobs = [account.submit() for _ in range(4)]
    assert [job["queue_position"] for job in jobs] == [0, 0, 0, 1]
    assert account.status(jobs[3])["queue_position"] == 1
    server.release(1)
    server.wait_for_jobs("done", 1)
    assert [account.status(job)["status"] for job in jobs] == [
        "COMPLETED", "IN_PROGRESS", "IN_PROGRESS", "IN_QUEUE"
    ]  # fmt: skip
    server.release()
    assert len(server.queue.alive("done")) == 4


def test_jobs_that_nobody_asks_for_end_when_told(account: Account) -> None:
    account.server.queue.positions = (3, 2, 1)
    account.submit()
    assert account.server.books.total == 0
    account.server.complete()
    assert account.server.books.total == 0.016


def test_unknown_jobs_are_not_found(account: Account) -> None:
    job = account.submit()
    elsewhere = job["status_url"].replace("minimax/music-3", "fal-ai/ace-step-1.5")
    whole = job["status_url"].replace(job["request_id"], "0" * 36)
    for url in (elsewhere, whole):
        assert account.ask("GET", url).status_code == 404
    cancelled = account.ask("PUT", job["cancel_url"].replace(job["request_id"], "0"))
    assert (cancelled.status_code, cancelled.json()) == (404, {"status": "NOT_FOUND"})


def test_a_waiting_job_is_dropped_free(account: Account) -> None:
    account.server.queue.positions = (1,)
    job = account.submit()
    answer = account.ask("PUT", job["cancel_url"])
    assert (answer.status_code, answer.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    status = account.status(job)
    assert (status["status"], status["error_type"]) == ("COMPLETED", "client_cancelled")
    assert account.result(job).status_code == 499
    assert account.server.books.charges == []


@pytest.mark.parametrize("stops", [True, False])
def test_a_running_job_may_be_stopped_or_not(account: Account, stops: bool) -> None:
    account.server.queue.cancels_running = stops
    account.server.hold()
    job = account.submit()
    assert account.ask("PUT", job["cancel_url"]).status_code == 202
    account.server.release()
    assert account.result(job).status_code == (499 if stops else 200)
    assert account.server.books.total == (0 if stops else 0.016)
    again = account.ask("PUT", job["cancel_url"])
    assert (again.status_code, again.json()) == (400, {"status": "ALREADY_COMPLETED"})


def test_a_job_that_does_not_start_in_time_fails_free(account: Account) -> None:
    account.server.queue.positions = (0,) * 9
    url, limit = f"{account.server.url}/{MUSIC}", {"X-Fal-Request-Timeout": "60"}
    job = account.ask("POST", url, json=SONG, headers=limit).json()
    account.server.pass_time(59)
    assert account.status(job)["status"] == "IN_QUEUE"
    account.server.pass_time(2)
    answer = account.result(job)
    assert (answer.status_code, answer.json()["error_type"]) == (504, "request_timeout")
    assert answer.headers["X-Fal-Request-Timeout-Type"] == "user"
    assert account.server.books.total == 0


def test_each_charge_is_in_the_books_when_its_job_ends(account: Account) -> None:
    server = account.server
    server.hold()
    job = account.submit(duration=5)
    server.pass_time(100)
    assert server.books.charges == []
    before = server.now()
    server.release()
    (charge,) = server.books.charges_for(job["request_id"])
    assert (charge.endpoint, float(charge.units), charge.usd) == (MUSIC, 5.0, 0.01)
    assert (charge.status, before <= charge.at <= server.now()) == (200, True)
    assert account.result(job).headers["x-fal-billable-units"] == "5"
    account.submit(ACE_STEP, duration=10)
    assert [c.usd for c in server.books.charges_for(ACE_STEP)] == [0.006]
    assert (server.books.usd_for(MUSIC), server.books.total) == (0.01, 0.016)


def test_a_balance_that_is_used_up_locks_the_account(account: Account) -> None:
    account.server.queue.credit = 0.02
    jobs = [account.submit(), account.submit()]
    refused = account.send()
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("User is locked. Reason: Exhausted balance.")
    assert [account.result(job).status_code for job in jobs] == [200, 200]


def test_a_locked_account_and_a_vanished_endpoint_take_nothing(account: Account) -> None:
    account.server.queue.gone.add(MUSIC)
    assert account.send().status_code == 404
    assert account.send("nobody/nothing").status_code == 404
    account.server.queue.locked = "Under review"
    assert (
        account.send(ACE_STEP).json()["detail"].startswith("User is locked. Reason: Under review.")
    )
    assert account.server.jobs == []


@pytest.mark.parametrize(
    ("limit", "value"), [("results_given", 1), ("result_seconds", 3600.0), ("result_seconds", 0.0)]
)
def test_results_can_be_had_so_often_and_so_long(
    account: Account, limit: str, value: float
) -> None:
    setattr(account.server.queue, limit, value)
    job = account.submit()
    assert account.result(job).status_code == (404 if value == 0 else 200)
    account.server.pass_time(3601)
    assert account.result(job).status_code == 404
    assert account.server.books.total == 0.016, "paid and lost"


def test_results_of_which_no_payload_is_kept_live_an_hour_or_six_minutes(account: Account) -> None:
    account.server.queue.stores_payloads = False
    small = account.submit()
    large = account.submit(MUREKA, lyrics="\n".join("la" for _ in range(600)))
    account.server.pass_time(300)
    assert [account.result(job).status_code for job in (small, large)] == [200, 200]
    account.server.pass_time(100)
    assert [account.result(job).status_code for job in (small, large)] == [200, 404]
    account.server.pass_time(3600)
    assert account.result(small).status_code == 404


def test_a_wrong_key_opens_nothing(account: Account) -> None:
    server = account.server
    job = account.submit()
    for method, url in [
        ("POST", f"{server.url}/{MUSIC}"),
        ("GET", job["status_url"]),
        ("GET", job["response_url"]),
        ("PUT", job["cancel_url"]),
        ("GET", f"{server.url}/v1/models/pricing?endpoint_id={MUSIC}"),
        ("GET", f"{server.url}/v1/models/requests/by-endpoint?endpoint_id={MUSIC}"),
        ("POST", f"{server.url}/storage/upload/initiate?storage_type=gcs"),
        ("POST", f"{server.url}/storage/auth/token?storage_type=fal-cdn-v3"),
    ]:
        for key in ("Key other", f"Bearer {server.key}", ""):
            headers = {"Authorization": key}
            answer = requests.request(method, url, json={}, headers=headers, timeout=30)
            assert answer.status_code == 401, url
    assert server.refused_keys == 24
    assert len(server.jobs) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Fal-Request-Timeout", "soon"),
        ("X-Fal-Queue-Priority", "high"),
        ("X-Fal-Object-Lifecycle-Preference", "week"),
    ],
)
def test_headers_that_make_no_sense_are_refused(account: Account, name: str, value: str) -> None:
    url = f"{account.server.url}/{MUSIC}"
    assert account.ask("POST", url, json=SONG, headers={name: value}).status_code == 400
    assert account.server.jobs == []


def test_a_job_can_be_forgotten_though_it_was_paid(account: Account) -> None:
    job = account.submit()
    account.server.forget()
    answers = [account.ask("GET", job["status_url"]), account.result(job)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert account.server.books.usd_for(job["request_id"]) == 0.016
    assert account.submit()["request_id"] != job["request_id"]


def test_many_at_once_are_each_done_and_paid_once(account: Account) -> None:
    account.server.queue.positions = (0,)
    with ThreadPoolExecutor(12) as pool:
        jobs = list(pool.map(lambda seed: account.submit(seed=seed, duration=1), range(24)))
        while any(told["status"] != "COMPLETED" for told in pool.map(account.status, jobs)):
            pass
        seeds = [answer.json()["seed"] for answer in pool.map(account.result, jobs)]
    assert seeds == list(range(24))
    assert account.server.books.total == 0.048
    assert {len(account.server.books.charges_for(job["request_id"])) for job in jobs} == {1}


def test_hosts_apart_know_only_what_is_theirs() -> None:
    with FalServer(apart=True) as server:
        account = Account(server)
        assert (
            len({server.queue_url, server.platform_url, server.upload_url, server.files_url}) == 4
        )
        url = account.make()["audio"]["url"]
        assert url.startswith(server.files_url)
        assert account.upload().startswith(server.files_url)
        assert account.listing()["items"]
        assert account.ask("POST", f"{server.platform_url}/{MUSIC}", json=SONG).status_code == 404
        assert account.file(url.replace(server.files_url, server.queue_url)).status_code == 404
        assert [stray.split()[:2] for stray in server.strays] == [
            ["POST", "platform"], ["GET", "queue"]
        ]  # fmt: skip


def test_a_server_that_is_down_hears_nobody_and_forgets_nothing(account: Account) -> None:
    job = account.submit()
    with account.server.down(), pytest.raises(requests.ConnectionError):
        account.status(job)
    assert account.status(job)["status"] == "COMPLETED"


def test_going_down_hangs_up_on_open_connections(account: Account) -> None:
    job = account.submit()
    with requests.Session() as session:
        session.headers.update(account.key)
        session.get(job["status_url"], timeout=30).json()
        with account.server.down(), pytest.raises(requests.ConnectionError):
            session.get(job["status_url"], timeout=30)
