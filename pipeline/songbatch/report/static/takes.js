// The takes of a song, each with its picture and what is said of it.

/** The takes of a card as they are shown; of one that is gone, what can still be heard of it. */
function takesOf(card) {
  const renders = ofRenders(card), engine = byId("engine").value;
  const listed = blind.isOn && renders.length ? renders : card.takes.flatMap((take) => (isGone(take) ? take.earlier : [take]));
  const takes = listed.filter((take) => !engine || take.engine === engine);
  return blind.isOn ? blind.shuffle(takes) : takes;
}

/** What a take is called: `word` is Take, or take within a sentence. */
function nameOf(take, word = "Take", card = state.card) {
  if (blind.isOn) return `${word} ${letters(takesOf(card).indexOf(take))}`;
  const name = hasSeveralEngines(card) ? `${word} ${take.take} on ${take.engine}` : `${word} ${take.take}`;
  if (!take.now) return name;
  const { earlier } = take.now;
  return earlier.length > 1 ? `${name}, earlier ${earlier.indexOf(take) + 1}` : `${name}, earlier`;
}

function takesElement(card) {
  const takes = takesOf(card);
  if (!takes.length) return make("p", { className: "where" }, "No take of this song can be played.");
  if (blind.isOn || !hasSeveralEngines(card)) {
    return make("ol", { className: "takes", "aria-label": "Takes" }, ...takes.map(takeElement));
  }
  const engines = [...new Set(takes.map((take) => take.engine))];
  return make("div", {}, ...engines.map((engine) => engineElement(card, engine, takes)));
}

const hasSeveralEngines = (card) => new Set(card.takes.map((take) => take.engine)).size > 1;

/** The takes of one engine, under its name and what tells them from those of others. */
function engineElement(card, engine, takes) {
  const elements = takes.map((take, place) => (take.engine === engine ? takeElement(take, place) : null)).filter(Boolean);
  const facts = engineFacts(card, engine).join(" · ");
  return make(
    "section", { className: "engine", "aria-label": engine },
    make("h3", {}, engine),
    make("p", { className: "where" }, facts),
    make("ol", { className: "takes", "aria-label": `Takes on ${engine}` }, ...elements),
  );
}

const INPUTS = { voice: "the voice reference", instrumental: "the instrumental reference", lang: "a language" };
const inputName = (name) => INPUTS[name] || name;

/** What differs between engines: model, lengths, price, and what each was asked for. */
function engineFacts(card, engine) {
  const { model, without, unlike } = card.engines.find((one) => one.engine === engine) || { model: "", without: [], unlike: [] };
  const takes = ofRenders(card).filter((take) => take.engine === engine);
  return [
    model,
    lengthsOf(takes),
    priceOf(takes),
    without.length ? `without ${without.map(inputName).join(", ")}` : "",
    unlike.length ? `other ${unlike.map((name) => inputName(name).replace(/^the |^a /, "")).join(", ")}` : "",
  ].filter(Boolean);
}

function lengthsOf(takes) {
  const seconds = takes.map((take) => take.sound.seconds).filter(Boolean);
  if (!seconds.length) return "";
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)].map(clock);
  return least === most ? least : `${least} to ${most}`;
}

/** What the takes cost; nothing if nobody knows it of one of them. */
function priceOf(takes) {
  const prices = takes.filter((take) => take.audio_sha256).map((take) => take.cost_usd);
  if (!prices.length || prices.includes(null)) return "";
  const usd = prices.reduce((sum, price) => sum + price, 0);
  return usd ? `$${usd.toFixed(3)}` : "free";
}

function takeElement(take, place) {
  const said = opinions.of(take);
  const current = take === state.take;
  const button = make(
    "button", { type: "button", className: "choose", "aria-pressed": String(current) },
    make("b", {}, nameOf(take)),
    make("small", {}, ...(place < 9 ? [keyCap(place + 1)] : []), factsOf(take)),
  );
  if (place < 9) button.setAttribute("aria-keyshortcuts", String(place + 1));
  button.addEventListener("click", () => choose(take));
  const picture = make("canvas", { "aria-hidden": "true" });
  picture.addEventListener("click", (event) => {
    const share = event.offsetX / picture.clientWidth;
    choose(take, { play: true, at: share * player.lengthOf(take.sound) });
  });
  picture.sound = take.sound;
  const element = make("li", { className: current ? "take current" : "take" }, button, picture, verdictElement(take, said));
  if (blind.isOn) return element;
  element.append(make("p", { className: "facts" }, ...notesOf(take)));
  const others = opinions.ofOthers(take);
  if (others.length) element.append(make("ul", { className: "others" }, ...others.map(otherElement)));
  if (take.earlier?.length) element.append(earlierElement(take));
  return element;
}

/** What a take was before it was rendered again: heard and chosen like any other. */
function earlierElement(take) {
  const { earlier } = take;
  const isShown = state.unfolded.has(take) || earlier.includes(state.take) || earlier.some((one) => one.is_chosen || opinions.of(one).pick);
  const name = earlier.length > 1 ? `${earlier.length} earlier takes` : "1 earlier take";
  const list = make("ol", { className: "takes", "aria-label": `Earlier takes of ${nameOf(take, "take")}` }, ...earlier.map((one) => takeElement(one)));
  const element = make("details", { className: "earlier", open: isShown }, make("summary", {}, name), list);
  element.addEventListener("toggle", () => {
    if (element.open) state.unfolded.add(take);
    else state.unfolded.delete(take);
    showPosition();
  });
  return element;
}

/** The key that switches to a take; where there are only fingers, it is hidden. */
function keyCap(digit) {
  return make("kbd", { title: "The key that switches to this take", "aria-hidden": "true" }, String(digit));
}

function factsOf(take) {
  const facts = [];
  if (!blind.isOn && take.sound.seconds) facts.push(clock(take.sound.seconds));
  if (!blind.isOn && take.sound.lufs !== null) facts.push(`${take.sound.lufs.toFixed(1).replace("-", "−")} LUFS`);
  return facts.join(" · ");
}

/** What is to be said of a take besides its sound. */
function notesOf(take) {
  const notes = take.findings.map((finding) => (
    make("span", {}, make("span", { className: "mark finding" }, finding.code), ` ${finding.detail}`)
  ));
  if (take.said) notes.push(make("span", {}, take.said));
  if (take.now) notes.push(...earlierNotes(take));
  else if (take.change) notes.push(make("span", {}, `Since ${page.since}: ${take.change}`));
  if (take.cost_usd) notes.push(make("span", {}, `$${take.cost_usd.toFixed(3)}`));
  return notes;
}

function earlierNotes(take) {
  const when = take.at ? new Date(take.at) : null;
  const notes = [
    isGone(take.now) ? take.now.said : "",
    when && !Number.isNaN(when.getTime()) ? `Received ${when.toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}` : "",
    take.commit ? `in ${take.commit}` : "",
    take.change ? `Since then: ${take.change}` : "",
  ];
  return notes.filter(Boolean).map((note) => make("span", {}, note));
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
  return make("li", { dir: "auto" }, `${listener}: ${words.filter(Boolean).join(", ")}`);
}

/** What was said of audio that is on other machines only. */
function elsewhereElements(card) {
  const notes = blind.isOn ? [] : card.elsewhere.flatMap((take) => {
    const mine = opinions.of(take);
    return [...(says(mine) ? [["You", mine]] : []), ...opinions.ofOthers(take)].map(([listener, said]) => (
      make("li", { dir: "auto" }, elsewhereNote(card, take, listener, said))
    ));
  });
  return notes.length ? [make("ul", { className: "elsewhere" }, ...notes)] : [];
}

function elsewhereNote(card, take, listener, said) {
  const number = take.id.slice(take.id.lastIndexOf("/") + 1);
  const which = takesOf(card).length > 1 ? `take ${number}` : "this song";
  const words = [said.rating ? `${said.rating} ★` : "", said.note ? `“${said.note}”` : ""].filter(Boolean).join(", ");
  const where = take.copy ? `of which only the copy ${take.copy} is here` : "which is not on this machine";
  const text = `${listener} ${said.pick ? "picked" : "heard"} other audio of ${which}, ${where}`;
  return words ? `${text}: ${words}` : text;
}

function setPick(take) {
  opinions.say(take, { pick: !opinions.of(take).pick });
  afterVerdict();
}

function setRating(take, rating) {
  opinions.say(take, { rating: opinions.of(take).rating === rating ? null : rating });
  afterVerdict();
}

function afterVerdict() {
  showSong();
  showList();
  showSaving();
}
