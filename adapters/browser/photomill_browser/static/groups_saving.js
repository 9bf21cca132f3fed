// Saving groups: downloads, tags, and what is copied little by little, so that the page can say how far it is.

import { element, request, say, text } from "./base.js";

const by = (id) => document.getElementById(id);

/** `page` tells how the groups are arranged. */
export function offerSaving(data, page) {
  const home = `/groups/${data.job}`;
  const menu = by("save");

  for (const form of document.querySelectorAll("form.download")) {
    form.addEventListener("submit", () => {
      form.elements.arrangement.value = page.written();
      menu.open = false;
    });
  }
  for (const button of menu.querySelectorAll("[data-box]")) {
    button.addEventListener("click", () => {
      menu.open = false;
      by(button.dataset.box).showModal();
    });
  }
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }

  const saving = { tags, folders, album };
  for (const form of document.querySelectorAll("form[data-way]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(form, saving[form.dataset.way]);
    });
  }

  async function save(form, way) {
    const button = form.querySelector(".button.primary");
    const problem = form.querySelector(".problem");
    problem.hidden = true;
    button.disabled = true;
    try {
      await way(form, Object.fromEntries(new FormData(form)));
    } catch (error) {
      if (error.status === undefined) throw error;
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  }

  // ---------------------------------------------------------- tags

  const tagName = by("tag-name");
  if (tagName) {
    const explain = () => {
      by("tag-hint").textContent = text("tags_hint", { name: tagName.value.trim() || text("tag_default") });
    };
    tagName.addEventListener("input", explain);
    explain();
  }

  async function tags(form, { name }) {
    const { changed } = await request(`${home}/tags`, { body: { arrangement: page.written(), name: name.trim() } });
    form.closest("dialog").close();
    const run = () => location.assign(`/library/${data.collection}?filter=${encodeURIComponent(JSON.stringify({ tags: `${name.trim()} 1` }))}`);
    say(text("tagged", { count: changed }), { action: { label: text("show_tagged"), run }, seconds: 12 });
  }

  // ---------------------------------------------------------- folders and albums

  async function folders(form, { destination }) {
    const body = { arrangement: page.written(), destination };
    const progress = new Progress(form, count());
    await inPortions(count(), (begin) => request(`${home}/folders`, { body: { ...body, begin } }), progress);
    progress.end();
  }

  async function album(form, { name, owner, many }) {
    const arrangement = page.written();
    const groups = page.groups();
    const numbers = many ? groups.map((_, number) => number + 1) : [0];
    const progress = new Progress(form, count());
    let address;
    for (const group of numbers) {
      if (progress.stopped) break;
      const made = await request(`${home}/album`, { body: { owner, name: group ? `${name.trim()} ${group}` : name.trim() } });
      address = made.address;
      const added = [];
      const total = group ? groups[group - 1].members.length : count();
      await inPortions(
        total,
        async (begin) => {
          const answer = await request(`${home}/album/add`, { body: { arrangement, album: made.album, group, begin } });
          added.push(...answer.added);
          return answer;
        },
        progress,
      );
      if (added.length) await request(`${made.address}/arrange`, { body: { photos: added } });
    }
    progress.end(numbers.length > 1 ? "/albums" : address);
  }

  const count = () => page.groups().reduce((sum, group) => sum + group.members.length, 0);
}

/** Ask for portion after portion, until all are done or somebody stops it. */
async function inPortions(total, ask, progress) {
  let begin = 0;
  while (begin < total && !progress.stopped) {
    const answer = await ask(begin);
    begin += answer.done;
    progress.advance(answer);
    if (!answer.done) return;
  }
}

/** How far a form's saving is, in its dialog, which stops it when it is closed. */
class Progress {
  constructor(form, total) {
    this.box = form.querySelector(".progress");
    this.bar = this.box.querySelector("progress");
    this.words = this.box.querySelector("p");
    this.list = this.box.querySelector("ul");
    this.result = form.querySelector("[data-result]");
    this.total = total;
    this.done = 0;
    this.failed = 0;
    this.stopped = false;
    this.bar.max = total;
    this.bar.value = 0;
    this.list.replaceChildren();
    this.words.textContent = text("saving", { done: 0, count: total });
    this.box.hidden = false;
    if (this.result) this.result.hidden = true;
    this.stop = () => {
      this.stopped = true;
    };
    form.closest("dialog").addEventListener("close", this.stop, { once: true });
  }

  advance({ done, failed }) {
    this.done += done;
    this.failed += failed.length;
    this.bar.value = this.done;
    this.words.textContent = text("saving", { done: this.done, count: this.total });
    this.list.append(...failed.map((each) => element("li", {}, text("not_saved", each))));
  }

  end(address) {
    const count = this.done - this.failed;
    const words = text(this.failed ? "saved_some" : "saved_all", { count, failed: this.failed });
    this.words.textContent = this.stopped ? `${text("stopped")} ${words}` : words;
    if (this.stopped) say(this.words.textContent);
    if (!address || !this.result) return;
    this.result.href = address;
    this.result.hidden = false;
  }
}
