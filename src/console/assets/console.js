// What pages do beyond what they can do without a script: they hear of news, copy texts, and take keys.
// No text of a page becomes markup here, so the policy of the pages may forbid that (Trusted Types).
"use strict";

// News: the list of what needs a person shows itself again, unless somebody is at work on the page. Other pages say so.
const main = document.getElementById("main");
const news = document.getElementById("news");
if (main?.dataset.state && "EventSource" in window) {
  const events = new EventSource("/events");
  events.addEventListener("news", (event) => {
    if (event.data === "0" || event.data === main.dataset.state) return;
    const isIdle = !document.querySelector("main details[open] form") && !isTyping(document.activeElement);
    if (location.pathname === "/" && isIdle) {
      location.reload();
    } else {
      news.hidden = false;
    }
  });
  addEventListener("pagehide", () => events.close());
}

// Copy buttons stand beside the text that they copy; without a script they are not shown.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const lines = [...source.querySelectorAll("code")].map((line) => line.textContent);
    await navigator.clipboard.writeText(lines.join("\n"));
    button.textContent = "Copied";
  });
}

// Whoever opens a form begins to write its reason.
for (const action of document.querySelectorAll("details.action")) {
  action.addEventListener("toggle", () => {
    if (action.open) action.querySelector("input[name=why]")?.focus();
  });
}

// Keys: / searches, j and k go from finding to finding, ? is for the browser.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  } else if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll(".findings h2 a")];
    const place = links.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1);
    links[Math.max(0, Math.min(links.length - 1, place))]?.focus();
  }
});

function isTyping(element) {
  return element instanceof HTMLElement && element.matches("input, textarea, select");
}
