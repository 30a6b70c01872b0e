"""`songbatch engines`: what each takes, as its traits have it, in a project and outside of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from songbatch.engines.catalog import ENGINES, Engines
from songbatch.model import EngineSettings, Purpose
from songbatch.traits import SONG_KEYS
from tests.cli.test_startup import HEAVY, loaded

if TYPE_CHECKING:
    from support.kit import Project

TABLE = """\
engine     costs  reference  lyrics  seed  by     form  ready  model
sketch     free   needed        600  no    calls  any   yes    sketch
music-01   $0.03  needed        600  no    calls  any   no     music-01
acestep    free   optional    4,096  yes   jobs   wav   yes    acestep-v15-turbo
fal        vary                            jobs         no     4 models
replicate  vary                            jobs         no     4 models

music-01: the engine music-01 needs a key, and AIMLAPI_KEY is not set
  fix: set AIMLAPI_KEY to the key of your account at the service, or render
    with --engine sketch
fal: the engine fal needs a key, and FAL_KEY is not set
  fix: set FAL_KEY to your key, which https://fal.ai/dashboard/keys makes; or
    render with --engine sketch
replicate: the engine replicate needs a key, and REPLICATE_API_TOKEN is not
  set
  fix: set REPLICATE_API_TOKEN to your key, which
    https://replicate.com/account/api-tokens makes; or render with
    --engine sketch
songbatch engines NAME shows what one takes, and how to set it up;
songbatch doctor looks whether it answers.
"""

FAL = """\
model                    price  reference  lyrics  seed  form  known
fal/music-3          $0.12/min  none       15,000  yes   wav   4 unsure
fal/mureka-9      $0.0675/song  optional    5,000  no    mp3   9 unsure
fal/mureka-9.5     $0.225/song  optional    5,000  no    mp3   9 unsure
fal/ace-step-1.5    $0.018/min  none        4,096  yes   wav   8 unsure

unsure: how much of a row nobody has tried; `songbatch engines fal/MODEL`
  shows all about one

  address       https://queue.fal.run
  key           FAL_KEY, not set
  set up        no: the engine fal needs a key, and FAL_KEY is not set
  fix           set FAL_KEY to your key, which https://fal.ai/dashboard/keys
                makes; or render with --engine sketch
"""

REPLICATE = """\
model                          price  reference  lyrics  seed  form  known
replicate/ace-step-1.5    $0.10/song  none        4,096  yes   wav   4 unsure
replicate/heartmula       $0.20/song  none          any  no    mp3   4 unsure
replicate/music-01       $0.035/song  needed        400  no    mp3   may be gone
replicate/minimax-cover   $0.15/song  needed        any  no    wav   may be gone

replicate/music-01 may be gone: its maker withdrew the model in August 2026
replicate/minimax-cover may be gone: it runs on its maker's service, which may
  have withdrawn the model
"""

BASE = """\
acestep/acestep-v15-base
  model         acestep-v15-base
  costs         free
  time          about 30 s a song, at most 2 at once
  works by      jobs: what a run leaves under way, the next one collects
  address       http://127.0.0.1:8001
  key           ACESTEP_API_KEY, not set; only wanted where the server has one
  set up        yes
  lyrics        at most 4,096 characters; may be left out; [Section] lines are
                understood, ## is left out
  songs         10 to 600 s
  delivers      WAV at 48 kHz, of which the form that the spec asks for is made
                here

Keys of a song
  style         takes: at most 512 characters
  duration      takes: 10 to 600 s; left out, it is estimated from the lyrics
  seed          takes: left out, it is the number of the take
  bpm           takes: 30 to 300
  scale         takes
  meter         takes
  vocals        takes
  follow        takes
  strength      takes
  options       takes: inference_steps, guidance_scale, shift, infer_method,
                timesteps, use_adg, cfg_interval_start, cfg_interval_end,
                use_tiled_decode, cover_noise_strength, thinking,
                use_cot_caption, use_cot_language, constrained_decoding,
                constrained_decoding_debug, allow_lm_batch, lm_backend,
                lm_temperature, lm_cfg_scale, lm_top_k, lm_top_p,
                lm_repetition_penalty, lm_negative_prompt
  lang          takes: 50 languages

Not together
  voice with instrumental: a voice and an instrumental of different files
    cannot be followed together
  voice with follow: song: only a reference whose purpose is song has a tune
    to keep
  instrumental with follow: song: only a reference whose purpose is song has a
    tune to keep
  strength with follow: style: how closely is a question of `follow: song`
    only
  instrumental with vocals: none: what it makes of an instrumental is the
    singing

References: optional; sent along with every request
  song          used as a reference for timbre and style, or the tune to keep; 1
                to 3,600 s; sent whole with `follow: song`; otherwise made WAV
                at 48 kHz of exactly 30 s
  voice         used as a reference for timbre and style as a whole: its backing
                is heard along; 1 to 3,600 s; made WAV at 48 kHz of exactly 30 s
  instrumental  used as the backing that is sung over; 1 to 3,600 s

Setting it up
  To start a server on this machine (needs git, uv, and Python 3.11 or 3.12):

    git clone https://github.com/ace-step/ACE-Step-1.5 && cd ACE-Step-1.5
    ACESTEP_CONFIG_PATH=acestep-v15-base uv run acestep-api
    songbatch doctor --engine acestep/acestep-v15-base
"""


def engines(project: Project, *arguments: str) -> Any:
    result = project.run("engines", *arguments, "--json")
    assert result.status == 0, result
    return json.loads(result.stdout)


def test_the_table_outside_of_a_project(project: Project) -> None:
    result = project.run("engines")
    assert (result.status, result.stdout, result.stderr) == (0, TABLE, "")


def test_all_about_one_is_what_its_traits_say(project: Project) -> None:
    result = project.run("engines", "acestep/acestep-v15-base")
    assert result.status == 0, result
    assert result.stdout[: len(BASE)] == BASE
    for fact in ("10 GB", "under 4 GB", "6 to 8 GB", "12 to 16 GB", "20 GB", "MIT"):
        assert fact in result.stdout[len(BASE) :]


@pytest.mark.parametrize(("name", "text"), [("fal", FAL), ("replicate", REPLICATE)])
def test_the_models_of_a_service(project: Project, name: str, text: str) -> None:
    result = project.run("engines", name)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout[: len(text)] == text
    assert f"songbatch render --engine {name}/MODEL --max-cost 1" in result.stdout


def test_all_about_a_model_of_a_service(project: Project) -> None:
    result = project.run("engines", "fal/mureka-9")
    assert result.status == 0
    for lines in (
        "  style         takes: at most 2,000 characters\n",
        "  vocals        cannot: it always sings\n",
        "  voice         used as the voice that sings, cloned once; 15 to 3,600 s; $5.00\n"
        "                for each, once; made MP3 at 44.1 kHz of at most 30 s\n",
        "Prices\n  $0.75 for each song with lyrics: false\n  $0.0675 for each song\n",
        "  reference     vocal_id, of purpose voice\n  always        model: mureka-9\n",
        "Nobody has tried (9 things)\n"
        "  sends.reference.song.field: the name is the maker's own; fal lists no field\n"
        "    for a reference\n",
        "Traps\n  A reference costs $0.01, once; a voice is cloned for $5.00, once.\n",
        "    songbatch doctor --engine fal/mureka-9\n",
    ):
        assert lines in result.stdout


def test_models_of_services_for_programs(project: Project) -> None:
    everything = engines(project)
    assert [each["name"] for each in everything["services"]] == ["fal", "replicate"]
    assert "fal" not in [each["name"] for each in everything["listed"]]
    (fal,) = engines(project, "fal")["services"]
    names = [model["name"] for model in fal["models"]]
    assert names == ["music-3", "mureka-9", "mureka-9.5", "ace-step-1.5"]
    assert fal["key"] == {"variable": "FAL_KEY", "is_set": False, "is_needed": True}
    assert [hand["usd"] for hand in fal["hands"]] == [0.01, 5.0]
    (music,) = engines(project, "fal/music-3")["listed"]
    assert music["kind"] == "fal"
    assert music["usd_per_song"] is None
    assert music["row"]["endpoint"] == "minimax/music-3"
    assert "sends.lyrics.max" in music["row"]["unsure"]
    (sketch,) = engines(project, "sketch")["listed"]
    assert sketch["row"] is None


def test_a_projects_row_is_listed(project: Project) -> None:
    project.write("specs/demo.yaml", "version: 1\nsongs: {a: {lyrics: la}}\n").write(
        "songbatch.yaml",
        "version: 1\nengines: {fal: {models: {mine: {endpoint: a/b, price: {usd: 0.5},\n"
        "  sends: {style: {field: p}}, gives: {audio: url}}}}}\n",
    )
    rows = project.run("engines", "fal").stdout.splitlines()
    assert rows[5].split() == ["fal/mine", "$0.50/song", "none", "none", "no", "wav", "sure"]
    assert (
        "costs         $0.50 a song, as songbatch.yaml says"
        in project.run("engines", "fal/mine").stdout
    )


def test_a_model_that_no_service_has(project: Project) -> None:
    result = project.run("engines", "fal/music3")
    assert (result.status, result.stdout) == (2, "")
    assert 'fal has no model "music3"' in result.stderr
    assert 'did you mean "music-3"?' in result.stderr


OF_SERVICES = ("fal", "replicate", "fal/mureka-9", "replicate/heartmula")


@pytest.mark.parametrize("name", [*ENGINES, "acestep/acestep-v15-xl-base", *OF_SERVICES])
def test_nothing_is_wider_than_eighty_cells(project: Project, name: str) -> None:
    for arguments in ((), (name,)):
        wide = [one for one in project.run("engines", *arguments).stdout.split("\n") if one[80:]]
        assert not wide


def test_other_models_cannot_sing_over_instrumentals(project: Project) -> None:
    said = " ".join(project.run("engines", "acestep").stdout.split())
    assert "instrumental cannot: singing over a given instrumental needs a base model" in said


def test_a_project_has_its_own_engines(project: Project) -> None:
    project.write("specs/demo.yaml", "version: 1\nsongs: {a: {lyrics: la}}\n").write(
        "songbatch.yaml",
        "version: 1\nengines:\n  music-01: {usd_per_render: 0.1}\n"
        "  gpu: {kind: acestep, url: 'http://gpu-box:8001', model: acestep-v15-sft, jobs: 3}\n",
    )
    rows = project.run("engines").stdout.splitlines()
    assert rows[2].split()[:2] == ["music-01", "$0.10"]
    assert rows[4].split() == [
        "gpu",
        "free",
        "optional",
        "4,096",
        "yes",
        "jobs",
        "wav",
        "yes",
        "acestep-v15-sft",
    ]
    (gpu,) = engines(project, "gpu")["listed"]
    assert (gpu["kind"], gpu["url"], gpu["jobs"]) == ("acestep", "http://gpu-box:8001", 3)
    (music,) = engines(project, "music-01")["listed"]
    assert (music["usd_per_song"], music["usd_from"]) == (0.1, "project")


def test_an_address_that_may_not_have_the_key_is_told(project: Project) -> None:
    project.write("specs/demo.yaml", "version: 1\nsongs: {a: {lyrics: la}}\n").write(
        "songbatch.yaml", "version: 1\nengines: {acestep: {url: 'https://songs.example.org'}}\n"
    )
    assert engines(project, "acestep")["listed"][0]["is_set_up"]
    project.environment = {"ACESTEP_API_KEY": "a-key-of-the-test-0123456789"}
    (acestep,) = engines(project, "acestep")["listed"]
    assert not acestep["is_set_up"]
    assert "have not said that this address may have it" in acestep["problem"]
    project.write(
        ".config/songbatch/config.yaml",
        "version: 1\nengines: {acestep: {url: 'https://songs.example.org'}}\n",
    )
    assert engines(project, "acestep")["listed"][0]["is_set_up"]
    assert "a-key-of-the-test" not in json.dumps(engines(project))


def test_the_object_has_all_of_the_traits(project: Project) -> None:
    whole = engines(project)
    assert whole["engines"] == 1
    assert whole["installed"] == []
    assert [one["name"] for one in whole["listed"]] == list(ENGINES)
    for one in whole["listed"]:
        traits = ENGINES[one["name"]].traits
        assert list(one["keys"]) == list(SONG_KEYS)
        used = {key for key, words in one["keys"].items() if words["use"] == "takes"}
        assert used == traits.takes
        reasons = {key: words["text"] for key, words in one["keys"].items()}
        assert {key: reasons[key] for key in traits.ignores} == traits.ignores
        taken = {name for name, rule in one["references"].items() if rule["use"] == "takes"}
        assert taken == set(traits.references)
        assert one["references"].keys() == set(Purpose)
        assert one["lyrics"]["max_characters"] == traits.lyrics.most
        assert one["guide"]
    acestep = whole["listed"][2]
    assert acestep["keys"]["seed"] == {
        "use": "takes",
        "text": "left out, it is the number of the take",
        "least": 0,
        "most": 2**32 - 1,
    }
    assert acestep["delivers"] == {"format": "wav", "sample_rate": 48000}
    assert acestep["references"]["song"]["made"]["seconds"] == 30.0


def test_the_hosted_face_has_a_guide_of_its_own() -> None:
    chat = Engines({"free": EngineSettings(kind="acestep", face="chat")})["free"]
    assert "hosted service" in chat.guide
    assert "uv run" not in chat.guide


def test_an_unknown_engine_is_refused(project: Project) -> None:
    result = project.run("engines", "acestp")
    assert result.status == 2
    assert 'did you mean "acestep"?' in result.stderr


def test_a_name_from_the_command_line_is_refused_if_it_is_none(project: Project) -> None:
    result = project.run("engines", "acestep/$(touch x)")
    assert (result.status, result.stdout) == (2, "")


def test_it_loads_nothing_heavy(project: Project) -> None:
    assert loaded(project, "engines") & HEAVY == set()
    assert loaded(project, "engines", "acestep", "--json") & HEAVY == set()


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("mureka-9", '"fal/mureka-9"'),
        ("ace-step-1.5", '"fal/ace-step-1.5" or "replicate/ace-step-1.5"'),
        ("music-3", '"fal/music-3"'),
    ],
)
def test_a_model_without_its_service_is_told_with_it(
    project: Project, named: str, meant: str
) -> None:
    result = project.run("engines", named)
    assert result.status == 2, result
    assert result.stderr == (f'error: there is no engine "{named}"\n  fix: did you mean {meant}?\n')
