// A group for its visitors: favourites, the large view with swipe and keys, sending, and downloads.

import { data, element, fail, query, request, say, text } from "./base.js";
import { follow } from "./zips.js";

const by = (id) => document.getElementById(id);
const photos = new Map(data.photos?.map((photo) => [photo.id, photo]));
const tiles = [...document.querySelectorAll(".tile")];
const favourites = new Set(data.visitor?.favourites);
const file = (path) => data.files + path;
const parameters = () => new URLSearchParams(location.search);

// ---------------------------------------------------------------- favourites

let visitor = data.visitor;

function showFavourites() {
  for (const tile of tiles) {
    const marked = favourites.has(tile.dataset.id);
    const heart = tile.querySelector(".heart");
    const name = photos.get(tile.dataset.id).name;
    heart?.setAttribute("aria-pressed", marked);
    heart?.setAttribute("aria-label", `${text(marked ? "unmark" : "mark")}: ${name}`);
  }
  if (!data.favourites || !tiles.length) return;
  by("count").textContent = favourites.size;
  by("send").hidden = favourites.size === 0;
  by("send").textContent = text(visitor.sent ? "send_again" : "send");
  by("kept").textContent = text(visitor.sent ? "sent_on" : "kept_here");
  const only = parameters().get("show") === "favourites";
  by("show-all").setAttribute("aria-pressed", !only);
  by("show-favourites").setAttribute("aria-pressed", only);
  for (const tile of tiles) tile.hidden = only && !favourites.has(tile.dataset.id);
  by("none").hidden = !only || favourites.size > 0;
}

const shown = () => tiles.filter((tile) => !tile.hidden).map((tile) => tile.dataset.id);

// One after the other, so that the last tap counts.
let last = Promise.resolve();

function toggle(id) {
  const favourite = !favourites.has(id);
  if (favourite) favourites.add(id);
  else favourites.delete(id);
  showHearts();
  last = last
    .then(() => request(`${data.base}/favourite`, { body: { photo: id, favourite } }))
    .then((answer) => {
      visitor = answer;
    })
    .catch((error) => {
      if (favourite) favourites.delete(id);
      else favourites.add(id);
      fail(error);
    })
    .finally(showHearts);
}

function showHearts() {
  // In the large view, what was taken out of the favourites stays until it is closed.
  if (viewer?.open) showMark();
  else showFavourites();
}

// ---------------------------------------------------------------- the large view

const viewer = by("viewer");
const stage = by("stage");
let order = [];
let place = 0;

function slide(id, offset) {
  const photo = photos.get(id);
  const [first] = photo.images;
  const largest = photo.images.at(-1);
  const made = element("div", { class: "slide" });
  made.style.transform = `translateX(${100 * offset}%)`;
  made.style.setProperty("--colour", photo.colour);
  if (!largest) return made;
  const sized = (image, path, name) => {
    image.width = photo.width;
    image.height = photo.height;
    image.alt = name;
    image.draggable = false;
    image.src = file(path);
    return image;
  };
  // The small one is there already; the large one takes its place when it has come.
  made.append(sized(new Image(), first[0], first === largest ? photo.name : ""));
  if (first !== largest) {
    const sharp = new Image();
    sharp.className = "sharp";
    sharp.addEventListener("load", () => sharp.classList.add("there"));
    sharp.addEventListener("error", () => offset === 0 && say(text("loading_failed"), { problem: true }));
    made.append(sized(sharp, largest[0], photo.name));
  }
  // Both as large as the window allows, and no larger than the large one is.
  const wide = largest[1];
  for (const image of made.children) image.style.width = `min(100vw, ${wide}px, ${(photo.width / photo.height) * 100}dvh)`;
  for (const image of made.children) image.style.height = "auto";
  return made;
}

function showMark() {
  const button = by("mark");
  if (!button) return;
  const marked = favourites.has(order[place]);
  button.setAttribute("aria-pressed", marked);
  const label = text(marked ? "unmark" : "mark");
  button.setAttribute("aria-label", label);
  button.title = label;
}

function show() {
  const photo = photos.get(order[place]);
  stage.classList.remove("moving");
  stage.style.transform = "";
  stage.replaceChildren(
    ...[-1, 0, 1].filter((offset) => order[place + offset]).map((offset) => slide(order[place + offset], offset)),
  );
  by("position").textContent = text("position", { place: place + 1, count: order.length });
  by("caption").textContent = photo.name;
  by("spoken").textContent = text("photo_label", { name: photo.name, place: place + 1, count: order.length });
  by("previous").disabled = place === 0;
  by("next").disabled = place === order.length - 1;
  const save = by("save");
  if (save) {
    save.href = photo.download ? file(photo.download) : "";
    save.download = photo.name + (photo.download.match(/\.\w+$/)?.[0] ?? "");
    save.hidden = !photo.download;
  }
  showMark();
}

function go(step) {
  if (!order[place + step]) {
    stage.classList.add("moving");
    stage.style.transform = "";
    return;
  }
  const arrive = () => {
    place += step;
    history.replaceState(history.state, "", query({ photo: order[place] }));
    show();
  };
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    arrive();
    return;
  }
  stage.classList.add("moving");
  stage.style.transform = `translateX(${-100 * step}%)`;
  let arrived = false;
  const once = () => {
    if (arrived) return;
    arrived = true;
    arrive();
  };
  stage.addEventListener("transitionend", once, { once: true });
  setTimeout(once, 300);
}

function openPhoto(id) {
  order = shown();
  if (!order.includes(id)) order = tiles.map((tile) => tile.dataset.id);
  place = order.indexOf(id);
  if (!viewer.open) viewer.showModal();
  show();
}

function closeViewer() {
  if (!viewer.open) return;
  const id = order[place];
  viewer.close();
  stage.replaceChildren();
  showFavourites();
  const tile = tiles.find((each) => each.dataset.id === id);
  tile?.scrollIntoView({ block: "nearest" });
  tile?.querySelector("a")?.focus({ preventScroll: true });
}

/** Back leads out of the large view, and out of it only. */
function leave() {
  if (history.state?.opened) history.back();
  else {
    history.replaceState(null, "", query({ photo: "" }) || location.pathname);
    closeViewer();
  }
}

function follow_address() {
  const id = parameters().get("photo");
  showFavourites();
  if (id && photos.has(id)) openPhoto(id);
  else closeViewer();
}

let touch = null;

function swipes() {
  stage.addEventListener("pointerdown", (event) => {
    if (event.isPrimary && event.button === 0) touch = { x: event.clientX, y: event.clientY, at: event.timeStamp };
    else touch = null;
  });
  stage.addEventListener("pointermove", (event) => {
    if (!touch || !event.isPrimary || window.visualViewport?.scale > 1.01) return;
    const moved = event.clientX - touch.x;
    if (Math.abs(moved) < 6) return;
    stage.setPointerCapture(event.pointerId);
    stage.classList.remove("moving");
    const atEnd = !order[place - Math.sign(moved)];
    stage.style.transform = `translateX(${atEnd ? moved / 4 : moved}px)`;
  });
  const end = (event) => {
    if (!touch || !event.isPrimary) return;
    const moved = event.clientX - touch.x;
    const down = event.clientY - touch.y;
    const fast = Math.abs(moved) / Math.max(1, event.timeStamp - touch.at) > 0.5;
    touch = null;
    if (event.type === "pointercancel") go(0);
    else if (Math.abs(moved) > 30 && (fast || Math.abs(moved) > innerWidth / 4)) go(moved < 0 ? 1 : -1);
    else if (down > 110 && Math.abs(moved) < 60) leave();
    else if (moved) {
      stage.classList.add("moving");
      stage.style.transform = "";
    }
  };
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1, " ": 1 };
  if (event.key in steps && !(event.key === " " && event.target.closest("button, a"))) go(steps[event.key]);
  else if (event.key === "Home") go(-place);
  else if (event.key === "End") go(order.length - 1 - place);
  else if (event.key === "f" && data.favourites) toggle(order[place]);
  else if (event.key === "d" && by("save")?.href) by("save").click();
  else return;
  event.preventDefault();
}

// ---------------------------------------------------------------- sending and downloading

function sending() {
  const box = by("send-box");
  by("send").addEventListener("click", () => {
    by("send-lead").textContent = text("send_lead", { count: favourites.size });
    by("name").value ||= visitor.name;
    by("message").value ||= visitor.message;
    box.showModal();
  });
  by("send-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await last;
      const body = { name: by("name").value, message: by("message").value };
      visitor = await request(`${data.base}/send`, { body });
      box.close();
      say(text("sent", { brand: document.querySelector(".brand-line").textContent }));
      showFavourites();
    } catch (error) {
      fail(error);
    }
  });
}

function downloads() {
  const box = by("download-box");
  let stop = null;
  by("download").addEventListener("click", () => {
    by("zip-all").textContent = text("download_all", { count: tiles.length });
    by("zip-favourites").textContent = text("download_favourites", { count: favourites.size });
    by("zip-favourites").hidden = favourites.size === 0;
    by("choices").hidden = false;
    by("progress").hidden = true;
    box.showModal();
  });
  box.addEventListener("close", () => stop?.abort());
  const start = async (chosen) => {
    stop = new AbortController();
    by("choices").hidden = true;
    by("progress").hidden = false;
    by("save-zip").hidden = true;
    by("bar").removeAttribute("value");
    by("progress-text").textContent = text("waiting");
    try {
      await last;
      const ordered = await request(`${data.base}/zip`, { body: { photos: chosen } });
      await follow(ordered, `${data.base}/zip`, stop.signal, {
        bar: by("bar"),
        words: by("progress-text"),
        link: by("save-zip"),
      });
    } catch (error) {
      by("choices").hidden = false;
      by("progress").hidden = true;
      fail(error);
    }
  };
  by("zip-all").addEventListener("click", () => start([]));
  by("zip-favourites").addEventListener("click", () => start([...favourites]));
}

// ---------------------------------------------------------------- the page

if (tiles.length) {
  for (const tile of tiles) {
    tile.style.background = photos.get(tile.dataset.id).colour;
    tile.querySelector(".heart")?.addEventListener("click", () => toggle(tile.dataset.id));
    tile.querySelector("a.open")?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState({ opened: true }, "", query({ photo: tile.dataset.id }));
      openPhoto(tile.dataset.id);
    });
  }
  if (data.favourites) {
    const only = (show) => {
      history.replaceState(null, "", query({ show }) || location.pathname);
      showFavourites();
    };
    by("show-all").addEventListener("click", () => only(""));
    by("show-favourites").addEventListener("click", () => only("favourites"));
    by("mark").addEventListener("click", () => toggle(order[place]));
    sending();
  }
  if (by("download")) downloads();
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  by("close").addEventListener("click", leave);
  by("previous").addEventListener("click", () => go(-1));
  by("next").addEventListener("click", () => go(1));
  viewer.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  viewer.addEventListener("keydown", keys);
  swipes();
  window.addEventListener("popstate", follow_address);
  follow_address();
}
