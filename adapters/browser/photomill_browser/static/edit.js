// Controls, a preview that follows them, and the edit itself.

import { copy, data, element, fail, number, query, request, say, text } from "./base.js";
import { makeControls } from "./controls.js";

const at = (id) => document.getElementById(id);
const parameters = () => new URLSearchParams(location.search);
const WAIT = 60; // milliseconds between a movement and its preview

let opened = null;
let selected = [];
let edit = said();

/** The edit that the address says. */
function said() {
  try {
    return JSON.parse(parameters().get("edit") ?? "{}");
  } catch {
    return {};
  }
}

const controls = makeControls(data.sections, data.names, (commit) => {
  edit = controls.read();
  if (commit) history.pushState(null, "", addressOf(edit));
  follow();
});

function addressOf(wanted) {
  const edit = Object.keys(wanted).length ? JSON.stringify(wanted) : "";
  return location.pathname + query({ edit }) + location.hash;
}

// ---------------------------------------------------------------- the preview

let timer = 0;
let running = null;

function follow() {
  at("make").disabled = false;
  at("download").hidden = true;
  at("made").textContent = "";
  clearTimeout(timer);
  timer = setTimeout(refresh, WAIT);
}

function human(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let size = bytes;
  let place = 0;
  while (size >= 1000 && place < units.length - 1) {
    size /= 1000;
    place += 1;
  }
  return `${number(Math.round(10 * size) / 10)} ${units[place]}`;
}

async function refresh() {
  if (!opened) return;
  running?.abort();
  const mine = new AbortController();
  running = mine;
  at("compare").classList.add("busy");
  const body = { opened: opened.opened, edit };
  try {
    const [image, plan] = await Promise.all([
      request("/edit/preview", { body: { ...body, scale: opened.scale }, raw: true, signal: mine.signal }).then((response) => response.blob()),
      request("/edit/plan", { body, signal: mine.signal }),
    ]);
    if (running !== mine) return;
    const old = at("after").src;
    at("after").src = URL.createObjectURL(image);
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
    show(plan);
    at("problem").hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.status === undefined) throw error;
    at("problem").textContent = error.message;
    at("problem").hidden = false;
    at("make").disabled = true;
  } finally {
    if (running === mine) at("compare").classList.remove("busy");
  }
}

function show(plan) {
  const { width, height, format } = plan.output;
  at("becomes").textContent = text("becomes", { width, height, format: format || text("any_format") });
  at("steps").replaceChildren(
    ...plan.steps.map((step) => element("li", { class: "chip" }, `${step.operation}: ${step.engine}`)),
  );
  at("notes").replaceChildren(...plan.notes.map((note) => element("li", {}, note)));
  at("what-runs").hidden = plan.steps.length === 0 && plan.notes.length === 0;
  for (const [name, way] of Object.entries(plan.ways)) at(`way-${name}`).textContent = way;
}

at("slider").addEventListener("input", compare);
function compare() {
  const place = `${at("slider").value}%`;
  at("compare").style.setProperty("--at", place);
  at("after").style.clipPath = `inset(0 0 0 ${place})`;
  at("before").style.clipPath = `inset(0 calc(100% - ${place}) 0 0)`;
}

// ---------------------------------------------------------------- the edit

at("make").addEventListener("click", async () => {
  at("make").disabled = true;
  at("made").textContent = text("making");
  const began = performance.now();
  try {
    const made = await request("/edit/run", { body: { opened: opened.opened, edit } });
    at("made").textContent = text("made", {
      ...made.output,
      size: human(made.bytes),
      seconds: number(Math.round((performance.now() - began) / 100) / 10),
    });
    at("notes").replaceChildren(...made.notes.map((note) => element("li", {}, note)));
    at("download").href = `${made.address}?download=1`;
    at("download").hidden = false;
  } catch (error) {
    at("made").textContent = "";
    fail(error);
  } finally {
    at("make").disabled = false;
  }
});

at("reset").addEventListener("click", () => {
  edit = {};
  history.pushState(null, "", addressOf(edit));
  controls.write(edit);
  follow();
});

at("batch").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(event.target));
  if (selected.length) Object.assign(given, { collection: parameters().get("collection"), records: selected });
  try {
    const { job } = await request("/edit/batch", { body: { ...given, edit } });
    const run = () => location.assign(`/jobs/${job}`);
    say(text("batch_started", { job }), { action: { label: text("batch_show"), run }, seconds: 20 });
  } catch (error) {
    fail(error);
  }
});

at("to-batch").addEventListener("click", () => {
  at("batch-box").open = true;
  at("batch-box").scrollIntoView({ block: "center" });
  at("batch-destination").focus({ preventScroll: true });
});

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", () => copy(at(`way-${button.dataset.way}`).textContent, text("copied")));
}

// ---------------------------------------------------------------- opening

async function open(asking) {
  at("opening").hidden = false;
  try {
    opened = await asking;
  } catch (error) {
    fail(error);
    return;
  } finally {
    at("opening").hidden = true;
  }
  at("start").hidden = true;
  at("editor").hidden = false;
  at("before").src = opened.screen;
  at("after").src = opened.screen;
  const { width, height, format, bytes, name } = opened;
  at("facts").textContent = [name, text("facts", { width, height, format, size: human(bytes) })].filter(Boolean).join(" · ");
  compare();
  refresh();
}

function openFile(file) {
  if (file) open(request("/edit/upload", { body: file }));
}

// Records that were selected in the library stand behind the #; the first of them shows what the edit does.
function readSelection() {
  selected = location.hash.slice(1).split("&").filter(Boolean).map(decodeURIComponent);
  const some = selected.length > 0;
  const words = some ? text("batch_selected", { count: selected.length }) : text("batch");
  at("batch-title").textContent = words;
  at("to-batch").textContent = words;
  at("to-batch").hidden = !some;
  at("batch-folder").hidden = some;
  at("batch-folder").querySelector("input").disabled = some;
  at("batch-destination").required = !some;
  at("batch-hint").hidden = !some;
  at("batch-box").open = some;
}

function openRecord() {
  const collection = parameters().get("collection");
  const record = parameters().get("record") ?? selected[0];
  if (collection && record) {
    open(request(`/edit/${encodeURIComponent(collection)}/open`, { body: { record } }));
  }
}

at("file").addEventListener("change", () => openFile(at("file").files[0]));
at("another").addEventListener("click", () => {
  history.pushState(null, "", location.pathname + query({ collection: "", record: "" }));
  readSelection();
  at("editor").hidden = true;
  at("start").hidden = false;
  at("file").value = "";
});
document.addEventListener("paste", (event) => openFile(event.clipboardData?.files[0]));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  at("start").classList.add("over");
});
document.addEventListener("dragleave", () => at("start").classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  at("start").classList.remove("over");
  openFile(event.dataTransfer.files[0]);
});
addEventListener("popstate", () => {
  readSelection();
  edit = said();
  controls.write(edit);
  follow();
});

at("controls").append(...controls.nodes);
at("controls").addEventListener("submit", (event) => event.preventDefault());
controls.write(edit);
readSelection();
openRecord();
