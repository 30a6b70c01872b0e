// Addresses: #spec/song/variant/take is what is shown, so that it can be sent, kept and gone back to.

/** Half a character cannot be part of an address. */
const encoded = (text) => encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, "\ufffd"));

const idOf = (card) => [card.spec, card.song, card.variant].filter(Boolean).join("/");

/**
 * A take's name in an address: its engine is added where several have one of this number, and of an
 * earlier take the beginning of its audio's digest.
 */
function nameInAddress(card, take) {
  if (take.now) return [earlierName(take)];
  return hasSeveralEngines(card) ? [take.id, take.engine] : [take.id];
}

/** The address of a take, or of a song without one: in blind mode no address tells the take. */
function addressOf(card, take) {
  const [id, ...engine] = take && !blind.isOn ? nameInAddress(card, take) : [idOf(card)];
  return `#${[id.split("/").map(encoded).join("/"), ...engine.map(encoded)].join("@")}`;
}

const earlierName = (take) => `${take.id}~${take.audio_sha256.slice(0, 12)}`;

function decoded(hash) {
  try { return decodeURIComponent(hash.slice(1)); } catch { return hash.slice(1); }
}

/** The song and take at an address: {card, take}; take is null for a song; null for neither. */
function found(name) {
  for (const card of page.cards) {
    const take = everyTake(card).find((one) => (
      (one.now && earlierName(one) === name)
      || ((!one.now || isGone(one.now)) && [one.id, `${one.id}@${one.engine}`].includes(name))
    ));
    if (take) return { card, take };
  }
  const card = page.cards.find((one) => idOf(one) === name);
  return card ? { card, take: null } : null;
}

/** Whether the song has the place of the list, and not one beside it. */
const coversList = () => !byId("side").checkVisibility();

/** Write what is shown into the address; `push` if going back shall lead to what was before. */
function writeAddress({ push = false, overList = false } = {}) {
  if (!state.card || !byId("song").checkVisibility()) return;
  const address = addressOf(state.card, state.take);
  if (address === location.hash && !push) return;
  try {
    if (push) history.pushState({ overList }, "", address);
    else history.replaceState(history.state, "", address);
  } catch { /* A browser that takes no more of them, or none. */ }
}

/** Show what the address names; without one, on a phone the list. */
function showAddress() {
  const name = decoded(location.hash);
  if (!name) {
    showSongs();
    return;
  }
  const { card, take } = found(name) || found(name.slice(0, name.lastIndexOf("/"))) || {};
  if (!card) {
    tell(`This page has no song or take ${name}`);
    if (!state.card) showSongs();
    return;
  }
  document.body.classList.add("open");
  open(card, { take: blind.isOn ? null : take });
  if (!take && !found(name)) tell(`This page has no take ${name}`);
}

/** Go back to the list: over what the browser went through, if the song was opened over it. */
function closeSong() {
  if (history.state?.overList) {
    history.back();
    return;
  }
  try { history.replaceState(null, "", location.href.split("#")[0]); } catch { /* as above */ }
  showSongs();
}

function showSongs() {
  const covered = coversList();
  document.body.classList.remove("open");
  if (!state.card && state.shown.length) open(state.shown[0]);
  showList();
  if (covered) byId("list").focus();
}
