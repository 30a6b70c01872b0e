// One song: its takes with their pictures, what is said of them, its lyrics and references.

/** The takes of a card as they are shown: in blind mode shuffled, the same way every time. */
function takesOf(card) {
  const playable = card.takes.filter((take) => !byId("engine").value || take.engine === byId("engine").value);
  if (!state.blind) return playable;
  return [...playable].sort((a, b) => shuffled(a) - shuffled(b));
}

/** A number for a take that only the seed of this blind test decides (FNV-1a). */
function shuffled(take) {
  let hash = 2166136261;
  for (const character of `${state.blind}${keyOf(take)}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619) >>> 0;
  }
  return hash;
}

function nameOf(take, card = state.card) {
  if (state.blind) return `Take ${String.fromCharCode(65 + takesOf(card).indexOf(take))}`;
  const several = new Set(card.takes.map((one) => one.engine)).size > 1;
  return several ? `Take ${take.take} on ${take.engine}` : `Take ${take.take}`;
}

function nameOfSound(sound) {
  if (!sound || !state.card) return "Nothing is playing";
  const take = state.card.takes.find((one) => one.sound === sound);
  if (take) return `${state.card.title}, ${nameOf(take).toLowerCase()}`;
  const older = state.card.takes.find((one) => one.before === sound);
  if (older) return `${state.card.title}, ${nameOf(older).toLowerCase()} as it was`;
  const reference = referencesOf(state.card).find((one) => one.sound === sound);
  return reference ? `Reference ${reference.name}` : "Nothing is playing";
}

/** Show a song; `enter` is for hands: on a phone it takes the place of the list. */
function open(card, { enter = false } = {}) {
  if (enter) document.body.classList.add("open");
  if (card === state.card) {
    showSong();
    return;
  }
  const wasPlaying = player.isPlaying;
  state.card = card;
  state.take = takesOf(card).find((take) => take.sound.link) || takesOf(card)[0] || null;
  if (player.current) player.current.pause();
  player.playing = null;
  player.prepare(soundsOf(card));
  showSong();
  showList();
  if (state.take) player.change(state.take.sound, { play: wasPlaying, at: 0 });
  byId("song").scrollTop = 0;
}

/** Switch to a take of the shown song. */
function choose(take, options = {}) {
  state.take = take;
  player.change(take.sound, options);
  showSong();
}

function showSong() {
  const { card } = state;
  const detail = byId("detail");
  if (!card) {
    detail.replaceChildren(make("p", { className: "where" }, "No song to show."));
    return;
  }
  const back = make("button", { type: "button", id: "back" }, "← Songs");
  back.addEventListener("click", () => { document.body.classList.remove("open"); showList(); });
  const about = [card.spec, card.song, card.variant].filter(Boolean).join(" / ");
  const where = card.artist ? `${card.artist} · ${about}` : about;
  detail.replaceChildren(
    back,
    make("h2", {}, card.title),
    make("p", { className: "where" }, where),
    make("ol", { className: "takes", "aria-label": "Takes" }, ...takesOf(card).map(takeElement)),
    make("div", { className: "below" }, make("div", {}, lyricsElement()), make("div", {}, ...asideElements())),
  );
  showPlayer();
}

function takeElement(take, place) {
  const said = opinions.of(take);
  const current = take === state.take;
  const button = make(
    "button", { type: "button", className: "choose", "aria-pressed": String(current) },
    make("b", {}, nameOf(take)),
    make("small", {}, factsOf(take, place)),
  );
  button.addEventListener("click", () => choose(take));
  const picture = make("canvas", { "aria-hidden": "true" });
  picture.addEventListener("click", (event) => {
    const share = event.offsetX / picture.clientWidth;
    choose(take, { play: true, at: share * (take.sound.seconds || 0) });
  });
  const element = make("li", { className: current ? "take current" : "take" }, button, picture, verdictElement(take, said));
  const notes = state.blind ? [] : notesOf(take);
  element.append(make("p", { className: "facts" }, ...notes));
  const others = state.blind ? [] : opinions.ofOthers(take);
  if (others.length) element.append(make("ul", { className: "others" }, ...others.map(otherElement)));
  picture.sound = take.sound;
  return element;
}

function factsOf(take, place) {
  const facts = [];
  if (place < 9) facts.push(`key ${place + 1}`);
  if (take.sound.seconds) facts.push(clock(take.sound.seconds));
  if (!state.blind && take.sound.lufs !== null) facts.push(`${take.sound.lufs.toFixed(1).replace("-", "−")} LUFS`);
  return facts.join(" · ");
}

/** What is to be said of a take besides its sound. */
function notesOf(take) {
  const notes = take.findings.map((finding) => (
    make("span", { className: "mark finding", title: finding.detail }, `${finding.code}: ${finding.detail}`)
  ));
  if (take.said) notes.push(make("span", {}, take.said));
  if (take.change) notes.push(make("span", {}, `Since ${page.since}: ${take.change}`));
  if (take.cost_usd) notes.push(make("span", {}, `$${take.cost_usd.toFixed(3)}`));
  return notes;
}

function verdictElement(take, said) {
  const name = nameOf(take);
  const pick = make("button", { type: "button", className: "pick", "aria-pressed": String(said.pick), "aria-label": `Pick ${name}` }, said.pick ? "Picked" : "Pick");
  pick.addEventListener("click", () => setPick(take));
  pick.disabled = !take.audio_sha256;
  const stars = make("span", { className: "stars", role: "group", "aria-label": `Rating of ${name}` });
  for (let number = 1; number <= 5; number += 1) {
    const star = make("button", {
      type: "button", className: number <= (said.rating || 0) ? "lit" : "",
      "aria-label": number === 1 ? "1 star" : `${number} stars`,
    }, number <= (said.rating || 0) ? "★" : "☆");
    if (said.rating === number) star.setAttribute("aria-current", "true");
    star.disabled = !take.audio_sha256;
    star.addEventListener("click", () => setRating(take, number));
    stars.append(star);
  }
  return make("div", { className: "verdict" }, stars, pick);
}

function otherElement([listener, said]) {
  const words = [said.pick ? "picked" : "", said.rating ? `${said.rating} ★` : "", said.note ? `“${said.note}”` : ""];
  return make("li", {}, `${listener}: ${words.filter(Boolean).join(", ")}`);
}

function setPick(take) {
  opinions.say(take, { pick: !opinions.of(take).pick });
  afterVerdict();
}

function setRating(take, rating) {
  opinions.say(take, { rating: opinions.of(take).rating === rating ? null : rating });
  afterVerdict();
}

/** Draw what is said anew, and leave the focus where it was. */
function afterVerdict() {
  const buttons = () => [...byId("detail").querySelectorAll("button")];
  const focused = buttons().indexOf(document.activeElement);
  showSong();
  if (focused >= 0) buttons()[focused].focus();
  showList();
  showSaving();
}

function lyricsElement() {
  const { take } = state;
  const timed = take && take.lines.length > 0;
  const lines = timed ? take.lines.map(([, words]) => words) : (take ? textOf(take) : "").split("\n");
  const shown = lines.map((line) => make("p", {}, line.replace(/^##|##$/g, "") || "\u00a0"));
  return make("section", {}, make("h3", {}, "Lyrics"), make("div", { className: "lyrics" }, ...shown));
}

function asideElements() {
  const { card, take } = state;
  const sections = [];
  if (take && take.audio_sha256) {
    const note = make("textarea", { id: "note", value: opinions.of(take).note, maxLength: 10000 });
    note.addEventListener("input", () => { opinions.say(take, { note: note.value }); showSaving(); });
    sections.push(make("section", {}, make("h3", {}, make("label", { htmlFor: "note" }, `Note on ${nameOf(take).toLowerCase()}`)), note));
  }
  const sounds = referencesOf(card).map((one) => [one.sound, `${one.name} (${one.purpose})`]);
  if (take && take.before && !state.blind) sounds.push([take.before, "as it was at the last commit"]);
  if (sounds.length) {
    const plays = sounds.map(([sound, name]) => make("li", {}, compareButton(sound, name)));
    sections.push(make("section", {}, make("h3", {}, "Compare with"), make("ul", { className: "plays" }, ...plays)));
  }
  return sections;
}

function compareButton(sound, name) {
  const button = make("button", { type: "button", className: "compare", "aria-pressed": String(player.playing === sound) }, name);
  button.sound = sound;
  button.addEventListener("click", () => compare(sound));
  return button;
}

/** Switch to something to compare with, or back to the take. */
function compare(sound) {
  if (player.playing === sound) player.change(state.take.sound);
  else player.change(sound, { play: true });
}

/** Show how far things have played: pictures, lines, which of them it is. */
function showPosition() {
  const { current } = player;
  const share = current && current.duration ? current.currentTime / current.duration : 0;
  const pictures = [...byId("detail").querySelectorAll("canvas")];
  const highest = Math.max(1, ...pictures.flatMap(({ sound }) => [...peaksOf(sound)]));
  for (const picture of pictures) {
    drawWaveform(picture, highest, picture.sound === player.playing ? share : 0);
  }
  for (const button of byId("detail").querySelectorAll(".compare")) {
    button.setAttribute("aria-pressed", String(button.sound === player.playing));
  }
  const { take } = state;
  const times = take && take.sound === player.playing ? take.lines : [];
  const at = times.findLastIndex(([seconds]) => current && seconds <= current.currentTime);
  byId("detail").querySelectorAll(".lyrics p").forEach((line, place) => {
    line.classList.toggle("now", times.length > 0 && place === at && current.currentTime > 0);
  });
}
