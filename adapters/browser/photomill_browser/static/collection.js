// The grid of one collection. What it shows stands in the address.

import { data, element, fail, keepLooking, number, query, request, say, text } from "./base.js";
import { Grid, bytes } from "./grid.js";
import { suggest } from "./suggest.js";

const home = `/library/${data.collection}`;
const find = (id) => document.getElementById(id);
const DEFAULT_SORT = data.sorts[0];

const NEWS_SECONDS = 4;

let layout = "";
/** The number of the last record that the grid knows of. */
let last = 0;
let selected = new Map();
let anchor = 0;
let names;
let loading = new AbortController();

/** Notes, each as a sentence of its own. */
function sentences(notes) {
  const sentence = (note) => note.charAt(0).toUpperCase() + note.slice(1) + (/[.!?]$/.test(note) ? "" : ".");
  return notes.map(sentence).join(" ");
}

// ------------------------------------------------------------ the address

function asked() {
  const given = new URLSearchParams(location.search);
  return { q: given.get("q") ?? "", filter: given.get("filter") ?? "", sort: given.get("sort") ?? DEFAULT_SORT };
}

function parameters(more = {}) {
  const { q, filter, sort } = asked();
  const kept = { q, filter, sort: sort === DEFAULT_SORT ? "" : sort };
  return query({ ...kept, ...more }, "");
}

function go(changes) {
  keepPlace();
  history.pushState(null, "", `${home}${query({ at: "", ...changes })}`);
  selected = new Map();
  load();
}

// What is selected stands behind the #, where an address may be long.
function keepPlace() {
  const ids = [...selected.keys()].map(encodeURIComponent).join("&");
  const at = grid.first || "";
  history.replaceState(null, "", `${location.pathname}${query({ at })}${ids ? `#${ids}` : ""}`);
}

function selectionOfAddress() {
  const ids = location.hash.slice(1).split("&").filter(Boolean).map(decodeURIComponent);
  return new Map(ids.map((id) => [id, id]));
}

// ------------------------------------------------------------ the grid

const grid = new Grid(find("grid"), {
  address: (record, index) => `${home}/record${parameters({ id: record.id, at: index || "" })}`,
  label: (record) => text("select", { name: record.name }),
  fill(record, link) {
    if (record.tag) {
      link.append(
        element("img", {
          src: `${home}/thumbnail?id=${encodeURIComponent(record.id)}&v=${record.tag}`,
          alt: record.name,
          decoding: "async",
          draggable: "false",
          onerror: (event) => event.target.replaceWith(element("span", { class: "plain" }, record.name)),
        }),
        element("span", { class: "name", "aria-hidden": "true" }, record.name),
      );
    } else {
      link.append(element("span", { class: "plain" }, record.name));
    }
    if (record.words) {
      const title = number(record.distance);
      link.append(element("span", { class: `alike ${record.words}`, title }, text(record.words)));
    }
  },
  async fetch(from, to, signal) {
    const answer = await request(`${home}/records${parameters({ layout, from, to })}`, { signal });
    if (answer.layout === layout) return answer.records;
    // The collection changed, and the server forgot what it was before.
    load({ keep: true });
    throw new DOMException("", "AbortError");
  },
  picked(index, event) {
    pick(index, event).catch(fail);
  },
  failed: fail,
});
grid.isSelected = (record) => selected.has(record.id);

async function pick(index, event) {
  if (event.shiftKey && selected.size) {
    const [from, to] = [Math.min(anchor, index), Math.max(anchor, index)];
    for (const record of await grid.range(from, to)) selected.set(record.id, record.name);
  } else {
    const [record] = await grid.range(index, index);
    if (selected.has(record.id)) selected.delete(record.id);
    else selected.set(record.id, record.name);
    anchor = index;
  }
  showSelection();
}

async function load({ keep = false } = {}) {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  showAsked();
  const at = keep ? grid.first : Number(new URLSearchParams(location.search).get("at") ?? 0);
  try {
    const answer = await request(`${home}/layout${parameters()}`, { signal });
    layout = answer.layout;
    last = answer.last;
    find("news").hidden = true;
    grid.show(bytes(answer.ratios), at);
    const searching = Boolean(asked().q || asked().filter);
    const counted = answer.note === "by_similarity" ? answer.note : searching ? "found" : "records";
    find("count").textContent = text(counted, { count: answer.count });
    find("count").title = answer.plan ? text("plan", answer) : "";
    find("empty").hidden = answer.count > 0;
    find("empty").textContent = sentences(answer.reasons) || text(searching ? "nothing" : "nothing_yet");
    if (answer.count && answer.reasons.length) say(sentences(answer.reasons));
    if (!at) scrollTo(0, 0);
  } catch (error) {
    if (error.name === "AbortError") return;
    grid.clear();
    find("count").textContent = "";
    find("empty").hidden = false;
    find("empty").textContent = error.message;
  }
  showSelection();
}

// ------------------------------------------------------------ what comes meanwhile

/** Whether new records may be shown at once: nobody is reading further down, and nothing moves that is in use. */
function isAtTheTop() {
  const inUse = selected.size || find("grid").contains(document.activeElement);
  return grid.first === 0 && !inUse && asked().sort === DEFAULT_SORT;
}

async function look(signal) {
  const { q, filter } = asked();
  // What a search found stays as it was.
  if (q || filter) return;
  const { count } = await request(`${home}/news${query({ after: String(last) }, "")}`, { signal });
  if (!count) return;
  if (isAtTheTop()) {
    await load();
    say(text("came", { count }));
  } else {
    find("news").textContent = text("show_news", { count });
    find("news").hidden = false;
  }
}

// A server that is away for a while is no news.
const tell = () => {};
setTimeout(() => keepLooking(look, { seconds: NEWS_SECONDS, tell }), 1000 * NEWS_SECONDS);

find("news").addEventListener("click", () => {
  if (asked().sort !== DEFAULT_SORT) go({ sort: "" });
  else {
    scrollTo(0, 0);
    keepPlace();
    load();
  }
});

// ------------------------------------------------------------ what is asked

function showAsked() {
  const { q, filter, sort } = asked();
  const chips = find("chips");
  chips.replaceChildren();
  if (q) chips.append(chip(named(q), () => go({ q: "" }), q));
  for (const [name, value] of Object.entries(parsed(filter))) {
    const words = typeof value === "object" ? JSON.stringify(value) : String(value);
    chips.append(chip(`${name}: ${words}`, () => go({ filter: without(filter, name) })));
  }
  chips.hidden = !chips.childElementCount;
  const searching = q && /^(like|image):/.test(q);
  find("sort").value = sort;
  find("order").hidden = Boolean(searching);
}

function named(q) {
  if (q.startsWith("like:")) return text("like", { name: q.slice(5) });
  if (q.startsWith("image:")) return text("like_image");
  if (q.startsWith("id:")) return text("with_id", { name: q.slice(3) });
  return text("words", { words: q });
}

function chip(words, remove, q = "") {
  const made = element("span", { class: "chip" });
  if (q.startsWith("image:")) {
    const src = `${home}/search-image?name=${encodeURIComponent(q.slice(6))}`;
    made.append(element("img", { src, alt: "", onerror: (event) => event.target.remove() }));
  }
  made.append(
    element("span", {}, words),
    element("button", { class: "take", type: "button", "aria-label": text("remove", { name: words }), onclick: remove }, "×"),
  );
  return made;
}

function parsed(filter) {
  try {
    const value = JSON.parse(filter || "{}");
    return value && typeof value === "object" && !Array.isArray(value) ? value : {};
  } catch {
    return { filter };
  }
}

function without(filter, name) {
  const { [name]: _, ...kept } = parsed(filter);
  return Object.keys(kept).length ? JSON.stringify(kept) : "";
}

function narrowed(name, value) {
  return JSON.stringify({ ...parsed(asked().filter), [name]: value });
}

const line = find("query");

async function attributeNames(signal) {
  names ??= (await request(`${home}/attributes`, { signal })).names;
  return names;
}

async function valuesOf(name, begin, signal) {
  const filter = asked().filter;
  return (await request(`${home}/facets${query({ name, begin, filter }, "")}`, { signal })).values;
}

function write(words) {
  line.value = words;
  line.focus();
  suggestions.look();
}

async function suggested(typed, signal) {
  return typed.trimStart().startsWith("{") ? suggestedJson(typed, signal) : suggestedWords(typed.trim(), signal);
}

// Within a filter: the name, or the value, that is being written.
async function suggestedJson(typed, signal) {
  const value = /"([^"]+)"\s*:\s*"?([^",{}[\]]*)$/.exec(typed);
  if (value) {
    const before = typed.slice(0, value.index);
    const found = await valuesOf(value[1], value[2], signal);
    return found.map(([each, count]) => ({
      label: String(each),
      note: number(count),
      choose: () => write(`${before}"${value[1]}": ${JSON.stringify(each)}}`),
    }));
  }
  const name = /([{,]\s*)"?([^":{},]*)$/.exec(typed);
  if (!name) return [];
  const before = typed.slice(0, name.index) + name[1];
  const found = await attributeNames(signal);
  return found
    .filter((each) => each.toLowerCase().startsWith(name[2].toLowerCase()))
    .map((each) => ({ label: each, choose: () => write(`${before}${JSON.stringify(each)}: `) }));
}

// Among words: attributes, values of one that is named, and tags.
async function suggestedWords(typed, signal) {
  const found = await attributeNames(signal);
  const [name, ...rest] = typed.split(":");
  if (rest.length && found.includes(name)) return facets(name, rest.join(":").trim(), signal);
  const begin = typed.toLowerCase();
  const attributes = found
    .filter((each) => each.toLowerCase().startsWith(begin))
    .map((each) => ({ label: text("any_value", { name: each }), choose: () => write(`${each}:`) }));
  const tags = begin && found.includes("tags") ? await facets("tags", begin, signal) : [];
  return [...tags.slice(0, 8), ...attributes.slice(0, 12)];
}

async function facets(name, begin, signal) {
  const found = await valuesOf(name, begin, signal);
  return found.map(([value, count]) => ({
    label: `${name}: ${value}`,
    note: number(count),
    choose() {
      line.value = "";
      go({ filter: narrowed(name, value) });
    },
  }));
}

const suggestions = suggest(line, find("suggestions"), {
  find: suggested,
  failed: fail,
  enter(typed) {
    if (!typed.startsWith("{")) {
      line.value = "";
      go({ q: typed });
      return;
    }
    try {
      const filter = { ...parsed(asked().filter), ...JSON.parse(typed) };
      line.value = "";
      go({ filter: JSON.stringify(filter) });
    } catch (error) {
      say(error.message, { problem: true });
    }
  },
});

find("sort").addEventListener("change", (event) => {
  go({ sort: event.target.value === DEFAULT_SORT ? "" : event.target.value });
});

// ------------------------------------------------------------ an image to search by

async function searchBy(file) {
  if (!file) return;
  try {
    const { q } = await request(`${home}/search-image`, { body: file });
    go({ q });
  } catch (error) {
    fail(error);
  }
}

find("image").addEventListener("change", (event) => {
  searchBy(event.target.files[0]);
  event.target.value = "";
});
document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
  if (!file) return;
  event.preventDefault();
  searchBy(file);
});
const target = find("target");
let inside = 0;
const brings = (event) => [...event.dataTransfer.items].some((item) => item.kind === "file");
addEventListener("dragenter", (event) => {
  if (!brings(event)) return;
  inside += 1;
  target.hidden = false;
});
addEventListener("dragleave", () => {
  inside = Math.max(0, inside - 1);
  target.hidden = inside === 0;
});
addEventListener("dragover", (event) => {
  if (brings(event)) event.preventDefault();
});
addEventListener("drop", (event) => {
  inside = 0;
  target.hidden = true;
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  searchBy(event.dataTransfer.files[0]);
});

// ------------------------------------------------------------ what is selected

function showSelection() {
  find("selection").hidden = selected.size === 0;
  find("selected").textContent = text("selected", { count: selected.size });
  document.body.classList.toggle("selecting", selected.size > 0);
  grid.refresh();
  keepPlace();
}

function clear() {
  selected = new Map();
  showSelection();
}

const ids = () => [...selected.keys()];

/** Show a dialog; resolves to whether it was not cancelled. */
function ask(dialog) {
  dialog.querySelector("form").reset();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "done"), { once: true });
  });
}

const listed = (words) => words.split(",").map((each) => each.trim()).filter(Boolean);

function valued(words) {
  try {
    return JSON.parse(words);
  } catch {
    return words;
  }
}

/** Go to a page that does something with what is selected, which stands behind the #. */
function take(page) {
  location.assign(`${page}?collection=${data.collection}#${ids().map(encodeURIComponent).join("&")}`);
}

const actions = {
  clear,
  group: () => take("/groups"),
  edit: () => take("/edit"),
  async tag() {
    if (!(await ask(find("tagging")))) return;
    const body = { ids: ids(), add: listed(find("add").value), remove: listed(find("remove").value) };
    changed(await request(`${home}/tag`, { body }));
  },
  async change() {
    if (!(await ask(find("changing")))) return;
    const name = find("attribute").value.trim();
    const value = find("value").value.trim();
    const body = value ? { ids: ids(), set: { [name]: valued(value) } } : { ids: ids(), unset: [name] };
    changed(await request(`${home}/change`, { body }));
  },
  async drop() {
    const gone = ids();
    const { dropped } = await request(`${home}/drop`, { body: { ids: gone } });
    clear();
    await load({ keep: true });
    const run = () => restore(gone).catch(fail);
    say(text("dropped", { count: dropped }), { seconds: 0, action: { label: text("undo"), run } });
  },
};

function changed({ changed: count }) {
  names = undefined;
  say(text("changed", { count }));
  load({ keep: true });
}

async function restore(gone) {
  const { restored } = await request(`${home}/restore`, { body: { ids: gone } });
  say(text("restored", { count: restored }));
  await load({ keep: true });
}

find("selection").addEventListener("click", (event) => {
  const action = event.target.closest("[data-action]")?.dataset.action;
  if (action) Promise.resolve(actions[action]()).catch(fail);
});
for (const form of document.querySelectorAll("form.export")) {
  form.addEventListener("submit", () => {
    form.action = `${home}/export${parameters()}`;
    if (form.elements.ids) form.elements.ids.value = JSON.stringify(ids());
    form.closest("details").open = false;
  });
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, dialog") || event.ctrlKey || event.metaKey) return;
  if (event.key === "/") {
    event.preventDefault();
    line.focus();
  } else if (event.key === "Escape" && selected.size) clear();
  else if (event.key === "Delete" && selected.size && data.write) actions.drop().catch(fail);
});

let idle;
addEventListener(
  "scroll",
  () => {
    clearTimeout(idle);
    idle = setTimeout(keepPlace, 250);
  },
  { passive: true },
);
addEventListener("popstate", () => {
  selected = selectionOfAddress();
  load();
});
history.scrollRestoration = "manual";
selected = selectionOfAddress();
load();
