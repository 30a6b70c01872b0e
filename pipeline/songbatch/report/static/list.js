// The list of songs. Only the rows in sight are elements, so thousands are as fast as ten.

const textOf = (take) => page.texts[take.lyrics] || "";
const isMissing = (card) => ofRenders(card).some((take) => !take.sound.link);

const FILTERS = {
  all: () => true,
  unheard: (card) => !everyTake(card).some((take) => says(opinions.of(take))),
  picked: (card) => opinions.picksOf(card).number > 0,
  mine: (card) => opinions.picksOf(card).isMine,
  findings: (card) => card.takes.some((take) => take.findings.length),
  changed: (card) => card.takes.some((take) => take.change),
  missing: isMissing,
};

function matches(card, words) {
  const notes = everyTake(card).map((take) => opinions.of(take).note);
  const names = [card.spec, card.song, card.variant, card.title, card.artist];
  const texts = [...new Set(card.takes.map(textOf))];
  const text = [...names, ...texts, ...notes].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Search and filter again; the song that is shown stays if it is still there. */
function find() {
  const words = byId("query").value.toLowerCase().split(/\s+/).filter(Boolean);
  const engine = byId("engine").value;
  const fits = FILTERS[byId("filter").value];
  state.shown = page.cards.filter((card) => (
    fits(card) && (!engine || card.takes.some((take) => take.engine === engine)) && matches(card, words)
  ));
  byId("tally").textContent = tally() || "No song fits";
  showList();
}

/** How many songs are shown; those that are no outputs any more count for themselves. */
function tally() {
  const isSong = (card) => ofRenders(card).length > 0;
  const shown = state.shown.filter(isSong), every = page.cards.filter(isSong).length;
  const takes = shown.reduce((sum, card) => sum + ofRenders(card).length, 0);
  const songs = shown.length < every ? `${shown.length} of ${counted(every, "song")}` : counted(every, "song");
  const earlier = state.shown.length - shown.length;
  return [
    shown.length ? `${songs}, ${counted(takes, "take")}` : "",
    earlier ? counted(earlier, "earlier song") : "",
  ].filter(Boolean).join("; ");
}

const counted = (number, noun) => (number === 1 ? `1 ${noun}` : `${number} ${noun}s`);

function showList() {
  const list = byId("list");
  rows.fit();
  list.querySelector(".room").style.height = `${state.shown.length * rows.height}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / rows.height) - 4);
  const last = Math.min(state.shown.length, Math.ceil((list.scrollTop + list.clientHeight) / rows.height) + 4);
  for (const row of list.querySelectorAll(".row")) row.remove();
  for (let place = first; place < last; place += 1) list.append(rowOf(place));
  const chosen = state.shown.indexOf(state.card);
  if (chosen >= first && chosen < last) list.setAttribute("aria-activedescendant", `row-${chosen}`);
  else list.removeAttribute("aria-activedescendant");
}

function rowOf(place) {
  const card = state.shown[place];
  const row = make(
    "li",
    {
      className: "row", id: `row-${place}`, role: "option",
      "aria-selected": String(card === state.card),
      "aria-setsize": state.shown.length, "aria-posinset": place + 1,
    },
    make("b", { dir: "auto", title: card.title }, ...rows.titleOf(card)),
    make("span", { className: "second" }, make("i", {}, placeOf(card)), make("span", { className: "marks" }, ...marksOf(card))),
  );
  row.style.top = `${place * rows.height}px`;
  row.addEventListener("click", () => open(card, { enter: true }));
  return row;
}

const hasOneSpec = new Set(page.cards.map((card) => card.spec)).size === 1;
const placeOf = (card) => [hasOneSpec ? "" : card.spec, card.variant || card.song].filter(Boolean).join(" · ");

/** What there is to be said of a song in a few words; where they are too many, the last are left out. */
function marksOf(card) {
  const { number, isMine, others } = opinions.picksOf(card);
  const rating = Math.max(0, ...everyTake(card).map((take) => opinions.of(take).rating || 0));
  const marks = [];
  if (number) marks.push(pickedMark(number, [...(isMine ? ["you"] : []), ...others].join(", ")));
  if (rating) marks.push(make("span", { className: "mark" }, `${rating} ★`));
  if (!blind.isOn && FILTERS.findings(card)) {
    marks.push(make("span", { className: "mark finding" }, "finding"));
  }
  if (!blind.isOn && FILTERS.changed(card)) marks.push(make("span", { className: "mark" }, "changed"));
  const renders = ofRenders(card);
  if (renders.length > 1) marks.push(make("span", { className: "mark" }, `${renders.length} takes`));
  if (!renders.length) marks.push(make("span", { className: "mark" }, "earlier"));
  return marks;
}

/** A tick and names: the word is for ears, and for who points at it. */
function pickedMark(number, names) {
  const said = number > 1 ? `${number} takes picked by` : "picked by";
  return make(
    "span", { className: "mark picked", title: `${said} ${names}` },
    make("span", { "aria-hidden": "true" }, "✓ "), make("span", { className: "away" }, `${said} `), make("bdi", {}, names),
  );
}

/** Go to the song before or after the one that is shown. */
function step(by) {
  if (!state.shown.length) return;
  const at = state.shown.indexOf(state.card);
  const next = Math.max(0, Math.min(state.shown.length - 1, at < 0 ? 0 : at + by));
  open(state.shown[next]);
  const list = byId("list"), top = next * rows.height, bottom = top + rows.height;
  if (top < list.scrollTop) list.scrollTop = top;
  if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  showList();
}
