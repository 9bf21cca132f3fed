// Saving groups: downloads, tags, and copies, which are jobs that the page follows while their dialog is open.

import { request, say, text } from "./base.js";

const SECONDS = 1;

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

  // ---------------------------------------------------------- folders and albums, as jobs

  async function folders(form, { destination }) {
    const { job } = await request(`${home}/folders`, { body: { arrangement: page.written(), destination } });
    await follow(form, job);
  }

  async function album(form, { name, owner, many }) {
    const body = { arrangement: page.written(), owner, name: name.trim(), many: Boolean(many) };
    const { job, address } = await request(`${home}/albums`, { body });
    const result = form.querySelector("[data-result]");
    result.href = address;
    result.hidden = false;
    await follow(form, job);
  }
}

/** Show how far a job is in a form's dialog, until it ends or the dialog is closed; the job goes on without it. */
async function follow(form, number) {
  const dialog = form.closest("dialog");
  const box = form.querySelector(".progress");
  const bar = box.querySelector("progress");
  const [words, hint] = box.querySelectorAll("p");
  const link = form.querySelector("[data-job]");
  bar.removeAttribute("value");
  words.textContent = text("submitted");
  hint.textContent = text("goes_on", { number: String(number) });
  link.href = `/jobs/${number}`;
  for (const each of [box, hint, link]) each.hidden = false;
  while (dialog.open) {
    const [job] = (await request(`/jobs/status?number=${number}`)).jobs;
    if (!job) return;
    if (job.total !== null) {
      bar.max = Math.max(job.total, 1);
      bar.value = job.ended;
    }
    if (!job.running) {
      hint.hidden = true;
      words.textContent = job.whole
        ? text("copied", { words: job.words, failed: job.failed })
        : text("not_copied", { state: job.stateWords });
      return;
    }
    if (job.ended) words.textContent = text("copying", { words: job.words, failed: job.failed });
    await new Promise((resolve) => setTimeout(resolve, 1000 * SECONDS));
  }
  say(text("goes_on_unseen", { number: String(number) }), {
    action: { label: text("show_job"), run: () => location.assign(link.href) },
  });
}
