"""The vendor's own client for Python against the server: only the address is another."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError
from replicate.pagination import paginate

from support.contract.audio import tone
from support.replicate import troubles
from support.replicate.server import ReplicateServer
from support.replicate.troubles import Mishap, Trouble
from tests.support.replicate.asking import ACE, KEY, PINNED, SEEDED

REFERENCE = tone("mp3", 20.0, 220.0)


@pytest.fixture
def client(server: ReplicateServer) -> Iterator[Client]:
    client = Client(api_token=KEY, base_url=server.url)
    client.poll_interval = 0.01
    yield client
    client._client.close()


def test_it_knows_its_account(client: Client) -> None:
    assert client.accounts.current().username == "songwriter"


def test_it_creates_and_waits(client: Client, server: ReplicateServer) -> None:
    prediction = client.predictions.create(version=PINNED, input=SEEDED)
    assert (prediction.status, prediction.model, prediction.version) == ("starting", ACE, PINNED)
    prediction.reload()
    assert prediction.progress is not None
    prediction.wait()
    assert prediction.status == "succeeded"
    assert prediction.input == SEEDED
    assert prediction.output == f"{server.url}{server.predictions[0].path}"
    assert prediction.metrics is not None
    assert prediction.metrics["predict_time"] == server.books.charges[0].predict_time
    assert server.charged == 1


def test_it_runs_official_models_by_name_and_others_by_version(
    client: Client, server: ReplicateServer
) -> None:
    given = {"lyrics": "Over the harbour", "prompt": "folk"}
    outputs = [
        client.run("minimax/music-2.6", input=given),
        client.run(f"{ACE}:{PINNED}", input=SEEDED, wait=False),
    ]
    assert outputs == [f"{server.url}{prediction.path}" for prediction in server.predictions]
    assert [s.headers.get("prefer") for s in server.submissions] == ["wait", None]
    assert [p.model.official for p in server.predictions] == [True, False]
    with pytest.raises(ReplicateError) as caught:
        client.run(ACE, input=SEEDED)
    assert caught.value.status == 404


def test_it_cancels(client: Client, server: ReplicateServer) -> None:
    server.hold()
    prediction = client.predictions.create(version=PINNED, input=SEEDED)
    prediction.reload()
    prediction.cancel()
    assert prediction.status == "canceled"
    assert server.books.usd > 0


def test_it_raises_what_a_model_says(client: Client, server: ReplicateServer) -> None:
    server.script_predictions([troubles.OUT_OF_MEMORY])
    with pytest.raises(ModelError, match="out of memory"):
        client.run(f"{ACE}:{PINNED}", input=SEEDED, wait=False)


def test_it_pages_through_a_listing(client: Client, server: ReplicateServer) -> None:
    server.page_size = 3
    made = [client.predictions.create(version=PINNED, input=SEEDED).id for _ in range(7)]
    pages = list(paginate(client.predictions.list))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [p.id for page in pages for p in page] == made[::-1]
    assert pages[0][0].input is None
    assert client.predictions.list(pages[1].previous).results[0].id == made[-1]


def test_it_reads_models_and_versions(client: Client, server: ReplicateServer) -> None:
    model = client.models.get(ACE)
    assert model.latest_version is not None
    assert model.latest_version.id == PINNED
    schemas = model.latest_version.openapi_schema["components"]["schemas"]
    assert schemas["Input"]["properties"]["bpm"] == {
        "title": "Bpm", "type": "integer", "minimum": 30, "maximum": 300, "x-order": 5
    }  # fmt: skip
    assert model.versions.get(PINNED).id == PINNED
    assert [version.id for version in model.versions.list()] == [PINNED]


def test_it_uploads_files_and_names_them(client: Client, server: ReplicateServer) -> None:
    file = client.files.create(io.BytesIO(REFERENCE), filename="night.mp3", metadata={"a": 1})
    assert (file.name, file.content_type, file.size) == ("night.mp3", "audio/mpeg", len(REFERENCE))
    assert (file.metadata, client.files.get(file.id)) == ({"a": 1}, file)
    given = {"audio_url": file.urls["get"], "prompt": "folk"}
    client.run("minimax/music-cover", input=given)
    assert server.predictions[0].made_with.references["audio_url"].content == REFERENCE
    assert client.files.list() == [file]
    assert client.files.delete(file.id)
    assert client.files.list() == []


def test_it_uploads_what_an_input_has_open(client: Client, server: ReplicateServer) -> None:
    client.run("minimax/music-cover", input={"audio_url": io.BytesIO(REFERENCE)}, wait=False)
    assert [upload.content for upload in server.files.uploads] == [REFERENCE]
    assert server.predictions[0].made_with.references["audio_url"].source == "upload"


def test_it_tells_what_was_refused(client: Client, server: ReplicateServer) -> None:
    with pytest.raises(ReplicateError) as caught:
        client.predictions.create(version=PINNED, input={"duration": "long"})
    assert (caught.value.status, caught.value.title) == (422, "Input validation failed")
    assert "- input.duration: Invalid type" in str(caught.value.detail)


def test_it_repeats_looks_that_are_throttled(client: Client, server: ReplicateServer) -> None:
    prediction = client.predictions.create(version=PINNED, input=SEEDED)
    server.script("get", [Mishap.throttled(0), Mishap.http(503)])
    prediction.reload()
    assert (prediction.status, server.polls) == ("processing", 3)


def test_it_takes_outputs_in_every_form(client: Client, server: ReplicateServer) -> None:
    server.script_predictions([troubles.AS_LIST, troubles.AS_OBJECT, Trouble.odd(7)])
    outputs = [client.run(f"{ACE}:{PINNED}", input=SEEDED, wait=False) for _ in range(3)]
    urls = [f"{server.url}{prediction.path}" for prediction in server.predictions]
    assert outputs == [[urls[0]], {"audio": {"url": urls[1]}}, 7]
