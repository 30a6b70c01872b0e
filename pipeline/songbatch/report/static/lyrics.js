// The lyrics of a take, line by line as they were written; a line with a time plays from there.

/** The lines of a text: [words, seconds or null]. Marks for the engine are no words. */
function linesOf(text, times) {
  const lines = text.split("\n").map((line, place) => [line, times[place] ?? null]);
  const bare = lines.map(([line, seconds]) => [line.replace(/^\s*##+[ \t]?|[ \t]*##+\s*$/g, ""), seconds, line]);
  return bare.filter(([words, , line]) => words.trim() || !line.trim()).map(([words, seconds]) => [words, seconds]);
}

function lyricsElement() {
  const { text, times } = wordsShown();
  const lines = linesOf(text, times).map(([words, seconds]) => lineElement(words, seconds));
  const timed = lines.filter((line) => line.seconds !== undefined);
  if (timed.length) timed[0].tabIndex = 0;
  const lyrics = make("div", { className: "lyrics" }, ...lines);
  lyrics.addEventListener("keydown", (event) => onLyricsKey(event, timed));
  return make("section", {}, make("h3", {}, "Lyrics"), lyrics);
}

/** What is shown of the words: in blind mode nothing that only some takes have. */
function wordsShown() {
  const { card, take } = state;
  if (!take) return { text: "", times: [] };
  if (!blind.isOn && take.lyrics === null) return { text: "(What was sung is not known any more.)", times: [] };
  if (!blind.isOn) return { text: textOf(take), times: take.sound.link ? take.times : [] };
  const texts = new Set(takesOf(card).map((one) => sungOf(textOf(one))));
  return { text: texts.size === 1 ? [...texts][0] : "(The takes differ in their words.)", times: [] };
}

/** A text without marks and section lines, which some engines have and others leave out. */
function sungOf(text) {
  const lines = linesOf(text, []).map(([words]) => words.trimEnd()).filter((words) => !/^\s*\[[^\]]*\]$/.test(words));
  return lines.join("\n").replace(/\n{3,}/g, "\n\n").trim();
}

function lineElement(words, seconds) {
  const line = make("p", { dir: "auto" }, words || "\u00a0");
  if (seconds === null || !words.trim()) return line;
  line.seconds = seconds;
  line.tabIndex = -1;
  line.title = `Play from ${clock(seconds)}`;
  line.setAttribute("role", "button");
  line.addEventListener("click", () => {
    // Whoever marks words to copy them wants no music.
    if (getSelection().isCollapsed) choose(state.take, { play: true, at: seconds });
  });
  return line;
}

/** One line is a stop of the Tab key; arrows go on from there. */
function onLyricsKey(event, timed) {
  const at = timed.indexOf(event.target);
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: timed.length - 1 }[event.key];
  if (next !== undefined) {
    const line = timed[Math.max(0, Math.min(timed.length - 1, next))];
    event.target.tabIndex = -1;
    line.tabIndex = 0;
    line.focus();
  } else if (event.key === "Enter" || event.key === " ") choose(state.take, { play: true, at: event.target.seconds });
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Mark the line that is sung now. */
function showLine() {
  const { current } = player;
  const plays = state.take && state.take.sound === player.playing && current && current.currentTime > 0;
  const lines = [...byId("detail").querySelectorAll(".lyrics p")];
  const sung = plays ? lines.findLast((line) => line.seconds <= current.currentTime) : undefined;
  for (const line of lines) line.classList.toggle("now", line === sung);
}
