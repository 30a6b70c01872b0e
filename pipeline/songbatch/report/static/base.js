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

/** What the browser remembers of this project, if it lets us. */
const memory = {
  get(name) {
    try { return localStorage.getItem(`songbatch:${page.project}:${name}`); } catch { return null; }
  },
  set(name, text) {
    try { localStorage.setItem(`songbatch:${page.project}:${name}`, text); } catch { /* private */ }
  },
};

/** What is looked at and heard: which card, which of its takes. */
const state = { shown: [], card: null, take: null, blind: null };
