// Waveforms: peaks from 0 to 255, drawn as bars around a middle line.

const BAR = 3;

function peaksOf(sound) {
  if (!sound.peaks) {
    sound.peaks = Uint8Array.from(atob(sound.waveform || ""), (character) => character.charCodeAt(0));
  }
  return sound.peaks;
}

/**
 * Draw a canvas's sound so that `highest` fills it; what was played of it, up to `share` of its
 * length, in the accent's colour.
 */
function drawWaveform(canvas, highest, share) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width) return;
  if (canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const ink = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  ink.setTransform(scale, 0, 0, scale, 0, 0);
  ink.clearRect(0, 0, width, height);
  const peaks = peaksOf(canvas.sound);
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
