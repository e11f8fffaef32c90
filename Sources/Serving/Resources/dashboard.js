// Takes what changed while training goes on. Every page works without this script.
"use strict";

const state = document.getElementById("state");

function remembered(live) {
  const ids = (selector) => [...live.querySelectorAll(selector)].map((node) => node.id);
  return {
    checked: ids("input:checked"),
    open: [...live.querySelectorAll("details")].map((node) => node.open),
    scrolled: [...live.querySelectorAll(".scroll")].map((node) => [node.scrollLeft, node.scrollTop]),
    focus: live.contains(document.activeElement)
      ? [...live.querySelectorAll("a, button, input, summary, [tabindex]")].indexOf(document.activeElement)
      : -1,
  };
}

function restore(live, memory) {
  for (const id of memory.checked) {
    const box = document.getElementById(id);
    if (box) box.checked = true;
  }
  live.querySelectorAll("details").forEach((node, index) => { node.open = memory.open[index] ?? false; });
  live.querySelectorAll(".scroll").forEach((node, index) => {
    [node.scrollLeft, node.scrollTop] = memory.scrolled[index] ?? [0, 0];
  });
  if (memory.focus >= 0) {
    live.querySelectorAll("a, button, input, summary, [tabindex]")[memory.focus]?.focus({ preventScroll: true });
  }
}

let isBusy = false;
let isStale = false;

async function refresh() {
  if (isBusy || document.hidden) { isStale = true; return; }
  [isBusy, isStale] = [true, false];
  try {
    const answer = await fetch(location.href);
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
      const live = document.getElementById("live");
      if (fresh.innerHTML !== live.innerHTML) {
        const memory = remembered(live);
        live.replaceWith(fresh);
        restore(fresh, memory);
      }
    }
  } finally {
    isBusy = false;
  }
  if (isStale) setTimeout(refresh, 1000);
}

const events = new EventSource("/events");
events.onopen = () => { if (state.textContent) refresh(); state.textContent = ""; };
events.onmessage = refresh;
events.onerror = () => { state.textContent = "The dashboard does not answer."; };
document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) refresh(); });

// Choices take effect by themselves.
document.querySelectorAll(".controls select, .controls input[type=checkbox]").forEach((node) => {
  node.addEventListener("change", () => node.form.requestSubmit());
});
