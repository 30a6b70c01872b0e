"""The single promises of every engine, each a function of the bench.

A check returns what is worth telling, "" for nothing. It raises NotKept or NotApplicable; an
EngineError of a request that had to be taken counts as not kept.
"""

from __future__ import annotations

import io
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from songbatch.audio.probe import probe
from songbatch.conformance import samples
from songbatch.conformance.bench import NotApplicable, NotKept
from songbatch.engines.base import NO_SONG_KEY, EngineError, Verdict
from songbatch.model import AudioFormat, AudioSetting
from songbatch.traits import SONG_KEYS, HandedOver

if TYPE_CHECKING:
    from collections.abc import Callable

    from songbatch.conformance.bench import EngineBench, Song
    from songbatch.engines.base import Engine, Generation, JobEngine

_ACCOUNT = re.compile(r"[A-Za-z0-9._:-]{1,100}")
SLACK_SECONDS = 2.0
"""How far a song may be from the length that was asked for before that is told."""
SETTLED_SECONDS = 5.0
"""How long an engine's threads may live on after it was closed."""
SETTINGS = (
    AudioSetting(AudioFormat.MP3, 44100, 256000),
    AudioSetting(AudioFormat.MP3, 16000, 32000),
    AudioSetting(AudioFormat.WAV, 24000),
    AudioSetting(AudioFormat.PCM, 32000),
)
UNKNOWN_IDS = ("vocal-2025010100000000-a0AAAaaa", "x", "../../etc/passwd", "ä" * 300)
ODD_LYRICS = ("歌を\n\nうたおう", "…", "a\n\n\n\nb\tc")
AT_ONCE = 3
"""Songs that are asked for by as many threads."""
NO_MUSIC = (b"", b"no music at all" * 1000)


def traits(bench: EngineBench) -> str:
    """Traits do not contradict themselves."""
    told = bench.traits
    strange = (told.takes | told.ignores.keys()) - set(SONG_KEYS)
    if strange:
        raise NotKept(f"they name keys that no song has: {', '.join(sorted(strange))}")
    both = told.takes & told.ignores.keys()
    if both:
        raise NotKept(f"they take and ignore {', '.join(sorted(both))}")
    ranges = {"duration": told.duration, "seed": told.seed, "style": told.style}
    missing = sorted(name for name, rule in ranges.items() if name in told.takes and rule is None)
    if missing:
        raise NotKept(f"they take {', '.join(missing)} and give no bounds for it")
    if told.length_is_needed and "duration" not in told.takes:
        raise NotKept("they need a length and do not take `duration`")
    if told.song.least >= told.song.most:
        raise NotKept("no song is as short as the longest and as long as the shortest")
    if told.needs_reference and not told.references:
        raise NotKept("they need a reference and take none")
    return ""


def methods(bench: EngineBench) -> str:
    """The opened engine has the methods that its traits speak of."""
    wanted = ["preflight", "upload", "close"]
    wanted += ["submit", "poll", "collect", "find"] if bench.traits.has_jobs else ["generate"]
    missing = [name for name in wanted if not callable(getattr(bench.engine, name, None))]
    if missing:
        raise NotKept(f"it has no {', '.join(missing)}")
    return ""


def identity(bench: EngineBench) -> str:
    """Identity is that of the plan, the same each time, and without a secret."""
    planned = bench.entry.identity
    with bench.another() as other:
        if not bench.engine.identity == other.identity == planned:
            raise NotKept(f"the opened engine says {bench.engine.identity}, the plan {planned}")
    for text in (planned.model, planned.sound or "-"):
        bench.demand_clean(text, "the identity")
    if (planned.master or None) != (bench.traits.master and str(bench.traits.master)):
        raise NotKept("its `master` is not that of the traits")
    return ""


def account(bench: EngineBench) -> str:
    """Account is that of the plan, the same each time, can be written down, and hides the key."""
    planned = bench.account
    with bench.another() as other:
        if not bench.engine.account == other.account == planned:
            raise NotKept(f"the opened engine says {bench.engine.account}, the plan {planned}")
    bench.demand_clean(planned, "the account")
    if not _ACCOUNT.fullmatch(planned):
        raise NotKept(f"{planned!r} has other characters than letters, digits and ._:-")
    return ""


def uploads(bench: EngineBench) -> str:
    """A reference can be uploaded, twice too, and answers with the ids of its purpose."""
    purposes = samples.purposes(bench.traits, HandedOver.IDS)
    kind = probe(bench.reference).format
    if not purposes:
        raise NotApplicable("references go along with requests, or there are none")
    for purpose in purposes:
        again = bench.engine.upload(bench.reference, kind, purpose, "conformance.again")
        for uploaded in (bench.uploads[purpose], again):
            if (uploaded.voice_id is not None) is not purpose.gives_voice:
                raise NotKept(f"the voice of a reference for {purpose}: {uploaded.voice_id}")
            if (uploaded.instrumental_id is not None) is not purpose.gives_instrumental:
                raise NotKept(f"the instrumental for {purpose}: {uploaded.instrumental_id}")
    return ""


def song(bench: EngineBench) -> str:
    """A short song comes, in the form and of a length that the traits promise."""
    made = bench.first_song()
    bounds, seconds = bench.traits.song, made.info.seconds
    if not bounds.least <= seconds <= bounds.most + SLACK_SECONDS:
        raise NotKept(f"it lasts {seconds:.1f} s; {bounds.least:g} to {bounds.most:g} promised")
    asked = samples.request(bench.traits).duration
    told = []
    if asked is not None and seconds > asked + SLACK_SECONDS:
        told.append(f"{asked:g} s asked for, {seconds:.1f} s delivered")
    if bench.traits.master is not None and made.info.sample_rate > bench.traits.master_rate:
        told.append(f"{made.info.sample_rate} Hz, more than {bench.traits.master_rate} promised")
    return "; ".join(told)


def settings(bench: EngineBench) -> str:
    """A song is what the audio setting of a spec says."""
    if bench.traits.master is not None:
        raise NotApplicable("it delivers in one form")
    for setting in SETTINGS:
        made = bench.song(bench.request(audio=setting)).info
        if made.sample_rate != setting.sample_rate:
            raise NotKept(f"{made.sample_rate} Hz for {setting.format} at {setting.sample_rate}")
        is_mp3 = setting.format is AudioFormat.MP3
        if is_mp3 and abs(made.bitrate - setting.reachable_bitrate) > setting.bitrate / 10:
            raise NotKept(f"{made.bitrate} bit/s for MP3 at {setting.reachable_bitrate}")
    return ""


def answers(bench: EngineBench) -> str:
    """What comes beside a song makes sense and can be printed."""
    bench.first_song()
    is_free = bench.entry.tariff().is_free
    for answer in bench.answers:
        cost = answer.cost_usd
        if cost is not None and not 0 <= cost < float("inf"):
            raise NotKept(f"a song is said to cost {cost}")
        if cost and is_free:
            raise NotKept(f"a song cost {cost} US dollars, and the engine says that it is free")
        strange = answer.filled_in.keys() - set(SONG_KEYS) - {"lyrics"}
        if strange:
            raise NotKept(NO_SONG_KEY + ", ".join(sorted(strange)))
        # What guards the engine of a package has left such names out.
        for remark in answer.remarks:
            if remark.startswith(NO_SONG_KEY):
                raise NotKept(remark)
        texts = (answer.trace_id or "", answer.model or "", *answer.remarks, *answer.notes)
        for text in texts:
            bench.demand_clean(text, "an answer")
    return ""


def seeds(bench: EngineBench) -> str:
    """A seed is taken; whether it was honoured and gives the same song again is told."""
    if "seed" not in bench.traits.takes:
        raise NotApplicable("it has no seeds")
    first, again = bench.first_song(), bench.song(bench.request(attempt=2))
    seed = bench.request().seed
    used = {made.answer.seed for made in (first, again)} - {None, seed}
    told = [f"asked for {seed}, it used {', '.join(map(str, used))}"] if used else []
    if first.data != again.data:
        told.append("equal seeds give other audio")
    return "; ".join(told) or "equal seeds give equal audio"


def takes(bench: EngineBench) -> str:
    """Another take is another song."""
    if bench.is_stand_in:
        raise NotApplicable("a stand-in makes no songs of its own")
    if bench.first_song().data == bench.song(bench.request(take=2)).data:
        raise NotKept("takes 1 and 2 are the same audio")
    return ""


def keys(bench: EngineBench) -> str:
    """Every key that is taken can be said."""
    values = samples.said(bench.traits)
    if not values:
        raise NotApplicable("it takes none with a plain value")
    try:
        bench.song(bench.request(take=3, **values))
    except EngineError as error:
        if not bench.entry.tariff().is_free:
            raise
        refused = [name for name in values if not _is_taken(bench, {name: values[name]})]
        raise NotKept(f"refused: {', '.join(refused) or 'all at once'}: {error}") from error
    return f"said: {', '.join(values)}"


def _is_taken(bench: EngineBench, said: dict[str, Any]) -> bool:
    try:
        bench.song(bench.request(take=3, **said))
    except EngineError:
        return False
    return True


def options(bench: EngineBench) -> str:
    """An option that the service does not know is ignored or rejected, and no accident."""
    if "options" not in bench.traits.takes:
        raise NotApplicable("it takes no options")
    try:
        bench.song(bench.request(take=4, options={"songbatch_conformance": 1}))
    except EngineError as error:
        if error.verdict is not Verdict.REJECTED:
            raise NotKept(f"its verdict is {error.verdict}: {error}") from error
        return f"an unknown option is rejected: {error}"
    return "an unknown option is ignored"


def silence(bench: EngineBench) -> str:
    """A song without singing can be asked for."""
    if "vocals" not in bench.traits.takes:
        raise NotApplicable("it does not take `vocals`")
    words = bench.traits.silent_lyrics or ""
    bench.song(bench.request(take=5, vocals="none", lyrics=words))
    return ""


def longest_lyrics(bench: EngineBench) -> str:
    """Lyrics as long as the traits allow are taken."""
    most = min(bench.traits.lyrics.most, samples.LONGEST_LYRICS)
    head = samples.lyrics(bench.traits, "[Verse]\nla")
    text = head + " la" * ((most - len(head)) // 3)
    bench.song(bench.request(take=6, lyrics=text.ljust(most, "x")))
    return f"{most} characters"


def any_lyrics(bench: EngineBench) -> str:
    """Lyrics of other scripts, and odd ones, are taken."""
    for number, text in enumerate(ODD_LYRICS):
        bench.song(bench.request(take=7 + number, lyrics=samples.lyrics(bench.traits, text)))
    return ""


def references(bench: EngineBench) -> str:
    """A reference of every purpose that is taken can be followed."""
    if not bench.traits.references:
        raise NotApplicable("it takes none")
    for purpose in bench.traits.references:
        bench.song(bench.request(take=10, **bench.referred(purpose)))
    return f"for {', '.join(bench.traits.references)}"


def following(bench: EngineBench) -> str:
    """The tune of a reference can be kept, and how closely be said."""
    taken = bench.traits.takes
    purpose = next((each for each in bench.traits.references if each == "song"), None)
    if "follow" not in taken or purpose is None:
        raise NotApplicable("it does not take `follow`")
    more: dict[str, Any] = {"strength": 0.5} if "strength" in taken else {}
    whole = bench.referred(purpose, is_whole=True)
    bench.song(bench.request(take=11, follow="song", **whole, **more))
    return ""


def no_music(bench: EngineBench) -> str:
    """A reference that is no music is rejected."""
    purposes = samples.purposes(bench.traits, HandedOver.IDS)
    if not purposes:
        raise NotApplicable("it keeps no references")
    if bench.is_stand_in:
        raise NotApplicable("a stand-in does not listen to references")
    for data in NO_MUSIC:
        upload = partial(bench.engine.upload, data, AudioFormat.MP3, purposes[0], "conformance")
        _demand(bench, Verdict.REJECTED, upload)
    return ""


def unknown_ids(bench: EngineBench) -> str:
    """A request with an id that is not known asks for another upload."""
    purposes = samples.purposes(bench.traits, HandedOver.IDS)
    if not purposes:
        raise NotApplicable("it keeps no references")
    known = [bench.uploads[each] for each in purposes]
    voice = next((each.voice_id for each in known if each.voice_id), None)
    instrumental = next((each.instrumental_id for each in known if each.instrumental_id), None)
    pairs: list[tuple[str | None, str | None]] = [(each, None) for each in UNKNOWN_IDS]
    pairs += [(None, each) for each in UNKNOWN_IDS] + [(voice, each) for each in UNKNOWN_IDS]
    if voice and instrumental:
        pairs.append((instrumental, voice))
    for one, other in pairs:
        request = samples.request(bench.traits, voice_id=one, instrumental_id=other)
        _demand(bench, Verdict.REUPLOAD, _asking(bench, request))
    return ""


def _asking(bench: EngineBench, request: Generation) -> Callable[[], object]:
    if bench.traits.has_jobs:
        return partial(cast("JobEngine", bench.engine).submit, request)
    return partial(cast("Engine", bench.engine).generate, request, io.BytesIO())


def _demand(bench: EngineBench, verdict: Verdict, call: Callable[[], object]) -> None:
    """Raise NotKept unless a call fails with that verdict."""
    try:
        with bench.noting():
            call()
    except EngineError as error:
        if error.verdict is verdict:
            return
        raise NotKept(f"its verdict is {error.verdict}, not {verdict}: {error}") from error
    raise NotKept(f"nothing is refused where the verdict {verdict} is due")


def threads(bench: EngineBench) -> str:
    """Several threads can share it."""
    together = threading.Barrier(AT_ONCE)
    requests = [bench.request(take=20 + number) for number in range(AT_ONCE)]

    def made(request: Generation) -> Song:
        together.wait()
        return bench.song(request)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        songs = list(pool.map(made, requests))
    if not bench.is_stand_in and len({each.data for each in songs}) < AT_ONCE:
        raise NotKept("different takes that were asked for at once are the same audio")
    return ""


def closing(bench: EngineBench) -> str:
    """Closing it ends its threads, and closing it again does no harm."""
    before = threading.active_count()
    with bench.another() as engine:
        bench.song(bench.request(take=30), engine)
        engine.close()
    deadline = time.monotonic() + SETTLED_SECONDS
    while threading.active_count() > before:
        if time.monotonic() > deadline:
            left = threading.active_count() - before
            raise NotKept(f"{left} of its threads still run after {SETTLED_SECONDS:g} s")
        time.sleep(0.05)
    return ""


def errors(bench: EngineBench) -> str:
    """Errors have a verdict, say why in one printable line, and hide the key."""
    if not bench.errors:
        raise NotApplicable("nothing was refused")
    for error in bench.errors:
        if not isinstance(error.verdict, Verdict):
            raise NotKept(f"{error.verdict!r} is no verdict")
        if not str(error).strip():
            raise NotKept("an error says nothing")
        bench.demand_clean(str(error), "an error")
        bench.demand_clean(error.fix or "-", "the fix of an error")
        wait = error.retry_after
        if wait is not None and not 0 <= wait < float("inf"):
            raise NotKept(f"an error wants to be asked again after {wait} s")
    return f"{len(bench.errors)} seen"
