// Going through near-duplicates, cluster by cluster. What is shown stands in the address.

import { data, element, fail, query, request, say, text } from "./base.js";
import { close, compare, isOpen } from "./compare.js";
import { bytes, size, thumbnail } from "./facts.js";

const home = `/library/${data.collection}`;
const own = `${home}/duplicates`;
const find = (id) => document.getElementById(id);
const list = find("clusters");

let answer; // what the server gave last
let cards = []; // {cluster, item, tiles, drops}
let current = null; // {card, tile}: what keys are for
let waiting; // asks again while all records are being compared
let asking; // aborts the request that is under way
let pushed = false; // whether the comparison has an entry of its own in the history
let meant = null; // the card whose images are all to be dropped, once asked
const chosen = new Map(); // what was chosen, by record: it outlasts a new look at the page
const undoes = [];

const address = () => new URLSearchParams(location.search);
let first = ""; // the kind of an address without one: the server chose the first of which there are clusters
const kindAsked = () => address().get("kind") ?? first;

// ------------------------------------------------------------ showing a page

async function load({ focus = false } = {}) {
  asking?.abort();
  asking = new AbortController();
  list.setAttribute("aria-busy", "true");
  find("hint").textContent = answer ? text(`hint_${kindAsked() || answer.kind}`) : text("loading");
  const asked = query({ kind: kindAsked(), page: address().get("page") }, "");
  answer = await request(`${own}/clusters${asked}`, { signal: asking.signal });
  if (!kindAsked()) first = answer.kind;
  show();
  const wanted = address().get("cluster");
  const card = cards.find((each) => each.cluster.records.some((record) => record.id === wanted)) ?? cards[0];
  if (card) select(card, card.tiles[0], focus || Boolean(wanted));
  else current = null;
  follow();
}

function show() {
  cards = answer.clusters.map(makeCard);
  list.replaceChildren(...cards.map((card) => card.item));
  list.setAttribute("aria-busy", "false");
  find("hint").textContent = text(`hint_${answer.kind}`);
  for (const tab of document.querySelectorAll(".tab")) {
    if (tab.dataset.kind === answer.kind) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  find("empty").hidden = cards.length > 0 || answer.outside?.newer === null;
  find("empty").textContent = text(`nothing_${answer.kind}`);
  showPager();
  showCounts();
  showOutside();
}

/** Where a job compares all records: whether one does now, and what none has compared. */
function showOutside() {
  const { newer, comparing } = answer.outside ?? { newer: 0 };
  find("outside").hidden = !comparing && newer === 0;
  const words = newer === null ? text("not_compared") : text("not_compared_yet", { count: newer });
  find("outside").querySelector("span").textContent = comparing ? text("comparing_all") : words;
  if (find("compare-all")) find("compare-all").hidden = comparing;
  clearTimeout(waiting);
  if (comparing) waiting = setTimeout(() => load().catch(fail), data.askAgain);
}

async function compareAll() {
  await request(`${own}/compare`, { body: {} });
  await load();
}

find("compare-all")?.addEventListener("click", () => compareAll().catch(fail));

function showCounts() {
  for (const chip of document.querySelectorAll("[data-count]")) {
    chip.textContent = answer.counts[chip.dataset.count];
  }
  find("dropped-count").textContent = answer.dropped;
  const notes = [];
  if (answer.reviewed) notes.push(text("reviewed", { count: answer.reviewed }));
  if (answer.notLookedAt) notes.push(text("not_looked_at", { count: answer.notLookedAt }));
  find("reviewed").hidden = notes.length === 0;
  find("reviewed").querySelector("span").textContent = notes.join(" ");
  if (find("forget")) find("forget").hidden = !answer.reviewed;
  showApply();
}

function showApply() {
  const button = find("apply");
  if (!button) return;
  const count = cards.reduce((sum, card) => sum + (leavesSome(card) ? card.drops.size : 0), 0);
  button.hidden = count === 0;
  button.textContent = text("apply", { count });
}

function showPager() {
  find("pager").hidden = answer.pages < 2;
  find("place").textContent = text("place", { page: answer.page, pages: answer.pages });
  for (const [name, step] of [
    ["previous", -1],
    ["next", 1],
  ]) {
    const page = answer.page + step;
    const link = find(name);
    link.hidden = page < 1 || page > answer.pages;
    link.href = query({ kind: answer.kind, page }, "");
  }
}

function makeCard(cluster, place) {
  const number = (answer.page - 1) * data.onAPage + place + 1;
  const title = text("cluster", { number, count: cluster.records.length });
  const card = { cluster, drops: new Set() };
  for (const record of cluster.records) {
    // Images that look alike are chosen by hand.
    const proposed = record.id !== cluster.keep && answer.kind !== "similar";
    if (chosen.get(record.id) ?? proposed) card.drops.add(record.id);
  }
  card.tiles = cluster.records.map((record) => makeTile(card, record));
  card.done = data.mayWrite && element("button", { class: "button small", type: "button", onclick: () => done(card) });
  const buttons = [
    element("button", { class: "button small quiet", type: "button", onclick: () => look(card) }, text("compare")),
    data.mayWrite &&
      element("button", { class: "button small quiet", type: "button", onclick: () => keepAll(card) }, text("keep_all")),
    card.done,
  ];
  card.item = element(
    "li",
    { class: "cluster" },
    element("div", { class: "cluster-head" }, element("h2", {}, title), element("div", { class: "row" }, ...buttons.filter(Boolean))),
    element("div", { class: "tiles", role: "group", "aria-label": title }, ...card.tiles),
  );
  showChoice(card);
  return card;
}

function makeTile(card, record) {
  const tile = element(
    "button",
    {
      class: "tile",
      type: "button",
      onclick: () => {
        select(card, tile);
        choose(card, tile, !card.drops.has(record.id));
      },
    },
    element("span", { class: "picture" }, thumbnail(home, record), element("span", { class: "badge" })),
    element("span", { class: "name" }, record.name),
    record.folder ? element("span", { class: "figures" }, `${record.folder}/`) : null,
    element("span", { class: "figures" }, [size(record), bytes(record.bytes)].filter(Boolean).join(" · ")),
    element("span", { class: "why" }, ...reasons(card.cluster, record).map((words) => element("span", { class: "chip" }, words))),
  );
  tile.record = record;
  return tile;
}

/** Of the record to keep, what it is the best in; of the others, how alike they are and what they lack. */
function reasons(cluster, record) {
  if (record.id !== cluster.keep) return [text(record.kind), ...record.reasons.map((each) => text(`reason_${each}`))];
  const others = cluster.records.filter((each) => each !== record);
  const order = ["sharper", "larger", "format", "bytes", "older", "earlier"];
  return order.filter((each) => others.some((one) => one.reasons.includes(each))).map((each) => text(`best_${each}`));
}

function showChoice(card) {
  for (const tile of card.tiles) {
    const drop = card.drops.has(tile.record.id);
    tile.classList.toggle("dropped", drop);
    tile.querySelector(".badge").textContent = text(drop ? "drop" : "keep");
  }
  if (card.done) {
    const count = card.drops.size;
    card.done.textContent = count ? text("done_drop", { count }) : text("done_none");
    card.done.classList.toggle("primary", count > 0);
  }
  showApply();
}

// ------------------------------------------------------------ what keys are for

function select(card, tile, focus = true) {
  current?.card.item.classList.remove("current");
  current?.tile.classList.remove("selected");
  current = { card, tile };
  card.item.classList.add("current");
  tile.classList.add("selected");
  if (!focus) return;
  tile.focus({ preventScroll: true });
  card.item.scrollIntoView({ block: "nearest" });
  history.replaceState(history.state, "", query({ cluster: card.cluster.records[0].id }));
}

list.addEventListener("focusin", (event) => {
  const tile = event.target.closest(".tile");
  const card = cards.find((each) => each.tiles.includes(tile));
  if (card && current?.tile !== tile) select(card, tile);
});

function choose(card, tile, drop) {
  if (!data.mayWrite) return;
  if (drop) card.drops.add(tile.record.id);
  else card.drops.delete(tile.record.id);
  chosen.set(tile.record.id, drop);
  meant = null;
  showChoice(card);
}

function step(by) {
  const { card, tile } = current;
  const next = card.tiles[card.tiles.indexOf(tile) + by];
  if (next) select(card, next);
}

function stepCluster(by) {
  const next = cards[cards.indexOf(current.card) + by];
  if (next) select(next, next.tiles[0]);
}

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog, .menu")) return;
  if (event.key.toLowerCase() === "u") return void undo();
  if (!current) return;
  const { card, tile } = current;
  const keys = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    ArrowUp: () => stepCluster(-1),
    ArrowDown: () => stepCluster(1),
    Enter: () => done(card),
    k: () => choose(card, tile, false),
    d: () => choose(card, tile, true),
    a: () => keepAll(card),
    c: () => look(card, tile),
  };
  const run = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  // Enter on a button or a link is that button's.
  if (!run || (event.key === "Enter" && target.closest("button:not(.tile), a"))) return;
  event.preventDefault();
  run();
});

// ------------------------------------------------------------ doing it

const leavesSome = (card) => card.drops.size < card.cluster.records.length;

async function done(card) {
  if (!data.mayWrite) return;
  if (!card.drops.size) return stepCluster(1);
  if (!leavesSome(card) && meant !== card) {
    meant = card;
    return void say(text("drops_every"));
  }
  await drop([...card.drops], [card]);
}

async function drop(ids, worked) {
  try {
    const { dropped } = await request(`${own}/drop`, { body: { ids } });
    const undone = async () => {
      const { restored, failed } = await request(`${own}/restore`, { body: { ids: dropped } });
      for (const each of failed) say(text("not_restored", { reason: each.error }), { problem: true });
      return text("restored", { count: restored.length });
    };
    remember(text("dropped", { count: dropped.length }), undone, worked);
    answer.dropped += dropped.length;
    takeAway(worked);
  } catch (error) {
    fail(error);
  }
}

async function keepAll(card) {
  if (!data.mayWrite) return;
  try {
    const { review } = await request(`${own}/keep-all`, { body: { ids: card.cluster.records.map(({ id }) => id) } });
    const undone = async () => {
      await request(`${own}/forget?review=${review}`, { body: {} });
      return "";
    };
    remember(text("kept_all"), undone, [card]);
    takeAway([card]);
  } catch (error) {
    fail(error);
  }
}

function takeAway(worked) {
  const place = Math.min(...worked.map((card) => cards.indexOf(card)));
  for (const card of worked) card.item.remove();
  cards = cards.filter((card) => !worked.includes(card));
  answer.counts[answer.kind] -= worked.length;
  const next = cards[place] ?? cards.at(-1);
  if (!next) return void load({ focus: true }).catch(fail);
  current = null;
  select(next, next.tiles[0]);
  showCounts();
}

function remember(words, run, worked) {
  const entry = { run, first: worked[0].cluster.records[0].id };
  undoes.push(entry);
  entry.close = say(words, { action: { label: text("undo"), run: () => undo(entry) } });
}

async function undo(entry = undoes.at(-1)) {
  if (!entry) return void say(text("nothing_to_undo"));
  undoes.splice(undoes.indexOf(entry), 1);
  entry.close();
  try {
    const words = await entry.run();
    if (words) say(words);
    history.replaceState(history.state, "", query({ cluster: entry.first }));
    await load({ focus: true });
  } catch (error) {
    fail(error);
  }
}

find("apply")?.addEventListener("click", () => {
  const worked = cards.filter((card) => card.drops.size && leavesSome(card));
  drop(
    worked.flatMap((card) => [...card.drops]),
    worked,
  );
});

find("forget")?.addEventListener("click", () => {
  request(`${own}/forget`, { body: {} })
    .then(() => load({ focus: true }))
    .catch(fail);
});

// ------------------------------------------------------------ comparing

function look(card, tile = card.tiles[1]) {
  const record = tile.record === card.cluster.records[0] ? card.cluster.records[1] : tile.record;
  pushed = true;
  history.pushState(null, "", query({ cluster: card.cluster.records[0].id, compare: record.id }));
  follow();
}

/** Have the comparison open or closed as the address says. */
function follow() {
  const wanted = address().get("compare");
  if (!wanted) {
    if (isOpen()) close();
    return;
  }
  const card = cards.find((each) => each.cluster.records.slice(1).some((record) => record.id === wanted));
  if (!card || isOpen()) return;
  const { records } = card.cluster;
  let shown = records.find((record) => record.id === wanted);
  compare({
    records,
    at: records.indexOf(shown),
    keeps: (record) => !card.drops.has(record.id),
    decide: (record, keep) => choose(card, tileOf(card, record), !keep),
    switched: (record) => {
      shown = record;
      history.replaceState(history.state, "", query({ compare: record.id }));
    },
    closed: () => {
      // Closed by a key or a button, and not by going back: the address still says that it is open.
      if (address().get("compare")) {
        if (pushed) history.back();
        else history.replaceState(null, "", query({ compare: "" }));
      }
      pushed = false;
      tileOf(card, shown).focus();
    },
  });
}

const tileOf = (card, record) => card.tiles.find((tile) => tile.record === record);

// ------------------------------------------------------------ the address

function isPlain(event) {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}

for (const link of [...document.querySelectorAll(".tab"), find("previous"), find("next")]) {
  link.addEventListener("click", (event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    history.pushState(null, "", link.getAttribute("href"));
    scrollTo(0, 0);
    load().catch(fail);
  });
}

addEventListener("popstate", () => {
  pushed = false;
  const asked = address();
  const same = answer && kindAsked() === answer.kind && Number(asked.get("page") ?? 1) === answer.page;
  if (same) follow();
  else load({ focus: true }).catch(fail);
});

load().catch(fail);
