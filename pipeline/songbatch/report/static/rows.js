// How the rows of the list fit: titles are what tells songs apart, so they have the whole width, and
// a second line where one of them needs it.

const rows = {
  /** Of every row, in pixels. */
  height: 60,
  /** For a title, in pixels. */
  room: 0,
  letter: 0,
  ink: document.createElement("canvas").getContext("2d"),

  /** Measure again if the list or the reader's letters have another size. */
  fit() {
    const list = byId("list");
    const { fontSize, fontFamily } = getComputedStyle(document.body);
    const letter = parseFloat(fontSize), room = list.clientWidth - 2.1 * letter;
    if (room <= 0 || (room === this.room && letter === this.letter)) return;
    Object.assign(this, { room, letter });
    this.ink.font = `600 ${fontSize} ${fontFamily}`;
    const isTall = page.cards.some((card) => this.lines(card.title) > 1);
    list.classList.toggle("tall", isTall);
    this.height = (isTall ? 4.75 : 3.75) * letter;
  },

  /** How many lines a text fills, if words did not have to stay whole. */
  lines(text) {
    return this.ink.measureText(text).width / this.room;
  },

  /** A title; of one that two lines do not hold, the end keeps a line: what differs stands there. */
  titleOf({ title }) {
    const at = title.lastIndexOf(" (");
    if (at < 0 || this.lines(title) < 1.8) return [title];
    return [make("span", {}, title.slice(0, at + 1)), make("span", {}, title.slice(at + 1))];
  },
};
