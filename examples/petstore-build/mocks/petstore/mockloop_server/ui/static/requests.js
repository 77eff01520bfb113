// The log: a page of it at a time, as it grows, and one request beside it.

import { atMost, follow, get, url } from "./api.js";
import { button, failed, fill, h, icon } from "./dom.js";
import { faultOf, filterBar, offerOperations, queryOf, tailOf } from "./filters.js";
import { count } from "./format.js";
import { FIELDS, requestTable } from "./request-table.js";
import { requestPanel } from "./request.js";

export const id = "requests";
export const title = "Requests";

const SIZES = [50, 100, 200];
const EVERY_MS = 1000;
const SORTS = ["id", "duration", "status", "response_size"];

export function mount(main, page) {
  const list = h("div", { class: "list" });
  const detail = h("aside", { class: "detail", "aria-label": "Request", hidden: true });
  const pager = h("div", { class: "pager" });
  const liveState = h("span", { class: "live", role: "status" });
  const bar = h("div");
  let known = null;
  let liveSignal = null;
  let wanted = 0;

  const at = () => Math.max(0, Number.parseInt(page.params.get("offset") ?? "0", 10) || 0);
  const size = () => (SIZES.includes(Number(page.params.get("limit"))) ? Number(page.params.get("limit")) : 100);
  const sort = () => {
    const text = page.params.get("sort") ?? "-id";
    return SORTS.includes(text.replace(/^-/, "")) ? text : "-id";
  };
  const isLive = () =>
    page.params.get("live") !== "off" && at() === 0 && sort() === "-id" && !page.params.get("time_to");
  const set = (changes, options) => {
    const next = new URLSearchParams(page.params);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") next.delete(name);
      else next.set(name, value);
    }
    page.go(next, options);
    draw();
  };

  const toggle = button("Pause", () => set({ live: isLive() ? "off" : null, offset: null, sort: null }), {
    symbol: "pause",
  });
  const download = h(
    "div",
    { class: "actions" },
    ["jsonl", "csv", "har"].map((format) =>
      h(
        "a",
        { class: "button quiet", download: "", dataset: { format }, href: "#" },
        icon("download"),
        format.toUpperCase(),
      ),
    ),
  );
  main.append(
    h("div", { class: "head" }, h("h1", {}, title), liveState, h("span", { class: "spacer" }), toggle, download),
    bar,
    h("div", { class: "split" }, h("div", { class: "stack" }, list, pager), detail),
  );

  function showFilters() {
    fill(
      bar,
      filterBar(page.params, (filters) => {
        for (const name of ["limit", "sort", "live", "id"])
          if (page.params.get(name)) filters.set(name, page.params.get(name));
        page.go(filters, { replace: true });
        draw();
      }),
    );
  }

  function draw() {
    const query = queryOf(page.params);
    for (const link of download.children)
      link.href = url("api/logs/export", { ...query, format: link.dataset.format }).href;
    fill(toggle, icon(isLive() ? "pause" : "play"), isLive() ? "Pause" : "Live");
    toggle.setAttribute("aria-pressed", String(isLive()));
    const fault = faultOf(page.params);
    if (fault) {
      liveSignal?.abort();
      wanted += 1;
      fill(list, failed(fault));
      fill(pager);
    } else {
      tail(query);
      load();
    }
    showDetail();
  }

  function tail(query) {
    liveSignal?.abort();
    liveSignal = new AbortController();
    page.signal.addEventListener("abort", () => liveSignal.abort());
    liveState.textContent = isLive() ? "" : "paused";
    liveState.dataset.state = "off";
    if (!isLive()) return;
    const again = atMost(EVERY_MS, () => load({ quiet: true }), liveSignal.signal);
    follow({ ...tailOf(query), fields: "id" }, again, {
      signal: liveSignal.signal,
      onstate: (state) => {
        liveState.textContent = state;
        liveState.dataset.state = state;
      },
    });
  }

  const load = ({ quiet = false } = {}) =>
    page.attempt(async () => {
      const turn = ++wanted;
      const found = await get(
        "api/logs/search",
        { ...queryOf(page.params), fields: FIELDS, limit: size(), offset: at(), sort: sort() },
        page.signal,
      ).catch((error) => {
        // What the search refuses, the tail refuses too: it is not to ask again and again.
        if (error.status >= 400 && error.status < 500) liveSignal?.abort();
        fill(pager);
        throw error;
      });
      if (turn !== wanted) return;
      const newest = known?.[0] ?? Infinity;
      const fresh = new Set(quiet ? found.logs.filter((row) => row.id > newest).map((row) => row.id) : []);
      known = found.logs.map((row) => row.id);
      rows = found.logs;
      show(found, fresh);
    }, list);

  let rows = [];
  function show(found, fresh) {
    const focused = list.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset.id : null;
    const scrolled = list.querySelector(".scroll")?.scrollTop ?? 0;
    const by = sort();
    fill(
      list,
      requestTable(found.logs, {
        href: (row) => link({ id: row.id }),
        onrow: (row) => set({ id: row.id }),
        fresh,
        selected: Number(page.params.get("id")),
        empty: page.params.size
          ? "No request meets these filters."
          : "No request yet: call the mock, and it is shown here.",
        sort: {
          by: by.replace(/^-/, ""),
          down: by.startsWith("-"),
          set: (name, down) => set({ sort: `${down ? "-" : ""}${name}`, offset: null }),
        },
      }),
    );
    const lines = list.querySelectorAll("tbody tr");
    found.logs.forEach((row, index) => {
      lines[index].dataset.id = row.id;
    });
    list.querySelector(".scroll").scrollTop = scrolled;
    if (focused) list.querySelector(`tr[data-id="${Number(focused)}"] a`)?.focus({ preventScroll: true });
    showPager(found);
  }

  function link(changes) {
    const next = new URLSearchParams(page.params);
    for (const [name, value] of Object.entries(changes)) next.set(name, value);
    return `#/${id}?${next}`;
  }

  function showPager({ total_count: total, total_is_exact: exact, returned_count: returned, search_time_ms: took }) {
    const first = at();
    const last = Math.max(0, Math.floor((total - 1) / size()) * size());
    fill(
      pager,
      h(
        "span",
        { class: "muted", role: "status" },
        returned
          ? `${count(first + 1)}–${count(first + returned)} of ${count(total)}${exact ? "" : "+"}`
          : `${count(total)} requests`,
        h("span", { class: "wide-only" }, ` in ${took.toFixed(0)} ms`),
      ),
      h("span", { class: "spacer" }),
      h(
        "label",
        { class: "inline" },
        "Rows ",
        h(
          "select",
          { onchange: (event) => set({ limit: event.target.value, offset: null }) },
          SIZES.map((each) => h("option", { value: each, selected: each === size() }, each)),
        ),
      ),
      button("", () => set({ offset: null }), { symbol: "first", label: "First page", disabled: first === 0 }),
      button("", () => set({ offset: String(Math.max(0, first - size())) === "0" ? null : first - size() }), {
        symbol: "left",
        label: "Newer page",
        disabled: first === 0,
      }),
      button("", () => set({ offset: first + size() }), {
        symbol: "right",
        label: "Older page",
        disabled: first + returned >= total && exact,
      }),
      button("Last", () => set({ offset: last || null }), { kind: "quiet", disabled: first >= last }),
    );
  }

  let shown = null;
  async function showDetail() {
    const wantedId = page.params.get("id");
    for (const line of list.querySelectorAll("tr[data-id]"))
      line.classList.toggle("selected", line.dataset.id === wantedId);
    if (wantedId === shown) return;
    shown = wantedId;
    detail.hidden = !wantedId;
    main.classList.toggle("with-detail", Boolean(wantedId));
    fill(detail);
    if (!wantedId) return;
    await page.attempt(async () => {
      const row = await get(`api/requests/${encodeURIComponent(wantedId)}`, { pretty: true }, page.signal);
      if (shown !== wantedId) return;
      fill(detail, requestPanel(row, { page, close: closeDetail, step }));
      if (!list.contains(document.activeElement)) detail.querySelector("h2").focus();
    }, detail);
    if (shown === wantedId && !detail.querySelector(".detail-head"))
      detail.prepend(
        h(
          "div",
          { class: "detail-head" },
          h("span", { class: "spacer" }),
          button("", closeDetail, { symbol: "close", label: "Close request" }),
        ),
      );
  }

  function closeDetail() {
    const row = shown;
    set({ id: null });
    list.querySelector(`tr[data-id="${Number(row)}"] a`)?.focus();
  }

  function step(by) {
    const index = rows.findIndex((row) => String(row.id) === shown);
    const next = rows[index + by];
    if (next) set({ id: next.id }, { replace: true });
  }

  main.addEventListener(
    "keydown",
    (event) => {
      if (event.target.closest("input, select, textarea, dialog")) return;
      if (event.key === "Escape" && shown) {
        event.preventDefault();
        closeDetail();
        return;
      }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const line = event.target.closest("tr");
      if (!line || !list.contains(line)) return;
      event.preventDefault();
      const next = event.key === "ArrowDown" ? line.nextElementSibling : line.previousElementSibling;
      next?.querySelector("a")?.focus();
      if (shown && next?.dataset.id) set({ id: next.dataset.id }, { replace: true });
    },
    { signal: page.signal },
  );

  showFilters();
  draw();
  offerOperations(page);
  return () => {
    showFilters();
    draw();
  };
}
