// Puts the parts together.

function toggleMatch() {
  if (blind.isOn) {
    tell("Blind, all takes are equally loud");
    return;
  }
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

function onName() {
  const before = opinions.listener;
  opinions.callMe(byId("name").value.replace(/[\x00-\x1f\x7f]/g, "").trim());
  // Leaving the field is what changes it: the field that is gone to must not be drawn anew meanwhile.
  if ([before, opinions.listener].some((name) => opinions.everybody.has(name))) setTimeout(() => { afterVerdict(); find(); });
}

function begin() {
  byId("project").textContent = page.project;
  const engines = [...new Set(page.cards.flatMap((card) => card.takes.map((take) => take.engine)))].sort();
  byId("engine").append(...engines.map((engine) => make("option", { value: engine }, engine)));
  byId("engine").hidden = engines.length < 2;
  opinions.begin();
  blind.begin();
  byId("name").value = opinions.listener;
  byId("name").addEventListener("change", onName);
  for (const id of ["query", "filter", "engine"]) byId(id).addEventListener("input", find);
  byId("engine").addEventListener("input", () => { if (state.card) choose(takesOf(state.card)[0] || state.take); });
  byId("list").addEventListener("scroll", showList);
  byId("play").addEventListener("click", () => player.toggle());
  byId("seek").addEventListener("input", onSeek);
  byId("match").addEventListener("click", toggleMatch);
  byId("blind").addEventListener("click", toggleBlind);
  byId("theme").addEventListener("click", toggleTheme);
  byId("save").addEventListener("click", save);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  document.addEventListener("keydown", onKey);
  // What was pressed with a pointer must not take the space bar from the player.
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && document.activeElement.matches("button, summary, [role='button']")) document.activeElement.blur();
  });
  addEventListener("resize", () => { showList(); writeAddress(); });
  wantsDark.addEventListener("change", () => showTheme(memory.get("theme")));
  addEventListener("popstate", showAddress);
  new ResizeObserver(showPosition).observe(byId("detail"));
  showBlind();
  find();
  if (location.hash) showAddress();
  if (!state.card && page.cards.length) open(page.cards[0]);
  else showSong();
  showTheme(memory.get("theme"));
  showSaving();
  followNews();
}

begin();
