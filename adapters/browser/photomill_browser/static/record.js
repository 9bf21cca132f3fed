// One record: zoom and pan, what stands beside it in the grid, what looks like it.

import { data, element, fail, number, query, request, text } from "./base.js";

const find = (id) => document.getElementById(id);
const home = `/library/${data.collection}`;
const own = `${home}/record`;
const asked = new URLSearchParams(location.search);
const id = encodeURIComponent(data.id);
const filter = query({ q: asked.get("q"), filter: asked.get("filter"), sort: asked.get("sort") }, "");

// ------------------------------------------------------------ the image

const stage = find("stage");
const photo = find("photo");

const thumbnail = (record, tag) => `${home}/thumbnail?id=${encodeURIComponent(record)}&v=${tag}`;

// The thumbnail is there at once, the image a moment later.
photo.hidden = !data.tag;
if (data.tag) photo.src = thumbnail(data.id, data.tag);
const large = new Image();
large.addEventListener("load", () => {
  photo.hidden = false;
  find("missing").hidden = true;
  photo.src = large.src;
});

let scale = 1;
let shift = { x: 0, y: 0 };

const ENLARGED = 2;

// As large as the image is and the stage allows, whichever file stands for it.
function lay() {
  const width = data.width || photo.naturalWidth;
  const height = data.height || photo.naturalHeight;
  if (!width || !height) return;
  const real = Math.min(stage.clientWidth / width, stage.clientHeight / height, ENLARGED);
  photo.style.width = `${Math.round(width * real)}px`;
  photo.style.height = `${Math.round(height * real)}px`;
  draw();
}

function draw() {
  const { width, height } = { width: photo.clientWidth, height: photo.clientHeight };
  const limit = (size, room) => Math.max(0, (size * scale - room) / 2);
  const most = { x: limit(width, stage.clientWidth), y: limit(height, stage.clientHeight) };
  shift.x = Math.min(most.x, Math.max(-most.x, shift.x));
  shift.y = Math.min(most.y, Math.max(-most.y, shift.y));
  photo.style.transform = `translate(${shift.x}px, ${shift.y}px) scale(${scale})`;
  stage.classList.toggle("zoomed", scale > 1);
}

/** Zoom around a point of the window; around the middle without one. */
function zoom(factor, point) {
  const box = stage.getBoundingClientRect();
  const x = (point?.x ?? box.left + box.width / 2) - box.left - box.width / 2;
  const y = (point?.y ?? box.top + box.height / 2) - box.top - box.height / 2;
  const next = Math.min(16, Math.max(1, scale * factor));
  const real = next / scale;
  shift = { x: x - (x - shift.x) * real, y: y - (y - shift.y) * real };
  scale = next;
  draw();
}

function fit() {
  scale = 1;
  shift = { x: 0, y: 0 };
  draw();
}

// One pixel of the image for each of the screen.
function actual(point) {
  const full = (data.width || photo.naturalWidth) / (photo.clientWidth * devicePixelRatio);
  zoom(Math.max(2, full) / scale, point);
}

stage.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), { x: event.clientX, y: event.clientY });
  },
  { passive: false },
);
stage.addEventListener("dblclick", (event) => {
  if (event.target.closest(".button")) return;
  if (scale > 1) fit();
  else actual({ x: event.clientX, y: event.clientY });
});

const pointers = new Map();
let swiped;
stage.addEventListener("pointerdown", (event) => {
  if (event.target.closest(".button")) return;
  stage.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, event);
  swiped = pointers.size === 1 && scale === 1 && event.pointerType === "touch" ? event.clientX : undefined;
});
stage.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  if (pointers.size === 2) {
    const other = [...pointers.values()].find((each) => each.pointerId !== event.pointerId);
    const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const middle = { x: (event.clientX + other.clientX) / 2, y: (event.clientY + other.clientY) / 2 };
    zoom(distance(event) / Math.max(1, distance(before)), middle);
    swiped = undefined;
  } else if (scale > 1) {
    shift = { x: shift.x + event.clientX - before.clientX, y: shift.y + event.clientY - before.clientY };
    draw();
  }
  pointers.set(event.pointerId, event);
});
for (const name of ["pointerup", "pointercancel"]) {
  stage.addEventListener(name, (event) => {
    pointers.delete(event.pointerId);
    if (swiped === undefined || name !== "pointerup") return;
    const moved = event.clientX - swiped;
    if (Math.abs(moved) > 60) follow(moved > 0 ? "previous" : "next");
    swiped = undefined;
  });
}
find("in").addEventListener("click", () => zoom(1.6));
find("out").addEventListener("click", () => zoom(1 / 1.6));
find("fit").addEventListener("click", fit);
addEventListener("resize", lay);
photo.addEventListener("load", lay);
lay();

// ------------------------------------------------------------ beside it

// Going on from image to image leaves one entry in the history: back leads to the grid.
function follow(name) {
  const link = find(name);
  if (!link.hidden) location.replace(link.href);
}

for (const name of ["previous", "next"]) {
  find(name).addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    follow(name);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, .menu")) return;
  const keys = {
    ArrowLeft: () => follow("previous"),
    ArrowRight: () => follow("next"),
    Escape: () => find("back").click(),
    "+": () => zoom(1.6),
    "=": () => zoom(1.6),
    "-": () => zoom(1 / 1.6),
    0: fit,
  };
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

async function showNeighbours() {
  const kept = `layout ${data.collection}${filter}`;
  const layout = sessionStorage.getItem(kept) ?? "";
  const found = await request(`${own}/neighbours${query({ id: data.id, layout }, filter)}`);
  sessionStorage.setItem(kept, found.layout);
  const at = found.index || "";
  find("back").href = `${home}${query({ at }, filter)}`;
  if (found.index === null) return;
  find("place").textContent = text("place_of", { index: found.index + 1, count: found.count });
  for (const name of ["previous", "next"]) {
    const link = find(name);
    link.hidden = found[name] === undefined;
    if (link.hidden) continue;
    link.href = `${own}${query({ id: found[name] }, filter)}`;
    const tag = found.tags[found[name]];
    if (tag) new Image().src = thumbnail(found[name], tag);
  }
}

// ------------------------------------------------------------ what is known of it, and what looks like it

function tile(record, words) {
  const image = record.tag
    ? element("img", {
        src: thumbnail(record.id, record.tag),
        alt: record.name,
        loading: "lazy",
        decoding: "async",
      })
    : element("span", { class: "plain" }, record.name);
  const title = text("distance", { distance: record.distance });
  return element(
    "li",
    {},
    element(
      "a",
      { href: `${own}${query({ id: record.id }, "")}`, title: `${record.name} · ${title}` },
      image,
      element("span", { class: "alike-words" }, words),
    ),
  );
}

async function showSimilar() {
  const found = await request(`${own}/similar?id=${id}`);
  const show = (name, tiles, words) => {
    const section = find(name);
    section.hidden = tiles.length === 0;
    section.querySelector("h2").title = text("plan", found);
    section.querySelector("ul").replaceChildren(...tiles.map((each) => tile(each, words(each))));
  };
  show("duplicates", found.duplicates, (each) => text(each.kind === "similar" ? each.words : each.kind));
  show("similar", found.similar, (each) => text(each.words));
}

async function showExif() {
  const found = await request(`${own}/exif?id=${id}`);
  if (found.original) large.src = `${home}/screen?id=${id}`;
  else {
    find("download").hidden = true;
    find("missing").hidden = false;
    if (!data.tag) find("missing").textContent = text("no_image");
  }
  if (!found.fields.length) return;
  find("exif").hidden = false;
  find("exif")
    .querySelector("dl")
    .replaceChildren(...found.fields.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

const size = find("bytes");
if (size) {
  const amount = Number(size.dataset.bytes);
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, amount)) / 3));
  const format = { style: "unit", unit: units[power], maximumFractionDigits: power > 1 ? 1 : 0 };
  size.textContent = new Intl.NumberFormat(document.documentElement.lang, format).format(amount / 1000 ** power);
}

for (const work of [showNeighbours, showExif, showSimilar]) work().catch(fail);
