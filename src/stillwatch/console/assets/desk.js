// Keyboard for the whole desk. Every key is a link or control that a page shows anyway; nothing needs this script.
"use strict";

const GO = "g";
const GO_WITHIN = 1500;
const ALWAYS = [["j", "Next row"], ["k", "Row before"], ["Enter", "Open the row"], ["g …", "Go: the key of a page after g"]];
let going = 0;

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function keyed() {
  return new Map([...document.querySelectorAll("[data-key]")].map((element) => [element.dataset.key, element]));
}

function listKeys() {
  const list = document.querySelector("#keys .keys");
  list.replaceChildren();
  const told = [...keyed()].map(([key, element]) => [key, saying(element)]);
  for (const [key, said] of [...told, ...ALWAYS]) {
    const term = document.createElement("dt");
    const shown = document.createElement("kbd");
    const words = document.createElement("dd");
    shown.textContent = key;
    words.textContent = said;
    term.append(shown);
    list.append(term, words);
  }
}

function saying(element) {
  return element.dataset.says || element.textContent.trim() || element.getAttribute("aria-label");
}

// Rows are walked by moving the focus from link to link, so that Enter opens them as it opens any link.
function walk(by) {
  const links = [...document.querySelectorAll(".row")].map((row) => row.querySelector(".row-link, a")).filter(Boolean);
  if (!links.length) return;
  const at = links.findIndex((link) => link.closest(".row") === document.activeElement.closest(".row"));
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by));
  links[next].focus();
  links[next].closest(".row").scrollIntoView({ block: "nearest" });
}

// A form that a key unfolds is ready to be typed into.
function unfold(details) {
  details.open = true;
  details.querySelector("textarea, select, input:not([type='hidden'])")?.focus();
}

// Whoever speaks to the machine, or shakes, can turn single keys off; the button at the foot shows them still.
const KEYS_OFF = "stillwatch-keys-off";

function showKeys() {
  listKeys();
  document.getElementById("keys-on").checked = !localStorage.getItem(KEYS_OFF);
  document.getElementById("keys").showModal();
}

document.getElementById("show-keys").addEventListener("click", showKeys);
document.getElementById("keys-on").addEventListener("change", (event) => {
  if (event.target.checked) localStorage.removeItem(KEYS_OFF);
  else localStorage.setItem(KEYS_OFF, "yes");
});

document.addEventListener("keydown", (event) => {
  if (localStorage.getItem(KEYS_OFF)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const dialog = document.getElementById("keys");
  if (event.key === "?") {
    showKeys();
    event.preventDefault();
    return;
  }
  if (dialog.open) return;
  if (event.key === "j" || event.key === "k") {
    walk(event.key === "j" ? 1 : -1);
    event.preventDefault();
    return;
  }
  if (event.key === GO) {
    going = Date.now();
    return;
  }
  const gone = Date.now() - going < GO_WITHIN ? document.querySelector(`.places [data-key="${CSS.escape(event.key)}"]`) : null;
  going = 0;
  const element = gone || keyed().get(event.key);
  if (!element) return;
  event.preventDefault();
  if (element.matches("input, textarea, select")) element.focus();
  else if (element.matches("summary")) unfold(element.parentElement);
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

// In the network a value shows who holds it; a circle shows what it holds without this script.
for (const network of document.querySelectorAll(".network")) {
  const light = (event) => {
    const value = event.target.closest(".value");
    network.classList.toggle("choosing", value !== null);
    for (const edge of network.querySelectorAll("path[data-value]")) {
      edge.classList.toggle("lit", value !== null && edge.dataset.value === value.dataset.value);
    }
  };
  for (const kind of ["pointerover", "focusin"]) network.addEventListener(kind, light);
  network.addEventListener("pointerleave", () => light({ target: network }));
}
