"use strict";

// Asks every second whether there is something new, and then puts it in place without touching
// what is being read or written.
const PARTS = ["letters", "verdicts"];
let known = "";

async function look() {
  const answer = await fetch("/mailbox.json");
  const text = await answer.text();
  if (!answer.ok || text === known) return;
  await renew();
  known = text;
}

async function renew() {
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of PARTS) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
  }
  document.title = page.title;
}

async function watch() {
  try {
    await look();
  } catch {
    // the demo has ended, or is about to be back: keep asking
  }
  setTimeout(watch, 1000);
}

watch();
