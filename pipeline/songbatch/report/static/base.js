// What every part of the page uses. All text reaches the page as text, never as markup.

const page = JSON.parse(document.getElementById("data").textContent);

const byId = (id) => document.getElementById(id);

/** Return a new element; properties are set, children are elements or text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

const clock = (seconds) => {
  const whole = Math.floor(seconds || 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

/** Say something for a moment, to eyes and to screen readers. */
function tell(text) {
  byId("told").textContent = text;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { byId("told").textContent = ""; }, 5000);
}

// Earlier takes are takes: of the number and the references of the one that has their place now.
for (const take of page.cards.flatMap((card) => card.takes)) {
  take.earlier = take.earlier.map((one) => ({
    ...one, take: take.take, references: take.references, said: "", times: [], before: null, now: take,
  }));
}

/** What the browser remembers of this project, if it lets us; `set` returns whether it does. */
function memoryIn(storage) {
  const keyOf = (name) => `songbatch:${page.id}:${name}`;
  return {
    key: keyOf,
    get(name) {
      try { return window[storage].getItem(keyOf(name)); } catch { return null; }
    },
    set(name, text) {
      try { window[storage].setItem(keyOf(name), text); } catch { return false; }
      return true;
    },
  };
}

const memory = memoryIn("localStorage");
/** Of this tab: it ends with it. */
const tabMemory = memoryIn("sessionStorage");

/** What a remembered text stands for, null if it is not what this page wrote. */
function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

/** What is looked at and heard: which card, which of its takes, whose earlier takes are unfolded. */
const state = { shown: [], card: null, take: null, unfolded: new Set() };

/** Whether a take is no output any more: there are only its earlier ones. */
const isGone = (take) => take.status === "gone";
const ofRenders = (card) => card.takes.filter((take) => !isGone(take));

/** Every take of a card, earlier ones too. */
const everyTake = (card) => card.takes.flatMap((take) => (isGone(take) ? take.earlier : [take, ...take.earlier]));

/** A number of 32 bits for a text (FNV-1a of its code points). */
function hashOf(text) {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0), 16777619) >>> 0;
  return hash;
}
