// Blind mode: takes shuffled and unnamed, and nothing shown that is of one of them.
//
// What was said before stays hidden too, or it would name the take. It lasts until it is revealed,
// also through a reload of the page.

/** Tells takes apart by the order of a shuffle that its seed alone decides: 32 bits. */
const blind = {
  test: null,

  get isOn() { return this.test !== null; },

  /** The seed that what is said now is saved with; null if takes have their names. */
  get seed() { return this.test && this.test.seed; },

  begin() {
    const kept = parsed(tabMemory.get("blind"));
    if (kept && Number.isInteger(kept.seed) && typeof kept.said === "object") this.test = kept;
  },

  start() {
    this.test = { seed: crypto.getRandomValues(new Uint32Array(1))[0], said: {} };
    this.keep();
  },

  end() {
    this.test = null;
    this.keep();
  },

  keep() { tabMemory.set("blind", JSON.stringify(this.test)); },

  /** What was said of a take since the shuffle. */
  saidOf(take) {
    return this.test.said[keyOf(take)]?.words || {};
  },

  /**
   * Keep what is said of a take that had `note`; return the words as they are saved: a note is
   * added to one that nobody sees.
   */
  note(take, words, note) {
    const kept = this.test.said[keyOf(take)] ??= { words: {}, note };
    Object.assign(kept.words, words);
    this.keep();
    if (words.note === undefined) return words;
    return { ...words, note: [kept.note, words.note].filter(Boolean).join("\n").slice(0, NOTE_LENGTH) };
  },

  /** How many characters a note on a take may have. */
  noteLength(take) {
    const before = this.isOn ? this.test.said[keyOf(take)]?.note ?? opinions.saved(take).note : "";
    return before ? Math.max(0, NOTE_LENGTH - before.length - 1) : NOTE_LENGTH;
  },

  /** The takes in their shuffled order; what cannot be played would be known by that. */
  shuffle(takes) {
    const places = new Map(takes.map((take) => [take, hashOf(`${this.seed}${keyOf(take)}`)]));
    return takes.filter((take) => take.sound.link).sort((a, b) => places.get(a) - places.get(b));
  },
};

/** A, B, … Z, AA, AB, … */
function letters(number) {
  const last = String.fromCharCode(65 + (number % 26));
  return number < 26 ? last : letters(Math.floor(number / 26) - 1) + last;
}

function toggleBlind() {
  const { take } = state;
  if (blind.isOn) blind.end();
  else blind.start();
  showBlind();
  if (state.card) {
    if (blind.isOn) choose(takesOf(state.card)[0] || null, { at: 0 });
    else choose(take || takesOf(state.card)[0]);
  }
  find();
  showSaving();
  tell(blind.isOn ? "Takes are shuffled and unnamed" : "Takes have their names again");
}

function showBlind() {
  byId("blind").setAttribute("aria-pressed", String(blind.isOn));
  byId("blind").textContent = blind.isOn ? "Reveal" : "Blind";
  // Choosing an engine would tell whose takes go; another loudness would be known again.
  byId("engine").disabled = blind.isOn;
  byId("match").disabled = blind.isOn;
  player.match(player.matched);
}
