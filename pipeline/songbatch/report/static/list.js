// The list of songs. Only the rows in sight are elements, so thousands are as fast as ten.

/** The height of a row, in pixels: 3.75 of the reader's letters. */
const ROW = 3.75 * parseFloat(getComputedStyle(document.documentElement).fontSize);

const textOf = (take) => page.texts[take.lyrics] || "";
/** Takes of renders; what is no output any more has earlier takes only. */
const ofRenders = (card) => card.takes.filter((take) => take.status !== "gone");
const isMissing = (card) => ofRenders(card).some((take) => !take.sound.link);

const FILTERS = {
  all: () => true,
  unheard: (card) => !everyTake(card).some((take) => says(opinions.of(take))),
  picked: (card) => everyTake(card).some((take) => opinions.of(take).pick),
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
  const takes = state.shown.reduce((sum, card) => sum + ofRenders(card).length, 0);
  byId("tally").textContent = state.shown.length
    ? `${state.shown.length} of ${page.cards.length} songs, ${takes} takes`
    : "No song fits";
  showList();
}

function showList() {
  const list = byId("list");
  list.querySelector(".room").style.height = `${state.shown.length * ROW}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
  const last = Math.min(state.shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 4);
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
    make("b", { dir: "auto" }, card.title),
    make("i", {}, [card.spec, card.variant || card.song].join(" · ")),
    make("span", { className: "marks" }, ...marksOf(card)),
  );
  row.style.top = `${place * ROW}px`;
  row.addEventListener("click", () => open(card, { enter: true }));
  return row;
}

function marksOf(card) {
  const picked = everyTake(card).filter((take) => opinions.of(take).pick).length;
  const rating = Math.max(0, ...everyTake(card).map((take) => opinions.of(take).rating || 0));
  const marks = [];
  if (picked) marks.push(make("span", { className: "mark picked" }, picked > 1 ? `${picked} picked` : "picked"));
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

/** Go to the song before or after the one that is shown. */
function step(by) {
  if (!state.shown.length) return;
  const at = state.shown.indexOf(state.card);
  const next = Math.max(0, Math.min(state.shown.length - 1, at < 0 ? 0 : at + by));
  open(state.shown[next]);
  const list = byId("list"), top = next * ROW;
  if (top < list.scrollTop) list.scrollTop = top;
  if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  showList();
}
