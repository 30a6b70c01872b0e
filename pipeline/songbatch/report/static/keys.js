// Everything can be done from the keyboard.

const ACTIONS = {
  ArrowLeft: () => player.seek((player.current?.currentTime || 0) - 5),
  ArrowRight: () => player.seek((player.current?.currentTime || 0) + 5),
  ArrowUp: () => step(-1),
  ArrowDown: () => step(1),
  " ": () => player.toggle(),
  p: () => { if (state.take?.audio_sha256) setPick(state.take); },
  n: () => byId("note")?.focus(),
  r: () => { const [one] = state.card ? referencesOf(state.card) : []; if (one) compare(one.sound); },
  "/": () => byId("query").focus(),
  b: () => toggleBlind(),
  l: () => toggleMatch(),
  s: () => save(),
  Enter: () => { if (document.activeElement === byId("list") && state.card) open(state.card, { enter: true }); },
  Escape: () => { if (coversList()) closeSong(); },
  "?": () => byId("keys").showModal(),
};

function onKey(event) {
  const { target } = event;
  if (byId("keys").open) return;
  if (event.key === "Escape" && target.matches("input, textarea")) {
    target.blur();
    byId("list").focus();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input:not(#seek), textarea, select")) return;
  // A button that was reached by keys is pressed by the space bar, the slider moves by arrows.
  if ((event.key === " " || event.key === "Enter") && target.matches("button, summary")) return;
  if (event.key.startsWith("Arrow") && target.matches("#seek")) return;
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1] ?? /^[1-9]$/.exec(event.key)?.[0];
  const action = digit ? () => onDigit(Number(digit), event.shiftKey) : ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function onDigit(digit, shift) {
  if (!state.card) return;
  if (shift) {
    if (digit <= 5 && state.take?.audio_sha256) setRating(state.take, digit);
    return;
  }
  const take = takesOf(state.card)[digit - 1];
  if (take) choose(take);
}
