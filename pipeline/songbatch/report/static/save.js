// Saving: into the project if a server does that for this page, else as a file to put there.

async function save() {
  if (!opinions.listener) {
    byId("name").focus();
    tell("Your name first: it is kept with what you choose");
    return;
  }
  const saved = new Map([...opinions.drafts].filter(([key]) => opinions.known.has(key)));
  if (page.saving) await saveToProject(saved);
  else saveAsFile(saved);
}

function saveAsFile(saved) {
  const link = make("a", {
    href: URL.createObjectURL(new Blob([opinions.text()], { type: "text/yaml" })),
    download: "selects.yaml",
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  downloads.keep(opinions.listener, saved);
  settled(saved, "Saved as selects.yaml: put it into the project's folder specs/");
}

async function saveToProject(saved) {
  let answer;
  try {
    answer = await fetch(page.saving.path, {
      method: "PUT",
      headers: { "Content-Type": "application/yaml", "If-Match": `"${page.saving.seen}"` },
      body: opinions.text(),
    });
  } catch {
    tell("Not saved: songbatch report --serve has ended. Your words are kept");
    return;
  }
  if (answer.ok) {
    page.saving.seen = answer.headers.get("ETag").replaceAll('"', "");
    settled(saved, "Saved to specs/selects.yaml");
  } else if (answer.status === 412) {
    tell("Not saved: specs/selects.yaml has changed meanwhile. Reload the page: your words are kept");
  } else {
    tell(`Not saved: ${(await answer.text()).slice(0, 300)}`);
  }
}

function settled(saved, text) {
  opinions.settle(saved);
  showSaving();
  tell(text);
}

function showSaving() {
  byId("save").textContent = opinions.changed ? "Save •" : "Save";
  byId("save").setAttribute("aria-label", opinions.changed ? "Save, there are changes" : "Save");
}
