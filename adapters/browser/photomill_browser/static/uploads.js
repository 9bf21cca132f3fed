// Uploads of photos: each by itself, so that what is there is not sent again, and what fails is tried again.

import { element, request, say, text } from "./base.js";
import { size } from "./zips.js";

const AT_ONCE = 3;
const TRIES = 5;
const PORTION = 25;
const HASHED = 20_000_000;

const by = (id) => document.getElementById(id);
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** The SHA-256 of a file, in hexadecimal; empty where the browser has none to offer, as without https. */
async function hash(file) {
  if (!globalThis.crypto?.subtle || file.size > HASHED) return "";
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Uploads {
  /** `changed` is called when photos have arrived. */
  constructor(data, changed) {
    this.data = data;
    this.changed = changed;
    this.items = [];
    this.queue = [];
    this.places = [];
    this.working = 0;
    this.paused = false;
    by("retry").addEventListener("click", () => this.retry());
    by("pause").addEventListener("click", () => this.pause(!this.paused));
    by("hide").addEventListener("click", () => this.clear());
    window.addEventListener("beforeunload", (event) => {
      if (this.open.length) event.preventDefault();
    });
    window.addEventListener("online", () => this.retry());
  }

  get open() {
    return this.items.filter((item) => !["sent", "held", "failed"].includes(item.state));
  }

  async add(files) {
    const images = files.filter((file) => file.type.startsWith("image/") || /\.(hei[cf]|tiff?)$/i.test(file.name));
    for (const file of files) if (!images.includes(file)) say(text("no_image", { name: file.name }));
    const added = images.map((file) => this.item(file));
    const small = added.filter((item) => {
      if (item.file.size <= this.data.most) return true;
      this.failed(item, text("too_large", { size: size(this.data.most) }), false);
      return false;
    });
    this.show();
    for (let begin = 0; begin < small.length; begin += PORTION) await this.check(small.slice(begin, begin + PORTION));
  }

  item(file) {
    const words = element("span", { class: "state" });
    const bar = element("progress", { max: "1", value: "0", "aria-label": file.name });
    const row = element("li", {}, element("span", { class: "name" }, file.name), bar, words);
    const item = { file, row, words, bar, sent: 0, tries: 0 };
    by("upload-list").append(row);
    this.items.push(item);
    this.say(item, "checking");
    return item;
  }

  /** Leave out what the group has already, and queue the rest. */
  async check(items) {
    try {
      const held = await this.held(items);
      items.forEach((item, place) => {
        if (held[place]) {
          item.sent = item.file.size;
          this.say(item, "held");
        } else this.enqueue(item);
      });
    } catch (error) {
      for (const item of items) this.failed(item, error.message);
    }
    this.show();
    this.work();
  }

  /** Which of these files the group has. */
  async held(items) {
    for (const item of items) item.sha256 ??= await hash(item.file);
    const files = items.map(({ file, sha256 }) => ({ name: file.name, bytes: file.size, sha256 }));
    return (await request(`${this.data.base}/held`, { body: { files } })).held;
  }

  enqueue(item) {
    this.say(item, "waiting");
    this.queue.push(item);
  }

  work() {
    while (!this.paused && this.working < AT_ONCE && this.queue.length) {
      this.working += 1;
      this.send(this.queue.shift()).finally(() => {
        this.working -= 1;
        this.show();
        this.work();
      });
    }
  }

  async send(item) {
    while (!this.paused) {
      item.tries += 1;
      try {
        // An upload whose answer was lost may have arrived.
        const arrived = item.tries > 1 && (await this.held([item]))[0];
        if (!arrived) await this.put(item, await this.place());
        item.sent = item.file.size;
        this.say(item, "sent");
        this.changed();
        return;
      } catch (error) {
        item.sent = 0;
        if (error.final || item.tries >= TRIES) {
          this.failed(item, error.message);
          return;
        }
        this.say(item, "again");
        this.show();
        await pause(Math.min(20, 2 ** (item.tries - 1)));
      }
    }
    this.enqueue(item);
  }

  /** An address for one photo. */
  async place() {
    this.places = this.places.filter((place) => place.until > Date.now());
    if (!this.places.length) {
      const count = Math.min(PORTION, this.queue.length + 1);
      const { places } = await request(`${this.data.base}/reserve`, { body: { count } });
      // Addresses are good for an hour or so; older ones are not used.
      for (const place of places) this.places.push({ ...place, until: Date.now() + 600_000 });
      if (!this.places.length) throw Object.assign(new Error(text("state_failed", { error: "" })), { final: true });
    }
    return this.places.shift();
  }

  put(item, place) {
    const form = new FormData();
    form.append("GroupId", this.data.group);
    form.append("PhotoId", place.photo);
    form.append("file", item.file, item.file.name);
    return new Promise((resolve, reject) => {
      const sending = new XMLHttpRequest();
      item.sending = sending;
      sending.open("PUT", place.address);
      sending.upload.addEventListener("progress", (event) => {
        item.sent = Math.min(item.file.size, event.loaded);
        this.say(item, "sending", { percent: Math.floor((100 * event.loaded) / event.total) });
        this.show();
      });
      sending.addEventListener("load", () => {
        if (sending.status < 300) {
          resolve();
          return;
        }
        let message = sending.statusText;
        try {
          message = JSON.parse(sending.responseText).Error ?? message;
        } catch {
          // A proxy's page: its status says enough.
        }
        // A photo that is none stays none; everything else may pass.
        const final = sending.status >= 400 && sending.status < 500 && ![403, 404, 408, 409, 429].includes(sending.status);
        reject(Object.assign(new Error(message), { final }));
      });
      for (const event of ["error", "abort", "timeout"]) {
        sending.addEventListener(event, () => reject(new Error(text("unreachable"))));
      }
      sending.send(form);
    });
  }

  failed(item, error, again = true) {
    item.again = again;
    this.say(item, "failed", { error });
  }

  retry() {
    for (const item of this.items.filter((each) => each.state === "failed" && each.again)) {
      item.tries = 0;
      this.enqueue(item);
    }
    this.pause(false);
    this.show();
  }

  pause(paused) {
    this.paused = paused;
    by("pause").textContent = text(paused ? "resume" : "pause");
    if (paused) for (const item of this.items.filter((each) => each.state === "sending")) item.sending.abort();
    this.work();
  }

  clear() {
    this.items = this.items.filter((item) => this.open.includes(item));
    by("upload-list").replaceChildren(...this.items.map((item) => item.row));
    this.show();
  }

  say(item, state, values = {}) {
    item.state = state;
    item.row.dataset.state = state;
    item.bar.value = item.file.size ? item.sent / item.file.size : 0;
    if (["sent", "held"].includes(state)) item.bar.value = 1;
    item.words.textContent = text(`state_${state}`, values);
  }

  show() {
    const count = this.items.length;
    const failed = this.items.filter((item) => item.state === "failed").length;
    const done = this.items.filter((item) => ["sent", "held"].includes(item.state)).length;
    const all = this.items.reduce((sum, item) => sum + item.file.size, 0);
    const sent = this.items.reduce((sum, item) => sum + item.sent, 0);
    const share = all ? sent / all : 0;
    by("uploads").hidden = count === 0;
    by("upload-bar").value = share;
    const words = [
      done === count
        ? text("upload_done", { count })
        : text("upload_progress", { done, count, percent: Math.floor(100 * share) }),
    ];
    if (failed) words.push(text("upload_failed", { count: failed }));
    by("upload-words").textContent = words.join(" · ");
    by("retry").hidden = !this.items.some((item) => item.state === "failed" && item.again);
    by("pause").hidden = this.open.length === 0;
    by("hide").hidden = this.open.length > 0;
  }
}
