// Charts: over time by uPlot, the rest by elements, so that they can be read aloud.

import { h } from "./dom.js";
import { count } from "./format.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function axisTime(seconds, step) {
  const at = new Date(seconds * 1000);
  const form = step >= 86400 || (step >= 3600 && at.getHours() === 0) ? date : step < 60 ? exact : time;
  return form.format(at);
}

/**
 * Requests over time. `draw` takes times in seconds, series of numbers and the range that is shown; `onselect`
 * is given the stretch that a person drags over.
 */
export function timeChart(host, series, { height = 160, signal, onselect, label = "Requests over time" }) {
  let plot = null;
  let known = [[], ...series.map(() => [])];
  let range = null;
  host.classList.add("chart");
  host.setAttribute("role", "img");
  const make = () => {
    plot?.destroy();
    const axis = {
      stroke: colour("muted"),
      grid: { stroke: colour("line"), width: 1 },
      ticks: { show: false },
      font: "11px system-ui, sans-serif",
    };
    plot = new globalThis.uPlot(
      {
        width: Math.max(host.clientWidth, 120),
        height,
        padding: [8, 8, 0, 0],
        cursor: { drag: { x: Boolean(onselect), y: false, setScale: false } },
        legend: { show: true, live: true },
        scales: {
          x: { time: true, range: (_, low, high) => range ?? (low === high ? [low - 30, high + 30] : [low, high]) },
          y: { range: (_, low, high) => [0, Math.max(high ?? 0, 1) * 1.08] },
        },
        axes: [
          { ...axis, size: 24, values: (_, values, __, ___, step) => values.map((each) => axisTime(each, step)) },
          {
            ...axis,
            size: 44,
            values: (_, values) => values.map((each) => (Number.isInteger(each) ? count(each) : "")),
          },
        ],
        series: [
          { label: "Time", value: (_, value) => (value === null ? "–" : exact.format(new Date(value * 1000))) },
          ...series.map(({ name, fill, bars }) => ({
            label: name,
            stroke: colour(fill),
            fill: bars ? colour(fill) : undefined,
            width: bars ? 0 : 1.5,
            paths: bars ? globalThis.uPlot.paths.bars({ size: [0.8, 24] }) : undefined,
            points: { show: false },
            value: (_, value) => (value === null ? "–" : count(value)),
          })),
        ],
        hooks: {
          setSelect: [
            (chart) => {
              const { left, width } = chart.select;
              if (width > 4) onselect?.(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
              chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            },
          ],
        },
      },
      known,
      host,
    );
  };
  const size = new ResizeObserver(() => plot?.setSize({ width: Math.max(host.clientWidth, 120), height }));
  size.observe(host);
  document.addEventListener("themechange", make, { signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", make, { signal });
  signal.addEventListener("abort", () => {
    size.disconnect();
    plot?.destroy();
  });
  return {
    draw(times, values, shown = null) {
      known = [times, ...values];
      range = shown;
      const told = series.map(({ name }, at) => `${name} ${count(values[at].reduce((sum, each) => sum + each, 0))}`);
      host.setAttribute("aria-label", `${label}: ${told.join(", ")}`);
      if (plot) plot.setData(known);
      else make();
    },
  };
}

/** Bars beside each other, each with a name, a number and a share of the largest. */
export function bars(entries, { label, format = count, kind = () => "" } = {}) {
  const most = Math.max(1, ...entries.map(([, value]) => value));
  if (!entries.length) return h("p", { class: "muted" }, "Nothing to show.");
  return h(
    "ul",
    { class: "bars", "aria-label": label },
    entries.map(([name, value, href]) => {
      const fill = h("span", { class: `fill ${kind(name)}` });
      fill.style.width = `${(value / most) * 100}%`;
      const text = [h("span", { class: "name" }, name), h("span", { class: "value" }, format(value))];
      return h(
        "li",
        {},
        h("span", { class: "track", "aria-hidden": "true" }, fill),
        href ? h("a", { href, class: "row" }, text) : h("span", { class: "row" }, text),
      );
    }),
  );
}

/** Columns beside each other: how many requests took how long. */
export function histogram(steps, { label }) {
  const last = steps.findLastIndex((each) => each.count > 0);
  const shown = steps.slice(0, Math.max(last + 2, 6));
  const most = Math.max(1, ...shown.map((each) => each.count));
  return h(
    "ol",
    { class: "histogram", "aria-label": label },
    shown.map(({ name, short, count: number }) => {
      const fill = h("span", { class: "column", "aria-hidden": "true" });
      fill.style.height = `${number ? Math.max(2, (number / most) * 100) : 0}%`;
      return h(
        "li",
        { title: `${name}: ${count(number)}` },
        h("span", { class: "space", "aria-hidden": "true" }, fill),
        h("span", { class: "step", "aria-hidden": "true" }, short),
        h("span", { class: "offscreen" }, `${name}: ${count(number)}`),
      );
    }),
  );
}
