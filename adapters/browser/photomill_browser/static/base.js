// What all pages share: their data, their texts, requests to the server, messages, and the menus of the frame.

const island = JSON.parse(document.getElementById("island").textContent);
const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

/** What the page's handler gave as `data`. */
export const data = island.data;

/** A number as people read it. */
export const number = (value) => numbers.format(value);

/** A text of the page; `values` fill its gaps, and `count` chooses between one and many. */
export function text(name, values = {}) {
  let found = island.texts[name];
  if (typeof found === "object") found = found[plural.select(values.count)] ?? found.other;
  return found.replace(/\{(\w+)\}/g, (_, key) =>
    typeof values[key] === "number" ? number(values[key]) : values[key],
  );
}

/** An error that the server explained. */
export class Failure extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * Ask the server. `body` is sent as JSON, or as it is where it is a Blob.
 * Gives the answer's JSON, or the response itself with `raw`. Throws a Failure whose message people understand.
 */
export async function request(address, { body, raw = false, signal } = {}) {
  const options = { signal, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["X-Form-Token"] = island.token;
    const blob = body instanceof Blob;
    options.headers["Content-Type"] = blob ? "application/octet-stream" : "application/json";
    options.body = blob ? body : JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(text("unreachable"), 0);
  }
  if (response.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  if (!response.ok) {
    const answer = await response.json().catch(() => ({ error: text("unreachable") }));
    throw new Failure(answer.error, response.status);
  }
  return raw ? response : response.json();
}

/** Make an element: attributes, listeners (`onclick`), and children, of which strings are text and never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const messages = document.getElementById("messages");

/** Show a message for some seconds; `action` is `{label, run}` for a button in it. Gives what takes it away. */
export function say(words, { action, seconds = 6, problem = false } = {}) {
  const shown = element("div", { class: problem ? "message problem" : "message" }, element("span", {}, words));
  const close = () => shown.remove();
  if (action) {
    const run = () => {
      close();
      action.run();
    };
    shown.append(element("button", { class: "button small", type: "button", onclick: run }, action.label));
  }
  messages.append(shown);
  if (seconds) setTimeout(close, 1000 * seconds);
  return close;
}

/** Show why something failed; what was broken off on purpose is no failure. */
export function fail(error) {
  if (error.name === "AbortError") return;
  if (!(error instanceof Failure)) throw error;
  say(error.message, { problem: true, seconds: 10 });
}

const AFTER_A_FAILURE = 6;
/** Statuses of what is not there any more, or not for who asks. */
const GONE = [401, 403, 404, 410];

/**
 * Call `look` now and every so many seconds while somebody sees the page, until it gives false. It gets a signal for its
 * requests. A failure is told once, and what is gone is not asked for again. Gives what ends it at once.
 */
export function keepLooking(look, { seconds = 1.5, tell = fail } = {}) {
  const ending = new AbortController();
  const { signal } = ending;
  let timer = 0;
  let told = false;
  async function once() {
    clearTimeout(timer);
    if (document.hidden) return;
    let wait = seconds;
    try {
      if ((await look(signal)) === false) ending.abort();
      told = false;
    } catch (error) {
      if (signal.aborted) return;
      if (!told) tell(error);
      told = true;
      wait = Math.max(seconds, AFTER_A_FAILURE);
      if (GONE.includes(error.status)) ending.abort();
    }
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(once, 1000 * wait);
  }
  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", once, { signal });
  once();
  return () => ending.abort();
}

/** Copy words, and say that it is done. */
export async function copy(words, done) {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    // Without https there is no clipboard of that kind. What a dialog is over cannot be selected.
    const area = element("textarea", {}, words);
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(done, { seconds: 3 });
}

/** The query of the address with some parameters changed; empty ones are left out. */
export function query(changes, from = location.search) {
  const parameters = new URLSearchParams(from);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value === null || value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  const made = parameters.toString();
  return made ? `?${made}` : "";
}

// On a narrow screen the page that one is on stands in the middle of the navigation.
const current = document.querySelector(".navigation [aria-current]");
if (current) {
  const bar = current.parentElement;
  bar.scrollLeft = current.offsetLeft - bar.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
}

// Menus close when something else is meant.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
