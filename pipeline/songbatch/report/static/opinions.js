// What listeners said: this one's words can be edited, the others' are shown.

const heardKey = (render, engine, audio) => JSON.stringify([render, engine, audio]);
const keyOf = (take) => heardKey(take.id, take.engine, take.audio_sha256);
const says = (said) => said.pick || said.rating !== null || said.note !== "";

const opinions = {
  listener: memory.get("listener") || "",
  mine: new Map(),
  others: new Map(Object.entries(page.listeners)),
  changed: false,

  begin() {
    const drafts = JSON.parse(memory.get("drafts") || "[]");
    this.callMe(this.listener);
    for (const [key, said] of drafts) this.mine.set(key, said);
    this.changed = drafts.length > 0;
  },

  /** Take a name; what the file has under it becomes this listener's. */
  callMe(name) {
    this.listener = name;
    memory.set("listener", name);
    for (const said of this.others.get(name) || []) {
      const key = heardKey(said.render, said.engine, said.audio_sha256);
      if (!this.mine.has(key)) {
        this.mine.set(key, { pick: said.pick, rating: said.rating, note: said.note });
      }
    }
  },

  of(take) {
    return this.mine.get(keyOf(take)) || { pick: false, rating: null, note: "" };
  },

  say(take, words) {
    this.mine.set(keyOf(take), { ...this.of(take), ...words });
    this.changed = true;
    this.keepDrafts();
  },

  keepDrafts() {
    memory.set("drafts", this.changed ? JSON.stringify([...this.mine]) : "[]");
  },

  /** What other listeners said of a take. */
  ofOthers(take) {
    const found = [];
    for (const [listener, said] of this.others) {
      if (listener === this.listener) continue;
      for (const one of said) {
        if (heardKey(one.render, one.engine, one.audio_sha256) === keyOf(take)) {
          found.push([listener, one]);
        }
      }
    }
    return found;
  },

  /** The whole file: equal contents are equal text, as the command writes it too. */
  text() {
    const everybody = new Map(
      [...this.others].filter(([name]) => name !== this.listener)
        .map(([name, said]) => [name, said.map((one) => [heardKey(one.render, one.engine, one.audio_sha256), one])]),
    );
    everybody.set(this.listener, [...this.mine]);
    const lines = ["version: 1"];
    if (page.decide !== "any") lines.push(`decide: ${page.decide}`);
    const speaking = [...everybody].map(([name, said]) => [name, said.filter(([, one]) => says(one))])
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

function entryLines([render, engine, audio], said) {
  const lines = [
    `    - render: ${quoted(render)}`,
    `      engine: ${quoted(engine)}`,
    `      audio_sha256: ${quoted(audio)}`,
  ];
  if (said.pick) lines.push("      pick: true");
  if (said.rating !== null) lines.push(`      rating: ${said.rating}`);
  if (said.note) lines.push(`      note: ${quoted(said.note)}`);
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

/** Save: into the project if a server does that for this page, else as a file to put there. */
async function save() {
  if (!opinions.listener) {
    byId("name").focus();
    tell("Your name first: it is kept with what you choose");
    return;
  }
  if (page.saving) await saveToProject();
  else saveAsFile();
}

function saveAsFile() {
  const link = make("a", {
    href: URL.createObjectURL(new Blob([opinions.text()], { type: "text/yaml" })),
    download: "selects.yaml",
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  saved("Saved as selects.yaml: put it into the project's folder specs/");
}

async function saveToProject() {
  let answer;
  try {
    answer = await fetch(page.saving.path, {
      method: "PUT",
      headers: { "Content-Type": "application/yaml", "If-Match": `"${page.saving.seen}"` },
      body: opinions.text(),
    });
  } catch {
    tell("Not saved: songbatch report --serve has ended");
    return;
  }
  if (answer.ok) {
    page.saving.seen = answer.headers.get("ETag").replaceAll('"', "");
    saved("Saved to specs/selects.yaml");
  } else if (answer.status === 412) {
    tell("Not saved: specs/selects.yaml has changed meanwhile. Reload the page: your words are kept");
  } else {
    tell(`Not saved: ${(await answer.text()).slice(0, 300)}`);
  }
}

function saved(text) {
  opinions.changed = false;
  opinions.keepDrafts();
  showSaving();
  tell(text);
}

function showSaving() {
  byId("save").textContent = opinions.changed ? "Save •" : "Save";
  byId("save").setAttribute("aria-label", opinions.changed ? "Save, there are changes" : "Save");
}
