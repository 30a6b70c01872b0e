// One song: its takes, its lyrics, what is said of the take that is shown, its references.

function nameOfSound(sound) {
  if (!sound || !state.card) return "Nothing is playing";
  const { card } = state;
  const take = everyTake(card).find((one) => one.sound === sound);
  if (take) return `${card.title}, ${nameOf(take, "take")}`;
  const older = card.takes.find((one) => one.before === sound);
  if (older) return `${card.title}, ${nameOf(older, "take")} as it was`;
  const reference = referencesOf(card).find((one) => one.sound === sound);
  return reference ? `Reference ${reference.name}` : "Nothing is playing";
}

/**
 * Show a song, or one take of it. `enter` is for hands: on a phone it takes the place of the list,
 * and going back leads to what was before.
 */
function open(card, { take = null, enter = false } = {}) {
  const overList = !byId("song").checkVisibility();
  const isNew = card !== state.card;
  if (enter) document.body.classList.add("open");
  if (isNew) change(card, take);
  else if (take && take !== state.take) player.change((state.take = take).sound);
  showSong();
  showList();
  writeAddress({ push: enter && (isNew || overList), overList });
  if (!enter || !coversList()) return;
  byId("song").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** Make another song the one that is shown and played. */
function change(card, take) {
  const wasPlaying = player.isPlaying;
  state.card = card;
  const takes = takesOf(card);
  const playable = (blind.isOn ? takes : [...takes, ...takes.flatMap((one) => one.earlier ?? [])]).filter((one) => one.sound.link);
  state.take = take || playable[0] || takes[0] || null;
  if (player.current) player.current.pause();
  player.playing = null;
  player.prepare(soundsOf(card));
  if (state.take) player.change(state.take.sound, { play: wasPlaying, at: 0 });
  byId("song").scrollTop = 0;
}

/** Switch to a take of the shown song. */
function choose(take, options = {}) {
  state.take = take;
  player.change(take ? take.sound : SILENCE, options);
  showSong();
  writeAddress();
}

/** Draw the shown song anew, and leave the focus where it was. */
function showSong() {
  const { card } = state;
  const detail = byId("detail");
  document.title = card ? `${card.title} – ${page.project}` : page.project;
  if (!card) {
    detail.replaceChildren(make("p", { className: "where" }, "No song to show."));
    return;
  }
  const stops = () => [...detail.querySelectorAll("button, summary, textarea, [role='button']")];
  const focused = stops().indexOf(document.activeElement);
  const back = make("button", { type: "button", id: "back" }, "← Songs");
  back.addEventListener("click", closeSong);
  const where = [card.artist, idOf(card).replaceAll("/", " / ")].filter(Boolean).join(" · ");
  detail.replaceChildren(
    back,
    make("h2", { dir: "auto" }, card.title),
    make("p", { className: "where" }, where),
    ...(blind.isOn && !isMeasured(card) ? [make("p", { className: "where" }, UNMEASURED)] : []),
    takesElement(card),
    ...elsewhereElements(card),
    make("div", { className: "below" }, make("div", {}, lyricsElement()), make("div", {}, ...asideElements())),
  );
  if (focused >= 0) stops()[focused]?.focus({ preventScroll: true });
  showPlayer();
}

const UNMEASURED = "Not all takes were measured, so loudness may tell them apart.";

const isMeasured = (card) => takesOf(card).every((take) => take.sound.lufs !== null);

function asideElements() {
  const { card, take } = state;
  const sections = [];
  if (take && take.audio_sha256) sections.push(noteElement(take));
  const sounds = referencesOf(card).map((one) => [one.sound, `${one.name} (${one.purpose})`]);
  if (take && take.before && !blind.isOn) sounds.push([take.before, "as it was at the last commit"]);
  if (sounds.length) {
    const plays = sounds.map(([sound, name]) => make("li", {}, compareButton(sound, name)));
    sections.push(make("section", {}, make("h3", {}, "Compare with"), make("ul", { className: "plays" }, ...plays)));
  }
  return sections;
}

function noteElement(take) {
  const note = make("textarea", { id: "note", dir: "auto", value: opinions.of(take).note, maxLength: blind.noteLength(take) });
  note.addEventListener("input", () => { opinions.say(take, { note: note.value }); showSaving(); });
  const label = make("label", { htmlFor: "note" }, `Note on ${nameOf(take, "take")}`);
  return make("section", {}, make("h3", {}, label), note);
}

function compareButton(sound, name) {
  const button = make("button", { type: "button", className: "compare", "aria-pressed": String(player.playing === sound) }, name);
  button.sound = sound;
  button.addEventListener("click", () => compare(sound));
  return button;
}

/** Switch to something to compare with, or back to the take. */
function compare(sound) {
  if (player.playing === sound) player.change(state.take ? state.take.sound : SILENCE);
  else player.change(sound, { play: true });
}

/** Show how far things have played: pictures, lines, which of them it is. */
function showPosition() {
  const { share } = player.position;
  const pictures = [...byId("detail").querySelectorAll("canvas")];
  const shapes = pictures.map(({ sound }) => (blind.isOn ? FLAT : peaksOf(sound)));
  const highest = blind.isOn ? 255 : Math.max(1, ...shapes.flatMap((peaks) => [...peaks]));
  pictures.forEach((picture, place) => {
    drawWaveform(picture, shapes[place], highest, picture.sound === player.playing ? share : 0);
  });
  for (const button of byId("detail").querySelectorAll(".compare")) {
    button.setAttribute("aria-pressed", String(button.sound === player.playing));
  }
  showLine();
}
