// Waveforms: peaks from 0 to 255, drawn as bars around a middle line.

const BAR = 3;
/** What stands for every shape in blind mode. */
const FLAT = new Uint8Array(1).fill(24);

function peaksOf(sound) {
  if (!sound.peaks) {
    sound.peaks = Uint8Array.from(atob(sound.waveform || ""), (character) => character.charCodeAt(0));
  }
  return sound.peaks;
}

/** Give a canvas as many pixels as it covers; return whether it covers any. */
function fitCanvas(canvas, scale) {
  const width = Math.round(canvas.clientWidth * scale), height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return width > 0 && height > 0;
}

/**
 * Draw peaks so that `highest` fills the canvas; what was played of it, up to `share` of its
 * length, in the accent's colour.
 */
function drawWaveform(canvas, peaks, highest, share) {
  const scale = window.devicePixelRatio || 1;
  if (!fitCanvas(canvas, scale)) return;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const ink = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  ink.setTransform(scale, 0, 0, scale, 0, 0);
  ink.clearRect(0, 0, width, height);
  const bars = Math.floor(width / BAR);
  for (let bar = 0; bar < bars; bar += 1) {
    const from = Math.floor((bar * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars));
    let peak = 0;
    for (let at = from; at < to; at += 1) peak = Math.max(peak, peaks[at] || 0);
    const tall = Math.max(1.5, (peak / highest) * (height - 4));
    ink.fillStyle = style.getPropertyValue(bar / bars < share ? "--accent" : "--wave");
    ink.fillRect(bar * BAR, (height - tall) / 2, BAR - 1, tall);
  }
}
