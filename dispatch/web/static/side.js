// Keeps an open page up to date: fetches it again and replaces the parts that have changed, and nothing else.
// What somebody uses right now (focus, a selection, an opened list) is left as it is.
"use strict";

(() => {
  const seconds = Number(document.body.dataset.refresh);
  const button = document.getElementById("pause");
  const told = document.getElementById("sist");
  if (!seconds || !button) return;

  const last = new Map();
  let timer = 0;
  let paused = false;

  function remember(page) {
    for (const part of page.querySelectorAll("[data-live]")) last.set(part.id, part.innerHTML);
  }

  function inUse(part) {
    const selection = document.getSelection();
    const selected = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    return selected || (focused && !focused.id);
  }

  function replace(part, html, fresh) {
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
    part.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
    last.set(part.id, html);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  function show(page) {
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      const html = fresh ? fresh.innerHTML : null;
      if (html !== null && html !== last.get(part.id) && !inUse(part)) replace(part, html, fresh);
    }
    // Only a change is read aloud, and only by those who wait politely.
    for (const id of ["lest", "sist"]) {
      const [here, there] = [document.getElementById(id), page.getElementById(id)];
      if (here && there && here.textContent !== there.textContent) here.textContent = there.textContent;
    }
    const next = Number(page.body.dataset.refresh);
    if (next) document.body.dataset.refresh = String(next);
  }

  async function look() {
    if (!document.hidden) {
      try {
        // The answer to a pressed button stays where it is; what is fetched is the page itself.
        const answer = await fetch(location.pathname, { cache: "no-store", redirect: "error" });
        if (!answer.ok) throw new Error(String(answer.status));
        show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      } catch {
        told.textContent = "Siden får ikke kontakt. Last den på nytt hvis det varer.";
      }
    }
    plan();
  }

  function plan() {
    clearTimeout(timer);
    if (!paused) timer = setTimeout(look, 1000 * Number(document.body.dataset.refresh));
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? "Start automatisk oppdatering" : "Stans automatisk oppdatering";
    plan();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !paused) look();
  });
  remember(document);
  plan();
})();
