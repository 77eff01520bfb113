// Calls of the admin API.

const ROOT = new URL("./", document.baseURI);
/** Where the mock itself is: one step above the control plane. */
export const MOCK = new URL("../", ROOT);

const RETRY_MS = 5000;

/** A call that was refused or failed, in words for the person. */
export class Problem extends Error {
  constructor(status, detail, violations = []) {
    super(detail);
    this.status = status;
    this.violations = violations;
  }
}

/** The address of a call; what is empty is left out of the query, arrays are repeated. */
export function url(path, query = {}) {
  const found = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) {
      if (each !== undefined && each !== null && each !== "") found.searchParams.append(name, String(each));
    }
  }
  return found;
}

/**
 * The answer to a call: JSON, text, or nothing; a `Problem` where it was refused. `tell` is given its headers. Each
 * call tells the document whether the server is `reachable` or `unreachable`, and a stream that ended that it is in
 * `doubt`.
 */
export async function call(method, path, { query, body, signal, type, headers = {}, tell } = {}) {
  let answer;
  let content;
  try {
    answer = await fetch(url(path, query), {
      method,
      signal,
      cache: "no-store",
      headers: body === undefined ? headers : { "Content-Type": type ?? "application/json", ...headers },
      body: body === undefined || typeof body === "string" || body instanceof Blob ? body : JSON.stringify(body),
    });
    const kind = answer.headers.get("Content-Type") ?? "";
    content = answer.status === 204 ? null : kind.includes("json") ? await answer.json() : await answer.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    document.dispatchEvent(new Event("unreachable"));
    throw new Problem(0, "The server cannot be reached.");
  }
  document.dispatchEvent(new Event("reachable"));
  tell?.(answer.headers);
  if (answer.ok) return content;
  const problem = new Problem(
    answer.status,
    content?.detail ?? `The server answered ${answer.status}.`,
    content?.violations,
  );
  if (answer.status === 401) document.dispatchEvent(new CustomEvent("unauthorized"));
  throw problem;
}

export const get = (path, query, signal) => call("GET", path, { query, signal });
export const post = (path, body, query) => call("POST", path, { body, query });
export const put = (path, body) => call("PUT", path, { body });
export const patch = (path, body) => call("PATCH", path, { body });
export const remove = (path, query) => call("DELETE", path, { query });

/** A segment of a path. */
export const part = (name) => encodeURIComponent(name);

/** All entries of a list that has pages; such lists are short: operations, scenarios, overrides. */
export async function all(path, member, signal) {
  const found = [];
  for (;;) {
    const page = await get(path, { limit: 1000, offset: found.length }, signal);
    found.push(...page[member]);
    if (!page[member].length || found.length >= page.total_count) return found;
  }
}

/**
 * Calls `onrequest` for requests as they come, while the page can be seen and until the signal says stop.
 * After a gap, or where some may be missed, it is given null. `onstate` is told "live" and "waiting".
 */
export function follow(query, onrequest, { signal, onstate = () => {} }) {
  let source = null;
  let again = 0;
  let missed = false;
  const open = () => {
    if (source || signal.aborted || document.hidden) return;
    source = new EventSource(url("api/logs/tail", query));
    source.addEventListener("open", () => {
      onstate("live");
      if (missed) onrequest(null);
      missed = false;
    });
    source.addEventListener("request", (event) => onrequest(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      missed = true;
      onstate("waiting");
      document.dispatchEvent(new Event("doubt"));
      // A browser tries again by itself where the connection broke, and not where it was refused.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      again = setTimeout(open, RETRY_MS);
    });
  };
  const close = () => {
    clearTimeout(again);
    source?.close();
    source = null;
  };
  const seen = () => {
    if (document.hidden) {
      close();
      onstate("waiting");
    } else {
      open();
      onrequest(null);
    }
  };
  document.addEventListener("visibilitychange", seen, { signal });
  signal.addEventListener("abort", close);
  open();
}

/** Runs a function at most once in so many milliseconds, and once more after the last call. */
export function atMost(milliseconds, run, signal) {
  let last = -Infinity;
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    if (timer || signal.aborted) return;
    timer = setTimeout(
      () => {
        timer = 0;
        last = performance.now();
        run();
      },
      Math.max(0, last + milliseconds - performance.now()),
    );
  };
}
