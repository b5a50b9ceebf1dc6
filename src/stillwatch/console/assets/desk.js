// Keyboard for the whole desk. Every key is a link or control that a page shows anyway; nothing needs this script.
"use strict";

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function keyed() {
  return new Map([...document.querySelectorAll("[data-key]")].map((element) => [element.dataset.key, element]));
}

function listKeys() {
  const list = document.querySelector("#keys .keys");
  list.replaceChildren();
  for (const [key, element] of keyed()) {
    const term = document.createElement("dt");
    const shown = document.createElement("kbd");
    const words = document.createElement("dd");
    shown.textContent = key;
    words.textContent = element.dataset.says || element.textContent.trim() || element.getAttribute("aria-label");
    term.append(shown);
    list.append(term, words);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const dialog = document.getElementById("keys");
  if (event.key === "?") {
    listKeys();
    dialog.showModal();
    event.preventDefault();
    return;
  }
  if (dialog.open) return;
  const element = keyed().get(event.key);
  if (!element) return;
  event.preventDefault();
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
});

// A form that was sent is not sent again by a second press; the server would take it once in any case.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
