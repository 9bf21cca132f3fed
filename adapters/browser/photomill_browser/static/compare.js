// Two images beside each other: zoomed and moved together, one for the other, or with their differences marked.

import { data, element, fail, number, request, text } from "./base.js";
import { bytes, size, thumbnailAddress, time } from "./facts.js";

const home = `/library/${data.collection}`;
const find = (id) => document.getElementById(id);
const dialog = find("compare");
const stages = find("stages");
const figures = [find("one"), find("other")];
const MOST_ZOOM = 32;
const LONGEST = 1000; // pixels of the images that are compared
const UNLIKE = 32; // of 255: what is less is the noise of compression

let shown; // {records, at, keeps, decide, closed}
let way = "beside";
let view = { scale: 1, x: 0, y: 0 };
let swapped = false;

const one = () => shown.records[0];
const other = () => shown.records[shown.at];
const images = () => figures.map((figure) => figure.querySelector("img"));
const canvas = figures[1].querySelector("canvas");

/**
 * Compare the first of some records with the others.
 * `keeps(record)` tells what is chosen, `decide(record, keep)` changes it, `switched(record)` hears which one is shown.
 */
export function compare({ records, at, keeps, decide, switched, closed }) {
  shown = { records, at, keeps, decide, switched, closed };
  swapped = false;
  view = { scale: 1, x: 0, y: 0 };
  if (!dialog.open) dialog.showModal();
  // On a button, Space would be that button's.
  stages.focus();
  show();
}

export const isOpen = () => dialog.open;

/** Close the comparison; whoever opened it hears of it at once. */
export function close() {
  if (!dialog.open) return;
  dialog.close();
  shown.closed();
}

function show() {
  swapped = false;
  load().catch(fail);
  showFacts();
  draw();
}

// ------------------------------------------------------------ the images

async function load() {
  const pair = [one(), other()];
  const asked = pair.map((record) => `id=${encodeURIComponent(record.id)}`).join("&");
  for (const [place, record] of pair.entries()) {
    const image = images()[place];
    image.alt = record.name;
    // The thumbnail is there at once, the image a moment later.
    if (image.dataset.id !== record.id) {
      image.dataset.id = record.id;
      image.src = record.tag ? thumbnailAddress(home, record) : "";
      image.hidden = !record.tag;
    }
  }
  canvas.hidden = true;
  const { readable } = await request(`${home}/duplicates/readable?${asked}`);
  for (const [place, record] of pair.entries()) {
    const image = images()[place];
    if (image.dataset.id !== record.id) return; // Another pair is shown by now.
    record.small = !readable.includes(record.id);
    if (record.small) continue;
    const address = `${home}/screen?id=${encodeURIComponent(record.id)}`;
    const large = new Image();
    large.src = address;
    await large.decode();
    if (image.dataset.id !== record.id) return;
    image.src = address;
    image.hidden = false;
  }
  await Promise.all(images().filter((image) => !image.hidden).map((image) => image.decode()));
  draw();
  if (way === "marked") mark();
}

function mark() {
  const [left, right] = images();
  if (left.hidden || right.hidden || !left.naturalWidth || !right.naturalWidth) return;
  const real = Math.min(1, LONGEST / Math.max(right.naturalWidth, right.naturalHeight));
  const width = Math.max(1, Math.round(right.naturalWidth * real));
  const height = Math.max(1, Math.round(right.naturalHeight * real));
  const pixels = [left, right].map((image) => {
    const drawn = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    drawn.imageSmoothingQuality = "high";
    drawn.drawImage(image, 0, 0, width, height);
    return drawn.getImageData(0, 0, width, height);
  });
  const [first, second] = pixels.map((each) => each.data);
  const marked = new ImageData(width, height);
  let unlike = 0;
  for (let at = 0; at < second.length; at += 4) {
    const apart = Math.max(
      Math.abs(first[at] - second[at]),
      Math.abs(first[at + 1] - second[at + 1]),
      Math.abs(first[at + 2] - second[at + 2]),
    );
    const grey = 90 + 0.45 * (0.3 * second[at] + 0.59 * second[at + 1] + 0.11 * second[at + 2]);
    const differs = apart > UNLIKE;
    unlike += differs;
    marked.data[at] = differs ? 230 : grey;
    marked.data[at + 1] = differs ? 0 : grey;
    marked.data[at + 2] = differs ? 126 : grey;
    marked.data[at + 3] = 255;
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(marked, 0, 0);
  canvas.hidden = false;
  const percent = Math.round((1000 * unlike) / (width * height)) / 10;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", text("different", { percent }));
  draw();
}

// ------------------------------------------------------------ how they are shown

function choose(name) {
  way = name;
  swapped = false;
  canvas.hidden = true;
  if (way === "marked") mark();
  draw();
}

function draw() {
  if (!shown) return;
  stages.dataset.way = way;
  for (const button of dialog.querySelectorAll("[data-way]:is(button)")) {
    button.setAttribute("aria-pressed", String(button.dataset.way === way));
  }
  const glass = figures[0].querySelector(".glass");
  const most = (room) => (room * (view.scale - 1)) / 2;
  view.x = Math.min(most(glass.clientWidth), Math.max(-most(glass.clientWidth), view.x));
  view.y = Math.min(most(glass.clientHeight), Math.max(-most(glass.clientHeight), view.y));
  for (const [place, figure] of figures.entries()) {
    const record = place ? other() : one();
    figure.classList.toggle("behind", way === "flicker" && (place === 1) !== swapped);
    for (const each of figure.querySelectorAll("img, canvas")) {
      each.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    }
    const words = [record.name, size(record), percentOf(figure, record)];
    if (record.small) words.push(text("small_only"));
    if (place && way === "marked" && !canvas.hidden) words.push(canvas.getAttribute("aria-label"));
    figure.querySelector("figcaption").textContent = words.filter(Boolean).join(" · ");
  }
  find("zoomed").textContent = `${number(Math.round(100 * view.scale) / 100)}×`;
}

/** How large a pixel of the image is on the screen. */
function percentOf(figure, record) {
  const glass = figure.querySelector(".glass");
  if (!record.width || !glass.clientWidth) return "";
  const fitted = Math.min(glass.clientWidth / record.width, glass.clientHeight / record.height);
  return text("percent", { percent: number(Math.round(100 * fitted * view.scale * devicePixelRatio)) });
}

function zoom(factor, point) {
  const box = figures[0].querySelector(".glass").getBoundingClientRect();
  const scale = Math.min(MOST_ZOOM, Math.max(1, view.scale * factor));
  const x = point ? point.x : 0;
  const y = point ? point.y : 0;
  const real = scale / view.scale;
  view = { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
  if (box.width) draw();
}

function fit() {
  view = { scale: 1, x: 0, y: 0 };
  draw();
}

function swap() {
  if (way !== "flicker") choose("flicker");
  else swapped = !swapped;
  draw();
}

// ------------------------------------------------------------ what is known of them

function showFacts() {
  const pair = [one(), other()];
  find("one-name").textContent = one().name;
  find("other-name").textContent = other().name;
  const choice = (record) => text(shown.keeps(record) ? "keep" : "drop");
  const rows = [
    ["name", (record) => record.name],
    ["folder", (record) => record.folder],
    ["size", size, (record) => record.width * record.height],
    ["bytes", (record) => bytes(record.bytes), (record) => record.bytes],
    ["format", (record) => record.format.toUpperCase()],
    ["modified", (record) => time(record.modified), (record) => (record.modified ? -Date.parse(record.modified) : 0)],
    ["choice", choice],
  ];
  find("facts").replaceChildren(
    ...rows.map(([name, say, worth]) => {
      const said = pair.map(say);
      const differs = said[0] !== said[1] && name !== "choice";
      const values = worth ? pair.map(worth) : [0, 0];
      const cells = said.map((words, place) => {
        const best = values[place] > values[1 - place];
        const cell = element("td", { class: best ? "best" : "" }, words || "–");
        if (best) cell.append(element("span", { class: "hidden-text" }, ` (${text("better")})`));
        return cell;
      });
      return element("tr", { class: differs ? "differs" : "" }, element("th", { scope: "row" }, text(`fact_${name}`)), ...cells);
    }),
  );
}

function turn(step) {
  const count = shown.records.length - 1;
  if (count < 2) return;
  shown.at = ((((shown.at - 1 + step) % count) + count) % count) + 1;
  shown.switched(other());
  show();
}

function decide(keep) {
  if (!data.mayWrite) return;
  shown.decide(other(), keep);
  showFacts();
}

// ------------------------------------------------------------ keys and pointers

dialog.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // The page behind has keys of its own.
  event.stopPropagation();
  const keys = {
    ArrowLeft: () => turn(-1),
    ArrowRight: () => turn(1),
    "+": () => zoom(1.5),
    "=": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    0: fit,
    " ": swap,
    f: () => choose(way === "flicker" ? "beside" : "flicker"),
    m: () => choose(way === "marked" ? "beside" : "marked"),
    k: () => decide(true),
    d: () => decide(false),
    c: close,
    Escape: close,
  };
  const run = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!run || (event.key === " " && event.target.closest("button"))) return;
  event.preventDefault();
  run();
});
// Closed by a gesture, for example.
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  close();
});

stages.addEventListener(
  "wheel",
  (event) => {
    const glass = event.target.closest(".glass");
    if (!glass) return;
    event.preventDefault();
    const box = glass.getBoundingClientRect();
    const point = { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), point);
  },
  { passive: false },
);

const pointers = new Map();
stages.addEventListener("pointerdown", (event) => {
  const glass = event.target.closest(".glass");
  if (!glass) return;
  glass.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, event);
});
stages.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  if (pointers.size === 2) {
    const still = [...pointers.values()].find((each) => each.pointerId !== event.pointerId);
    const apart = (each) => Math.hypot(each.clientX - still.clientX, each.clientY - still.clientY);
    zoom(apart(event) / Math.max(1, apart(before)));
  } else {
    view.x += event.clientX - before.clientX;
    view.y += event.clientY - before.clientY;
    draw();
  }
  pointers.set(event.pointerId, event);
});
for (const name of ["pointerup", "pointercancel"]) {
  stages.addEventListener(name, (event) => pointers.delete(event.pointerId));
}

for (const button of dialog.querySelectorAll("button[data-way]")) {
  button.addEventListener("click", () => choose(button.dataset.way));
}
find("in").addEventListener("click", () => zoom(1.5));
find("out").addEventListener("click", () => zoom(1 / 1.5));
find("fit").addEventListener("click", fit);
find("close-compare").addEventListener("click", close);
addEventListener("resize", () => dialog.open && draw());
