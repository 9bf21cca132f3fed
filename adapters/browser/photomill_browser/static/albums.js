// An owner's groups, and one group: its photos and their order, how it is shared, and what visitors like.

import { copy, data, element, fail, keepLooking, query, request, say, text } from "./base.js";
import { Uploads } from "./uploads.js";
import { follow } from "./zips.js";

const by = (id) => document.getElementById(id);
const file = (path) => data.files + path;

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

if (by("new-form")) listOfGroups();
if (by("tiles")) oneGroup();

function listOfGroups() {
  by("new").addEventListener("click", () => by("new-box").showModal());
  by("new-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const body = { name: by("group-name").value, day: by("group-day").value };
      location.assign((await request(data.create, { body })).address);
    } catch (error) {
      fail(error);
    }
  });
  by("day").addEventListener("change", () => by("days").requestSubmit());
}

/** Ask before something is done; with a `field`, gives what is typed. Gives null where nobody wants it. */
function ask({ title, lead = "", label, danger = false, field }) {
  const box = by("ask-box");
  by("ask-title").textContent = title;
  by("ask-lead").textContent = lead;
  by("ask-lead").hidden = !lead;
  by("ask-do").textContent = label;
  by("ask-do").classList.toggle("danger-fill", danger);
  by("ask-field").hidden = field === undefined;
  by("ask-field").value = field ?? "";
  by("ask-field").setAttribute("aria-label", title);
  box.returnValue = "";
  box.showModal();
  return new Promise((resolve) => {
    const form = by("ask-form");
    const agree = (event) => {
      event.preventDefault();
      box.close("yes");
    };
    form.addEventListener("submit", agree);
    box.addEventListener(
      "close",
      () => {
        form.removeEventListener("submit", agree);
        resolve(box.returnValue === "yes" ? (field === undefined ? true : by("ask-field").value) : null);
      },
      { once: true },
    );
  });
}

function oneGroup() {
  let photos = data.photos;
  const chosen = new Set();

  // ------------------------------------------------------------ tabs

  const names = ["photos", "sharing", "favourites"];
  const tab = (name) => by(`tab-${name}`);

  function showTab() {
    const wanted = new URLSearchParams(location.search).get("tab");
    const current = names.includes(wanted) ? wanted : "photos";
    for (const name of names) {
      tab(name).setAttribute("aria-selected", name === current);
      tab(name).tabIndex = name === current ? 0 : -1;
      by(`panel-${name}`).hidden = name !== current;
    }
  }

  for (const [place, name] of names.entries()) {
    tab(name).addEventListener("click", () => {
      history.pushState(null, "", query({ tab: name === "photos" ? "" : name }) || location.pathname);
      showTab();
    });
    tab(name).addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      const next = tab(names[(place + step + names.length) % names.length]);
      next.click();
      next.focus();
    });
  }
  window.addEventListener("popstate", showTab);
  showTab();

  // ------------------------------------------------------------ name and link

  const nameField = by("group-name");
  nameField.addEventListener("change", async () => {
    try {
      nameField.value = (await request(`${data.base}/change`, { body: { name: nameField.value } })).name;
      document.title = document.title.replace(/^.*(?= · )/, nameField.value);
      say(text("saved"), { seconds: 2 });
    } catch (error) {
      fail(error);
    }
  });
  nameField.addEventListener("keydown", (event) => event.key === "Enter" && nameField.blur());

  const link = by("link");
  by("copy-link").addEventListener("click", () => copy(link.textContent, text("copied")));
  if (navigator.share) {
    by("share-link").hidden = false;
    by("share-link").addEventListener("click", () =>
      navigator.share({ title: nameField.value, url: link.textContent }).catch(() => {}),
    );
  }
  by("show-code").addEventListener("click", () => {
    by("code").src = `${data.base}/code.svg?${encodeURIComponent(link.textContent)}`;
    by("save-code").href = `${data.base}/code.svg?download`;
    by("code-box").showModal();
  });
  by("delete-group").addEventListener("click", async () => {
    const asked = { title: text("delete_group_title"), lead: text("delete_group_lead"), label: text("delete_group") };
    if (!(await ask({ ...asked, danger: true }))) return;
    stopWatching();
    try {
      await request(`${data.base}/delete`, { body: {} });
    } catch (error) {
      fail(error);
      watch();
      return;
    }
    const leave = setTimeout(() => location.assign(data.list), 6000);
    const restore = async () => {
      clearTimeout(leave);
      await request(`${data.base}/restore`, { body: {} }).then(watch, fail);
    };
    say(text("deleted"), { action: { label: text("undo"), run: restore } });
  });

  // ------------------------------------------------------------ photos

  const list = by("tiles");
  const tiles = new Map();

  function makeTile(id) {
    const box = element("input", { type: "checkbox", onchange: () => choose(id, box.checked) });
    const image = element("img", { alt: "", loading: "lazy", draggable: "false" });
    const name = element("span", { class: "name" });
    const marks = element("span", { class: "marks" });
    const open = element("a", { class: "large", target: "_blank" }, image);
    const tile = element("li", { class: "tile", draggable: "true" }, open, element("label", { class: "pick" }, box), marks, name);
    tile.dataset.id = id;
    return { tile, box, image, name, marks, open };
  }

  function showTile(photo) {
    if (!tiles.has(photo.id)) tiles.set(photo.id, makeTile(photo.id));
    const { tile, box, image, name, marks, open } = tiles.get(photo.id);
    tile.classList.toggle("chosen", chosen.has(photo.id));
    tile.classList.toggle("waiting", photo.state === "uploaded");
    tile.style.backgroundColor = photo.colour;
    box.checked = chosen.has(photo.id);
    box.setAttribute("aria-label", photo.name);
    if (photo.thumb && image.getAttribute("src") !== file(photo.thumb)) image.src = file(photo.thumb);
    image.hidden = !photo.thumb;
    image.alt = photo.name;
    if (photo.large) open.href = file(photo.large);
    else open.removeAttribute("href");
    name.textContent = photo.name;
    const said = [];
    if (photo.cover) said.push(element("span", { class: "mark" }, text("cover")));
    if (photo.liked) said.push(element("span", { class: "mark liked", title: text("liked", { count: photo.liked }) }, `♥ ${photo.liked}`));
    if (photo.state === "uploaded") said.push(element("span", { class: "mark" }, text("processing")));
    if (photo.state === "failed") said.push(element("span", { class: "mark bad", title: photo.error }, text("unreadable")));
    if (photo.duplicate) said.push(element("span", { class: "mark", title: text("duplicate") }, "≈"));
    marks.replaceChildren(...said);
    return tile;
  }

  function showPhotos() {
    const there = new Set(photos.map((photo) => photo.id));
    for (const id of [...chosen]) if (!there.has(id)) chosen.delete(id);
    for (const id of [...tiles.keys()]) {
      if (!there.has(id)) {
        tiles.get(id).tile.remove();
        tiles.delete(id);
      }
    }
    photos.forEach((photo, place) => {
      const tile = showTile(photo);
      if (list.children[place] !== tile) list.insertBefore(tile, list.children[place] ?? null);
    });
    by("count").textContent = photos.length || "";
    by("arrange").hidden = photos.length === 0;
    by("drop").classList.toggle("small", photos.length > 0);
    by("selected").textContent = chosen.size ? text("selected", { count: chosen.size }) : "";
    by("select-all").textContent = text(chosen.size === photos.length ? "select_none" : "select_all");
    by("remove").hidden = chosen.size === 0;
    for (const id of ["make-cover", "rename"]) by(id).hidden = chosen.size !== 1;
  }

  function choose(id, on) {
    if (on) chosen.add(id);
    else chosen.delete(id);
    showPhotos();
  }

  /** Ask how the photos are, until none is in work. */
  let stopWatching = () => {};
  function watch() {
    stopWatching();
    stopWatching = keepLooking(async (signal) => {
      photos = (await request(`${data.base}/state`, { signal })).photos;
      showPhotos();
      return photos.some((photo) => photo.state === "uploaded");
    });
  }

  async function change(path, body, done) {
    try {
      photos = (await request(`${data.base}/${path}`, { body })).photos;
      showPhotos();
      if (done) say(done, { seconds: 2 });
    } catch (error) {
      fail(error);
      watch();
    }
  }

  const keepOrder = () => change("arrange", { photos: photos.map((photo) => photo.id) });

  function move(id, to) {
    const from = photos.findIndex((photo) => photo.id === id);
    if (from < 0 || to < 0 || to >= photos.length || from === to) return;
    photos.splice(to, 0, ...photos.splice(from, 1));
    showPhotos();
  }

  by("select-all").addEventListener("click", () => {
    const all = chosen.size < photos.length;
    chosen.clear();
    if (all) for (const photo of photos) chosen.add(photo.id);
    showPhotos();
  });
  by("remove").addEventListener("click", async () => {
    const count = chosen.size;
    const asked = { title: text("remove_title", { count }), lead: text("remove_lead"), label: text("remove") };
    if (await ask({ ...asked, danger: true })) change("remove", { photos: [...chosen] });
  });
  by("make-cover").addEventListener("click", async () => {
    try {
      await request(`${data.base}/change`, { body: { cover: [...chosen][0] } });
      say(text("cover_set"), { seconds: 2 });
    } catch (error) {
      fail(error);
    }
    watch();
  });
  by("rename").addEventListener("click", async () => {
    const [photo] = [...chosen];
    let name = photos.find((each) => each.id === photo).name;
    let lead = "";
    do {
      name = await ask({ title: text("new_name"), lead, label: text("rename"), field: name });
      if (name === null) return;
      lead = "";
      try {
        await request(`${data.base}/rename`, { body: { photo, name } });
      } catch (error) {
        if (error.status === undefined) throw error;
        // What was typed is asked for again, with what is wrong with it.
        lead = error.message;
      }
    } while (lead);
    watch();
  });
  by("by-name").addEventListener("click", () => change("arrange", { photos: [] }, text("sorted")));
  by("by-time").addEventListener("click", () => {
    const known = photos.filter((photo) => photo.taken !== null).sort((one, other) => one.taken - other.taken);
    change("arrange", { photos: known.map((photo) => photo.id) }, text("sorted"));
  });

  // Tiles are dragged by mouse, and moved by keys.
  let dragged = null;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".tile")?.dataset.id ?? null;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
    event.target.closest(".tile").classList.add("dragged");
  });
  list.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const over = event.target.closest(".tile");
    if (!over || over.dataset.id === dragged) return;
    const box = over.getBoundingClientRect();
    const from = photos.findIndex((photo) => photo.id === dragged);
    const to = photos.findIndex((photo) => photo.id === over.dataset.id);
    // Past the middle, so that tiles do not change places to and fro.
    const past = to > from ? event.clientX > box.left + box.width / 2 : event.clientX < box.left + box.width / 2;
    if (past) move(dragged, to);
  });
  list.addEventListener("drop", (event) => dragged && event.preventDefault());
  list.addEventListener("dragend", (event) => {
    event.target.closest(".tile")?.classList.remove("dragged");
    if (dragged) keepOrder();
    dragged = null;
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    const id = event.target.closest(".tile")?.dataset.id;
    if (!step || !event.altKey || !id) return;
    event.preventDefault();
    const to = photos.findIndex((photo) => photo.id === id) + step;
    move(id, to);
    event.target.focus();
    keepOrder();
    if (photos[to]) by("selected").textContent = text("moved", { name: photos[to].name, place: to + 1, count: photos.length });
  });

  // ------------------------------------------------------------ uploads

  const uploads = new Uploads(data, watch);
  by("choose").addEventListener("click", () => by("files").click());
  by("choose-folder").addEventListener("click", () => by("folder").click());
  for (const id of ["files", "folder"]) {
    by(id).addEventListener("change", () => {
      uploads.add([...by(id).files]);
      by(id).value = "";
    });
  }
  const ofFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!ofFiles(event)) return;
    event.preventDefault();
    by("drop").classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) by("drop").classList.remove("over");
  });
  document.addEventListener("drop", async (event) => {
    if (!ofFiles(event)) return;
    event.preventDefault();
    by("drop").classList.remove("over");
    uploads.add(await dropped(event.dataTransfer));
  });

  showPhotos();
  if (photos.some((photo) => photo.state === "uploaded")) watch();

  // ------------------------------------------------------------ sharing

  const form = by("sharing");
  form.addEventListener("input", () => {
    by("unsaved").hidden = false;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = by("password").value;
    const options = {
      message: by("message").value,
      watermark: by("watermark").checked,
      favourites: by("favourites").checked,
      downloads: form.elements.downloads.value,
    };
    const password = by("no-password").checked ? "" : typed || null;
    try {
      const now = await request(`${data.base}/share`, { body: { options, ends: by("ends").value, password } });
      by("password").value = "";
      by("no-password").checked = false;
      by("no-password-choice").hidden = !now.protected;
      by("password-hint").textContent = text(now.protected ? "password_keep" : "password_none");
      by("unsaved").hidden = true;
      say(text("saved"), { seconds: 3 });
    } catch (error) {
      fail(error);
    }
  });
  by("renew").addEventListener("click", async () => {
    const asked = { title: text("renew_title"), lead: text("renew_hint"), label: text("renew"), danger: true };
    if (!(await ask(asked))) return;
    try {
      link.textContent = (await request(`${data.base}/renew`, { body: {} })).link;
      by("open-link").href = link.textContent;
      say(text("renewed"));
    } catch (error) {
      fail(error);
    }
  });

  // ------------------------------------------------------------ favourites

  for (const card of document.querySelectorAll(".visitor")) {
    const body = { visitor: card.dataset.id };
    const doing = {
      copy: () => {
        const marked = card.dataset.names.split("\n").filter(Boolean);
        copy(marked.join("\n"), text("names_copied", { count: marked.length }));
      },
      pack: async () => {
        const box = card.querySelector(".packing");
        const show = { bar: box.querySelector("progress"), words: box.querySelector("p"), link: box.querySelector("a") };
        box.hidden = false;
        show.words.textContent = text("waiting");
        const ordered = await request(`${data.base}/pack`, { body });
        await follow(ordered, `${data.base}/pack`, new AbortController().signal, show);
      },
      forget: async () => {
        if (!(await ask({ title: text("forget_title"), label: text("forget"), danger: true }))) return;
        await request(`${data.base}/forget`, { body });
        card.remove();
        say(text("forgotten"), { seconds: 2 });
      },
    };
    for (const button of card.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => Promise.resolve(doing[button.dataset.do]()).catch(fail));
    }
  }
}

/** The files that were dropped, those in folders too. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const found = [];
  const read = async (entry) => {
    if (entry.isFile) {
      found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const each of some) await read(each);
    }
  };
  for (const entry of entries) await read(entry);
  return found;
}
