"""The simulated platform: the list of requests, page by page, and the list of prices."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from support.fal.troubles import CONTENT_POLICY
from tests.support.fal.account import ACE_STEP, MUREKA, MUSIC, SONG, Account

PLACE = "v1/models/requests/by-endpoint"


def moment(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def iso(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()


def test_requests_are_listed_with_all_that_is_known(account: Account) -> None:
    before = account.server.now()
    job = account.submit(seed=3)
    account.submit(ACE_STEP, duration=10)
    listed = account.listing(expand="payloads")
    (item,) = listed["items"]
    assert (listed["has_more"], listed["next_cursor"]) == (False, None)
    assert (item["request_id"], item["endpoint_id"]) == (job["request_id"], MUSIC)
    assert (item["status_code"], item["json_input"]) == (200, SONG | {"seed": 3})
    assert item["json_output"] == account.result(job).json()
    assert before <= moment(item["sent_at"]) <= moment(item["ended_at"]) <= account.server.now()
    assert item["duration"] >= 0


def test_failed_and_unfinished_requests_are_listed_as_what_they_are(account: Account) -> None:
    account.server.script_jobs([CONTENT_POLICY])
    account.submit()
    account.server.hold()
    account.submit()
    unfinished, failed = account.listing(expand="payloads")["items"]
    assert (unfinished["status_code"], unfinished["ended_at"], unfinished["json_output"]) == (
        None, None, None
    )  # fmt: skip
    assert (failed["status_code"], failed["json_output"]["detail"][0]["type"]) == (
        422, "content_policy_violation"
    )  # fmt: skip
    account.server.listing.shows_unfinished = False
    assert account.listing()["items"] == [
        {name: value for name, value in failed.items() if not name.startswith("json")}
    ]


def test_payloads_can_be_missing(account: Account) -> None:
    account.submit()
    assert "json_input" not in account.listing()["items"][0]
    account.server.queue.stores_payloads = False
    item = account.listing(expand="payloads")["items"][0]
    assert (item["json_input"], item["json_output"]) == (None, None)
    account.server.listing.shows_payloads = False
    assert "json_input" not in account.listing(expand="payloads")["items"][0]


def test_one_request_can_ask_not_to_be_kept(account: Account) -> None:
    url = f"{account.server.url}/{MUSIC}"
    account.ask("POST", url, json=SONG, headers={"X-Fal-Store-IO": "0"})
    account.submit()
    inputs = [item["json_input"] for item in account.listing(expand="payloads")["items"]]
    assert inputs == [SONG, None]


@pytest.mark.parametrize("by", ["limit", "page"])
def test_pages_follow_each_other_newest_first(account: Account, by: str) -> None:
    sent = [account.submit()["request_id"] for _ in range(5)]
    asked: dict[str, Any] = {"limit": 2} if by == "limit" else {"limit": 100}
    account.server.listing.page = 100 if by == "limit" else 2
    pages = [account.listing(**asked)]
    while pages[-1]["has_more"]:
        pages.append(account.listing(cursor=pages[-1]["next_cursor"], **asked))
    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert [item["request_id"] for page in pages for item in page["items"]] == sent[::-1]


def test_times_bound_the_list_by_its_own_clock(account: Account) -> None:
    server = account.server
    old = account.submit()["request_id"]
    server.pass_time(600)
    new = account.submit()["request_id"]
    middle = iso(server.now() - 300)
    since, until = account.listing(start=middle)["items"], account.listing(end=middle)["items"]
    assert ([i["request_id"] for i in since], [i["request_id"] for i in until]) == ([new], [old])
    server.listing.skew = -400
    assert account.listing(start=middle)["items"] == []
    server.listing.skew = 120
    told = moment(account.listing()["items"][0]["sent_at"])
    assert 119 < told - server.job(new).sent < 121


def test_the_list_can_lag_behind(account: Account) -> None:
    account.server.listing.lag = 30
    account.submit()
    assert account.listing()["items"] == []
    account.server.pass_time(31)
    assert len(account.listing()["items"]) == 1


def test_equal_requests_of_this_and_of_another_program_are_listed(account: Account) -> None:
    mine = account.submit(MUREKA, lyrics="la")["request_id"]
    other = account.server.elsewhere(MUREKA, {"lyrics": "la"}, ago=60)
    items = account.listing(MUREKA, expand="payloads")["items"]
    assert [item["request_id"] for item in items] == [mine, other.request_id]
    assert items[0]["json_input"] == items[1]["json_input"]
    assert 59 < moment(items[0]["sent_at"]) - moment(items[1]["sent_at"]) < 62
    assert account.server.books.total == 0.225, "not of another program's job"


@pytest.mark.parametrize(
    "query", ["", "endpoint_id=a/b&limit=0", "endpoint_id=a/b&limit=101", "endpoint_id=a/b&limit=x",
              "endpoint_id=a/b&start=yesterday", "endpoint_id=a/b&cursor=what"]
)  # fmt: skip
def test_a_list_that_is_asked_for_wrongly_is_refused(account: Account, query: str) -> None:
    assert account.ask("GET", f"{account.server.url}/{PLACE}?{query}").status_code == 422


def prices(account: Account, query: str) -> Any:
    return account.ask("GET", f"{account.server.url}/v1/models/pricing?{query}").json()


def test_prices_are_listed(account: Account) -> None:
    listed = prices(account, f"endpoint_id={MUSIC}&endpoint_id={MUREKA}")
    assert listed["prices"] == [
        {"endpoint_id": MUSIC, "unit_price": 0.002, "unit": "seconds", "currency": "USD"},
        {"endpoint_id": MUREKA, "unit_price": 0.0075, "unit": "units", "currency": "USD"},
    ]
    assert prices(account, f"endpoint_id={MUREKA},{MUSIC}")["prices"] == listed["prices"][::-1]
    assert len(prices(account, "")["prices"]) == len(account.server.queue.models)
    assert prices(account, "endpoint_id=a/b")["error_type"] == "not_found"


def test_prices_change_and_are_charged_so(account: Account) -> None:
    account.server.pricing.set(MUSIC, 0.05, "minutes")
    (price,) = prices(account, f"endpoint_id={MUSIC}")["prices"]
    assert (price["unit_price"], price["unit"]) == (0.05, "minutes")
    account.submit()
    assert account.server.books.total == 0.4


def test_a_vanished_endpoint_has_no_price(account: Account) -> None:
    account.server.queue.gone.add(MUSIC)
    url = f"{account.server.url}/v1/models/pricing?endpoint_id={MUSIC}"
    assert account.ask("GET", url).status_code == 404


def test_costs_are_estimated(account: Account) -> None:
    url = f"{account.server.url}/v1/models/pricing/estimate"
    asked = {"estimate_type": "unit_price", "endpoints": {MUSIC: {"unit_quantity": 90}}}
    assert account.ask("POST", url, json=asked).json() == {
        "estimate_type": "unit_price", "total_cost": 0.18, "currency": "USD"
    }  # fmt: skip
    refused: list[dict[str, Any]] = [{}, {"endpoints": {MUSIC: {}}}]
    for wrong in refused:
        assert account.ask("POST", url, json=wrong).status_code == 422
