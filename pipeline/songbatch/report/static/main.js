// Puts the parts together.

function toggleBlind() {
  const { take } = state;
  state.blind = state.blind ? null : String(crypto.getRandomValues(new Uint32Array(1))[0]);
  byId("blind").setAttribute("aria-pressed", String(Boolean(state.blind)));
  byId("blind").textContent = state.blind ? "Reveal" : "Blind";
  if (state.card) {
    if (state.blind) choose(takesOf(state.card)[0], { at: 0 });
    else choose(take);
  }
  showList();
  tell(state.blind ? "Takes are shuffled and unnamed" : "Takes have their names again");
}

function toggleMatch() {
  const matched = !player.matched;
  byId("match").setAttribute("aria-pressed", String(matched));
  player.match(matched);
  tell(matched ? "All takes of a song are equally loud" : "Takes are as loud as they were rendered");
}

const wantsDark = matchMedia("(prefers-color-scheme: dark)");

function showTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  const dark = theme ? theme === "dark" : wantsDark.matches;
  byId("theme").textContent = dark ? "Light" : "Dark";
  showPosition();
}

function toggleTheme() {
  const theme = byId("theme").textContent.toLowerCase();
  memory.set("theme", theme);
  showTheme(theme);
}

function begin() {
  byId("project").textContent = page.project;
  const engines = [...new Set(page.cards.flatMap((card) => card.takes.map((take) => take.engine)))].sort();
  byId("engine").append(...engines.map((engine) => make("option", { value: engine }, engine)));
  byId("engine").hidden = engines.length < 2;
  opinions.begin();
  byId("name").value = opinions.listener;
  byId("name").addEventListener("change", () => {
    opinions.callMe(byId("name").value.replace(/[\x00-\x1f\x7f]/g, "").trim());
    afterVerdict();
  });
  for (const id of ["query", "filter", "engine"]) byId(id).addEventListener("input", find);
  byId("engine").addEventListener("input", () => { if (state.card) choose(takesOf(state.card)[0] || state.take); });
  byId("list").addEventListener("scroll", showList);
  byId("play").addEventListener("click", () => player.toggle());
  byId("seek").addEventListener("input", () => player.seek(Number(byId("seek").value)));
  byId("match").addEventListener("click", toggleMatch);
  byId("blind").addEventListener("click", toggleBlind);
  byId("theme").addEventListener("click", toggleTheme);
  byId("save").addEventListener("click", save);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  document.addEventListener("keydown", onKey);
  // What was pressed with a pointer must not take the space bar from the player.
  document.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button")?.blur();
  });
  addEventListener("resize", () => { showList(); showPosition(); });
  wantsDark.addEventListener("change", () => showTheme(memory.get("theme")));
  find();
  if (page.cards.length) open(page.cards[0]);
  else showSong();
  showTheme(memory.get("theme"));
  showSaving();
}

begin();
