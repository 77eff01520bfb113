// The frame of the admin UI: which view is shown, the login, the theme, the state of the server.

import * as analytics from "./analytics.js";
import { Problem, get, post } from "./api.js";
import * as dashboard from "./dashboard.js";
import * as docs from "./docs.js";
import { button, closeDialogs, confirmLeave, failed, fill, h } from "./dom.js";
import { duration } from "./format.js";
import { parts } from "./parts.js";
import * as performanceView from "./performance.js";
import * as requests from "./requests.js";
import * as responses from "./responses.js";
import * as scenarios from "./scenarios.js";
import * as settings from "./settings.js";

const GROUPS = [
  ["Observe", [dashboard, requests, analytics, performanceView]],
  ["Steer", [scenarios, responses, ...parts]],
  ["Server", [docs, settings]],
];
const STATE_SECONDS = 15;
const RETRY_MS = 2000;
const THEMES = ["system", "light", "dark"];

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const menu = document.getElementById("menu");
let views = new Map();
let current = null;
let health = null;
let down = false;
let retry = 0;

function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { id: path, params: new URLSearchParams(query) };
}

/** What a view is given: its part of the address, and a signal that ends what it has begun. */
class Page {
  constructor(id, params) {
    this.id = id;
    this.params = params;
    this.health = health;
    /** Whether something that the view asked for failed because the server could not be reached. */
    this.failed = false;
    /** A view sets this: whether a person has written something here that is not stored. */
    this.unsaved = null;
    this.controller = new AbortController();
    this.signal = this.controller.signal;
  }

  /** Keep this in the address; a new entry in the browser's history unless `replace` says otherwise. */
  go(params, { replace = false } = {}) {
    const hash = `#/${this.id}${params.size ? `?${params}` : ""}`;
    if (hash === location.hash) return;
    this.params = params;
    history[replace ? "replaceState" : "pushState"](null, "", hash);
  }

  /** Shows what goes wrong in `work` in place of the view, or above it. */
  async attempt(work, place = main) {
    try {
      return await work();
    } catch (error) {
      if (error.name === "AbortError" || this.signal.aborted) return undefined;
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) return undefined;
      const passing = error.status === 0 || error.status >= 500;
      this.failed ||= error.status === 0;
      fill(place, failed(error), passing && h("div", {}, button("Try again", again, { symbol: "refresh" })));
      return undefined;
    }
  }
}

/** Shows the view anew; one that holds something unsaved draws itself again around that. */
function again() {
  if (!current) return;
  current.page.failed = false;
  if (current.page.unsaved?.() && current.update) {
    current.update(current.page.params);
    return;
  }
  current.page.controller.abort();
  show();
}

/** Follows the address, after a question where that would lose what a person has written. */
async function follow(event) {
  const wanted = location.hash;
  if (current?.page.unsaved?.()) {
    history.pushState(null, "", event.oldURL);
    closeDialogs({ keepUnsaved: true });
    if (!(await confirmLeave())) return;
    if (current) current.page.unsaved = null;
    location.hash = wanted;
    return;
  }
  closeDialogs();
  show();
}

function show() {
  // Before the server is known, and while it asks for the token, there is nothing to show.
  if (!views.size) return;
  const { id, params } = address();
  const view = views.get(id);
  if (!view) {
    history.replaceState(null, "", "#/dashboard");
    show();
    return;
  }
  if (current?.page.id === id && current.update && !current.page.signal.aborted) {
    current.page.params = params;
    current.update(params);
    return;
  }
  current?.page.controller.abort();
  const page = new Page(id, params);
  document.title = `${view.title} · ${health.title}`;
  for (const link of nav.querySelectorAll("a")) {
    if (link.hash === `#/${id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  closeMenu();
  fill(main);
  main.className = `view ${id}`;
  const first = current === null;
  current = { page, update: view.mount(main, page) };
  if (!first) main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function buildNav() {
  views = new Map();
  fill(
    nav,
    GROUPS.map(([name, group]) => {
      const there = group.filter((view) => !view.needs || health.parts.includes(view.needs));
      for (const view of there) views.set(view.id, view);
      return (
        there.length > 0 &&
        h(
          "div",
          { class: "group" },
          h("span", { class: "group-name", "aria-hidden": "true" }, name),
          h(
            "ul",
            { "aria-label": name },
            there.map((view) => h("li", {}, h("a", { href: `#/${view.id}` }, view.title))),
          ),
        )
      );
    }),
  );
}

function showState() {
  const state = document.getElementById("state");
  const problems = [health.log.error, health.steering.error].filter(Boolean);
  state.className = `state ${health.status}`;
  state.title = problems.join("\n") || `Up for ${duration(health.uptime_seconds)}, process ${health.pid}`;
  fill(state, h("span", { class: "dot", "aria-hidden": "true" }), health.status);
}

async function refreshState() {
  if (document.hidden) return;
  if (!health) {
    if (down) await start();
    return;
  }
  try {
    const found = await get("health");
    if (found.parts) health = found;
    showState();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

function showUnreachable() {
  down = true;
  clearTimeout(retry);
  retry = setTimeout(refreshState, RETRY_MS);
  const state = document.getElementById("state");
  state.className = "state down";
  fill(state, h("span", { class: "dot", "aria-hidden": "true" }), "unreachable");
}

/** The server answers again: what could not be read before is read now. */
function showReachable() {
  if (!down) return;
  down = false;
  clearTimeout(retry);
  if (!health) return;
  showState();
  refreshState();
  if (current?.page.failed) again();
}

async function start() {
  let known;
  try {
    // The settings are told to those alone who may call; of the health, all may know something.
    [health, known] = await Promise.all([get("health"), get("api/settings")]);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status !== 401 && !main.querySelector(".login"))
      fill(main, failed(error), h("div", {}, button("Try again", start, { symbol: "refresh" })));
    return;
  }
  fill(main);
  document.getElementById("title").textContent = health.title;
  document.getElementById("version").textContent = health.version;
  document.getElementById("logout").hidden = !known.fixed.admin_token;
  showState();
  buildNav();
  show();
}

function login() {
  if (main.querySelector(".login")) return;
  current?.page.controller.abort();
  current = null;
  closeDialogs();
  views = new Map();
  fill(nav);
  fill(main, document.getElementById("login-form").content.cloneNode(true));
  main.className = "view";
  document.title = "Log in · MockLoop";
  const form = main.querySelector("form");
  form.elements.token.focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector(".error");
    said.hidden = true;
    try {
      await post("login", { token: form.elements.token.value });
      fill(main);
      await start();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      said.textContent = error.message;
      said.hidden = false;
      form.elements.token.select();
    }
  });
}

/** Shows a theme, and remembers it; without one, only names the one that is shown. */
function theme(wanted) {
  const known = document.documentElement.dataset.theme ?? "system";
  const next = wanted ?? known;
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  const name = `Theme: ${next}`;
  document.getElementById("theme").setAttribute("aria-label", name);
  document.getElementById("theme").title = name;
  if (wanted === undefined) return;
  settings.remember("mockloop.theme", next);
  document.dispatchEvent(new Event("themechange"));
}

function closeMenu() {
  document.body.classList.remove("menu-open");
  menu.setAttribute("aria-expanded", "false");
}

menu.addEventListener("click", () => {
  const open = document.body.classList.toggle("menu-open");
  menu.setAttribute("aria-expanded", String(open));
  if (open) nav.querySelector("a")?.focus();
});
nav.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeMenu();
    menu.focus();
  }
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
document
  .getElementById("theme")
  .addEventListener("click", () =>
    theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "system") + 1) % THEMES.length]),
  );
document.addEventListener("settheme", (event) => theme(event.detail));
document.getElementById("logout").addEventListener("click", async () => {
  await post("logout");
  login();
});
document.addEventListener("unauthorized", login);
document.addEventListener("unreachable", showUnreachable);
document.addEventListener("reachable", showReachable);
document.addEventListener("doubt", refreshState);
document.addEventListener("visibilitychange", refreshState);
addEventListener("hashchange", follow);
addEventListener("beforeunload", (event) => {
  if (current?.page.unsaved?.()) event.preventDefault();
});
theme();
setInterval(refreshState, STATE_SECONDS * 1000);
start();
