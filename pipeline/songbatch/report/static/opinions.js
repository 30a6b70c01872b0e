// What listeners said: this one's words can be edited, the others' are shown.
//
// Words are kept by the browser as they are written (drafts), under this project's name for itself,
// and only what this page or its selects know of is ever saved from here.

const NOTE_LENGTH = 10000;
const NOTHING = { pick: false, rating: null, note: "", blind: null };

const heardKey = (render, engine, audio) => JSON.stringify([render, engine, audio]);
const keyOf = (take) => heardKey(take.id, take.engine, take.audio_sha256);
const keyOfOpinion = (one) => heardKey(one.render, one.engine, one.audio_sha256);
const says = (said) => said.pick || said.rating !== null || said.note !== "";
const sameWords = (one, other) => Object.keys(NOTHING).every((name) => one[name] === other[name]);

/** The words of an opinion, wherever it comes from: other pages from disk share what is kept. */
function wordsOf({ pick, rating, note, blind: seed }) {
  return {
    pick: pick === true,
    rating: Number.isInteger(rating) && rating >= 1 && rating <= 5 ? rating : null,
    note: typeof note === "string" ? note.slice(0, NOTE_LENGTH) : "",
    blind: Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 ? seed : null,
  };
}

/** Opinions that the browser kept: a map by what was heard. Anything else in there is ignored. */
function keptOpinions(list) {
  const pairs = (Array.isArray(list) ? list : []).filter((one) => Array.isArray(one) && typeof one[0] === "string" && one[1]);
  return new Map(pairs.map(([key, said]) => [key, wordsOf(said)]));
}

const opinions = {
  listener: memory.get("listener") || "",
  /** This listener's, by what was heard. */
  mine: new Map(),
  /** Everybody's, as far as they are saved: by name, then by what was heard. */
  everybody: new Map(),
  /** This listener's that are not saved. */
  drafts: new Map(),
  /** What may be saved from here. */
  known: new Set(page.cards.flatMap((card) => everyTake(card).map(keyOf))),
  isKept: true,

  begin() {
    for (const [name, said] of Object.entries(page.listeners)) {
      this.everybody.set(name, new Map(said.map((one) => [keyOfOpinion(one), wordsOf(one)])));
      for (const one of said) this.known.add(keyOfOpinion(one));
    }
    downloads.begin(this.everybody);
    this.drafts = keptOpinions(parsed(memory.get("drafts")));
    this.callMe(this.listener);
    this.forgetSaved();
    addEventListener("storage", (event) => { if (event.key === memory.key("drafts")) this.follow(event.newValue); });
    addEventListener("beforeunload", (event) => { if (this.changed && !this.isKept) event.preventDefault(); });
  },

  /** Drop drafts that somebody put where they belong. */
  forgetSaved() {
    const saved = this.everybody.get(this.listener) || new Map();
    const same = [...this.drafts].filter(([key, said]) => this.known.has(key) && sameWords(said, saved.get(key) || NOTHING));
    for (const [key] of same) this.drafts.delete(key);
    if (same.length) this.keepDrafts(same.map(([key]) => key));
  },

  /** Whether there is something to save. */
  get changed() {
    return [...this.drafts.keys()].some((key) => this.known.has(key));
  },

  /** Take a name; what was saved under it becomes this listener's, and what is not saved yet. */
  callMe(name) {
    this.listener = name;
    memory.set("listener", name);
    this.mine = new Map([...this.everybody.get(name) || [], ...this.drafts]);
  },

  /** What is saved of a take, also if it is hidden. */
  saved(take) {
    return this.mine.get(keyOf(take)) || NOTHING;
  },

  /** What this listener said of a take: in blind mode since the shuffle. */
  of(take) {
    return blind.isOn ? { ...NOTHING, ...blind.saidOf(take) } : this.saved(take);
  },

  say(take, words) {
    const before = this.saved(take);
    const kept = blind.isOn ? blind.note(take, words, before.note) : words;
    // A note does not make blind, or otherwise, what was judged before.
    const isJudged = "pick" in words || "rating" in words || !(before.pick || before.rating !== null);
    const said = { ...before, ...kept, blind: isJudged ? blind.seed : before.blind };
    this.mine.set(keyOf(take), said);
    this.drafts.set(keyOf(take), said);
    this.keepDrafts();
  },

  /** Keep the drafts beside those of other tabs, without what is saved now. */
  keepDrafts(saved = []) {
    const all = new Map([...keptOpinions(parsed(memory.get("drafts"))), ...this.drafts]);
    for (const key of saved) all.delete(key);
    this.isKept = memory.set("drafts", JSON.stringify([...all]));
  },

  /** Another tab said or saved something. */
  follow(text) {
    this.drafts = keptOpinions(parsed(text));
    for (const [key, said] of this.drafts) this.mine.set(key, said);
    if (document.activeElement !== byId("note")) showSong();
    showList();
    showSaving();
  },

  /** These drafts are saved, unless something was said since. */
  settle(saved) {
    const done = [...saved].filter(([key, said]) => this.known.has(key) && this.drafts.get(key) === said);
    this.everybody.set(this.listener, new Map([...this.everybody.get(this.listener) || [], ...saved]));
    for (const [key] of done) this.drafts.delete(key);
    this.keepDrafts(done.map(([key]) => key));
  },

  /** What other listeners said of a take. */
  ofOthers(take) {
    const others = [...this.everybody].filter(([name, said]) => name !== this.listener && said.has(keyOf(take)));
    return others.map(([name, said]) => [name, said.get(keyOf(take))]).filter(([, one]) => says(one));
  },

  /** Who picked takes, this listener first, and how many takes: of a card, also of audio elsewhere. */
  picksOf(card) {
    const names = new Set();
    let number = 0;
    for (const take of [...everyTake(card), ...card.elsewhere]) {
      const others = blind.isOn ? [] : this.ofOthers(take).filter(([, said]) => said.pick).map(([name]) => name);
      const isMine = this.of(take).pick;
      if (isMine || others.length) number += 1;
      if (isMine) names.add(null);
      for (const name of others) names.add(name);
    }
    return { number, isMine: names.delete(null), others: [...names].sort(byCodePoints) };
  },

  /** The whole file: equal contents are equal text, as the command writes it too. */
  text() {
    const everybody = new Map(this.everybody);
    everybody.set(this.listener, new Map([...this.mine].filter(([key]) => this.known.has(key))));
    const lines = ["version: 1"];
    if (page.decide !== "any") lines.push(`decide: ${page.decide}`);
    const speaking = [...everybody].map(([name, said]) => [name, [...said].filter(([, one]) => says(one))])
      .filter(([, said]) => said.length).sort(([a], [b]) => byCodePoints(a, b));
    lines.push(speaking.length ? "listeners:" : "listeners: {}");
    for (const [name, said] of speaking) {
      lines.push(`  ${quoted(name)}:`);
      const sorted = said.map(([key, one]) => [JSON.parse(key), one]).sort(([a], [b]) => byParts(a, b));
      for (const [heard, one] of sorted) lines.push(...entryLines(heard, one));
    }
    return lines.map((line) => `${line}\n`).join("");
  },
};

/**
 * What was saved as a file that this page was not made from yet. It holds until the page is made of
 * other selects, or one reload would take back what was chosen.
 */
const downloads = {
  of: hashOf(JSON.stringify(page.listeners)),
  /** Lists of opinions by name. */
  said: new Map(),

  begin(everybody) {
    const kept = parsed(memory.get("downloaded"));
    if (kept?.of !== this.of || !Array.isArray(kept.said)) return;
    this.said = new Map(kept.said.filter((one) => Array.isArray(one) && typeof one[0] === "string"));
    for (const [name, said] of this.said) {
      everybody.set(name, new Map([...everybody.get(name) || [], ...keptOpinions(said)]));
    }
  },

  keep(listener, saved) {
    this.said.set(listener, [...new Map([...keptOpinions(this.said.get(listener)), ...saved])]);
    memory.set("downloaded", JSON.stringify({ of: this.of, said: [...this.said] }));
  },
};

function entryLines([render, engine, audio], said) {
  const lines = [
    `    - render: ${quoted(render)}`,
    `      engine: ${quoted(engine)}`,
    `      audio_sha256: ${quoted(audio)}`,
  ];
  const song = page.songs[audio];
  if (song) lines.push(`      song_sha256: ${quoted(song)}`);
  if (said.pick) lines.push("      pick: true");
  if (said.rating !== null) lines.push(`      rating: ${said.rating}`);
  if (said.note) lines.push(`      note: ${quoted(said.note)}`);
  if (said.blind !== null) lines.push(`      blind: ${said.blind}`);
  return lines;
}

/** JSON's quotes are YAML's, but YAML wants more characters escaped, and no half ones. */
function quoted(text) {
  const whole = text.replace(/[\ud800-\udfff]/gu, "\ufffd");
  return JSON.stringify(whole).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function byCodePoints(a, b) {
  const left = Array.from(a, (c) => c.codePointAt(0));
  const right = Array.from(b, (c) => c.codePointAt(0));
  const at = left.findIndex((code, place) => code !== right[place]);
  if (at < 0) return left.length - right.length;
  return right[at] === undefined ? 1 : left[at] - right[at];
}

function byParts(a, b) {
  for (let part = 0; part < a.length; part += 1) {
    const order = byCodePoints(a[part], b[part]);
    if (order) return order;
  }
  return 0;
}
