// Freshness: what was rendered since the page was made is shown by loading it again.

const LOOKS_EVERY_MS = 2000;

/** Nobody is to lose a song in the middle, or words: drafts that are kept outlast a page. */
const canReload = () => !player.isPlaying && (!opinions.changed || opinions.isKept)
  && !document.querySelector("dialog[open]") && !document.activeElement.matches("input, textarea, select");

async function lookForNews() {
  if (document.hidden) return;
  let asOf;
  try {
    const answer = await fetch(page.saving.news, { cache: "no-store" });
    if (!answer.ok) return;
    asOf = await answer.text();
  } catch {
    return; // The server has ended.
  }
  if (asOf === page.saving.as_of) return;
  if (canReload()) location.reload();
  else tell("Something was rendered: reload the page to hear it");
}

function followNews() {
  if (page.saving && page.saving.news) setInterval(lookForNews, LOOKS_EVERY_MS);
}
