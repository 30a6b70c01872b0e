// A song the way the hosted service's guide shows it: upload, generate, write the file.
// Nothing of the project is in here: fetch, FormData and the published contract. Usage:
// BASE_URL=… API_KEY=… node client.mjs reference.mp3 song.mp3
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";

const { BASE_URL, API_KEY } = process.env;
const authorization = { Authorization: `Bearer ${API_KEY}` };
const lyrics = "##Lamps along the river glow,\n\nslow boats carry us below.##";

async function answerOf(response) {
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

async function upload(path) {
  const form = new FormData();
  form.append("file", new Blob([await readFile(path)], { type: "audio/mpeg" }), basename(path));
  form.append("purpose", "song");
  const url = `${BASE_URL}/v2/generate/audio/minimax/upload`;
  return answerOf(await fetch(url, { method: "POST", headers: authorization, body: form }));
}

async function generate(voiceId, instrumentalId) {
  const response = await fetch(`${BASE_URL}/v2/generate/audio/minimax/generate`, {
    method: "POST",
    headers: { ...authorization, "Content-Type": "application/json" },
    body: JSON.stringify({
      refer_voice: voiceId,
      refer_instrumental: instrumentalId,
      lyrics,
      model: "music-01",
    }),
  });
  return Buffer.from((await answerOf(response)).data.audio, "hex");
}

const [reference, song] = process.argv.slice(2);
const { voice_id: voiceId, instrumental_id: instrumentalId } = await upload(reference);
await writeFile(song, await generate(voiceId, instrumentalId));
