// One thing plays at a time; the other takes of its song stand ready at the same position.

const SILENCE = { link: null, seconds: null, lufs: null };

const player = {
  elements: new Map(),
  playing: null,
  matched: true,
  softest: null,

  /** Make the sounds of a song ready; what else was ready is let go. */
  prepare(sounds) {
    const wanted = new Set(sounds.filter((sound) => sound.link).map((sound) => sound.link));
    for (const [link, element] of this.elements) {
      if (!wanted.has(link)) {
        element.pause();
        element.removeAttribute("src");
        element.load();
        this.elements.delete(link);
      }
    }
    const loud = sounds.map((sound) => sound.lufs).filter((lufs) => lufs !== null);
    this.softest = loud.length ? Math.min(...loud) : null;
    if (this.playing && !wanted.has(this.playing.link)) this.playing = null;
    // A few are loaded ahead, the others when they are asked for.
    sounds.filter((sound) => sound.link).slice(0, 6).forEach((sound) => this.element(sound));
  },

  element(sound) {
    if (!this.elements.has(sound.link)) {
      const element = new Audio();
      element.preload = "auto";
      element.src = sound.link;
      for (const event of ["timeupdate", "play", "pause", "ended", "durationchange"]) {
        element.addEventListener(event, () => { if (this.current === element) showPlayer(); });
      }
      element.addEventListener("error", () => {
        if (this.current === element) tell("This audio cannot be played: is the file still there?");
      });
      this.elements.set(sound.link, element);
    }
    return this.elements.get(sound.link);
  },

  get current() {
    return this.playing ? this.elements.get(this.playing.link) : null;
  },

  get isPlaying() {
    return Boolean(this.current && !this.current.paused);
  },

  /** Switch to a sound: at the same position, playing on if something played. */
  async change(sound, { play = this.isPlaying, at = null } = {}) {
    const before = this.current;
    if (!sound.link) {
      if (before) before.pause();
      this.playing = null;
      showPlayer();
      return;
    }
    const next = this.element(sound);
    const position = at !== null ? at : before ? before.currentTime : 0;
    this.playing = sound;
    next.volume = this.gain(sound);
    if (next !== before || at !== null) this.put(next, position);
    if (play) await next.play().catch(() => {});
    if (before && before !== next) before.pause();
    showPlayer();
  },

  /** Set a position; what has no duration yet gets it when it has one. */
  put(element, seconds) {
    const within = () => Math.max(0, Math.min(seconds, (element.duration || seconds) - 0.05));
    if (element.readyState > 0) element.currentTime = within();
    else element.addEventListener("loadedmetadata", () => { element.currentTime = within(); }, { once: true });
  },

  /** How long a sound is shown to be, in seconds: in blind mode all takes are as long as the longest. */
  lengthOf(sound) {
    const own = (one) => {
      const { duration } = this.elements.get(one.link) || {};
      return Number.isFinite(duration) ? duration : one.seconds || 0;
    };
    const takes = blind.isOn && state.card ? takesOf(state.card).map((take) => take.sound) : [];
    return takes.includes(sound) ? Math.max(...takes.map(own)) : own(sound);
  },

  /** Where it is: `seconds` of `length`, and the `share` of that. */
  get position() {
    const { current } = this;
    const length = this.playing ? this.lengthOf(this.playing) : 0;
    if (!current) return { seconds: 0, length, share: 0 };
    const seconds = current.currentTime;
    // Where one ends before the others, it is at its end like them.
    const ended = current.ended || seconds > current.duration - 0.06;
    return { seconds, length, share: ended ? 1 : length && Math.min(1, seconds / length) };
  },

  gain(sound) {
    if (!(this.matched || blind.isOn) || sound.lufs === null || this.softest === null) return 1;
    return Math.min(1, 10 ** ((this.softest - sound.lufs) / 20));
  },

  match(matched) {
    this.matched = matched;
    for (const [link, element] of this.elements) {
      const sound = soundsOf(state.card).find((one) => one.link === link);
      if (sound) element.volume = this.gain(sound);
    }
  },

  toggle() {
    if (this.isPlaying) this.current.pause();
    else if (this.playing) this.change(this.playing, { play: true });
    else if (state.take) this.change(state.take.sound, { play: true });
  },

  seek(seconds) {
    if (this.current) this.put(this.current, seconds);
    showPlayer();
  },
};

/** All sounds of a card: its takes, what they were before, its references, earlier takes. */
function soundsOf(card) {
  if (!card) return [];
  const takes = card.takes.filter((take) => take.sound.link).map((take) => take.sound);
  const before = card.takes.filter((take) => take.before).map((take) => take.before);
  const earlier = card.takes.flatMap((take) => take.earlier).map((take) => take.sound);
  return [...takes, ...before, ...referencesOf(card).map((one) => one.sound), ...earlier];
}

function referencesOf(card) {
  const digests = new Set(card.takes.flatMap((take) => take.references));
  return [...digests].map((digest) => page.references[digest]).filter((one) => one && one.sound.link);
}

function showPlayer() {
  const { seconds, length, share } = player.position;
  byId("play").textContent = player.isPlaying ? "Pause" : "Play";
  byId("play").disabled = !player.playing && !(state.take && state.take.sound.link);
  const seek = byId("seek");
  seek.disabled = !player.current;
  seek.max = blind.isOn ? 1 : length || 1;
  seek.value = blind.isOn ? share : seconds;
  const place = blind.isOn ? `${Math.round(100 * share)} %` : `${clock(seconds)} / ${clock(length)}`;
  byId("clock").textContent = place;
  seek.setAttribute("aria-valuetext", place.replace("/", "of"));
  const name = nameOfSound(player.playing);
  if (byId("now").textContent !== name) byId("now").textContent = name;
  showPosition();
}

/** Go where the slider is. */
function onSeek() {
  const value = Number(byId("seek").value);
  player.seek(blind.isOn && player.playing ? value * player.lengthOf(player.playing) : value);
}
