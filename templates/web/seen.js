// Tells that a person has looked at this document, once: after the page was in view for two
// seconds together, and somebody moved a pointer, pressed a key, turned a wheel or touched it.
// A scroll event alone says nothing: scripts can make a page scroll, and browsers vouch for it.
"use strict";

{
  const { csrf, path } = document.currentScript.dataset;
  const signs = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"];
  let timer = 0;
  let viewed = false;
  let touched = false;

  const watch = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") {
      timer = setTimeout(() => { viewed = true; tell(); }, 2000);
    }
  };

  const notice = (event) => {
    touched ||= event.isTrusted;
    tell();
  };

  const tell = () => {
    if (!viewed || !touched) return;
    document.removeEventListener("visibilitychange", watch);
    for (const sign of signs) removeEventListener(sign, notice);
    clearTimeout(timer);
    const body = new URLSearchParams({ csrf, path });
    // what is not told is not counted; the reader has nothing to do with it
    fetch("/seen", { method: "POST", body, redirect: "manual" }).catch(() => {});
  };

  document.addEventListener("visibilitychange", watch);
  for (const sign of signs) addEventListener(sign, notice, { passive: true });
  watch();
}
