// Jobs: those that run are followed while somebody looks, until they end.

import { data, keepLooking, request, text } from "./base.js";

/** Seconds that a rate is measured over. */
const WINDOW = 60;
/** Seconds before which a rate would be a guess. */
const EARLIEST = 3;

const language = document.documentElement.lang;
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const watched = new Set(data.running);
const samples = new Map();
/** How much of the page's job had ended when it was shown. */
let shown = null;

for (const time of document.querySelectorAll("time[datetime]")) {
  time.textContent = moments.format(new Date(time.dateTime));
}

/** A time as people say it. */
function span(seconds) {
  for (const [unit, length] of [["days", 86400], ["hours", 3600], ["minutes", 60]]) {
    if (seconds >= 2 * length) return text(unit, { count: Math.round(seconds / length) });
  }
  return text("seconds", { count: Math.max(1, Math.round(seconds)) });
}

/** How much is done in a second, a minute or an hour. */
function rateWords(rate) {
  const written = (value) => value.toLocaleString(language, { maximumFractionDigits: value < 10 ? 1 : 0 });
  if (rate >= 1) return text("a_second", { rate: written(rate) });
  if (rate * 60 >= 1) return text("a_minute", { rate: written(rate * 60) });
  return text("a_hour", { rate: written(rate * 3600) });
}

/** How fast a job goes, and how long it will, by what was seen of it in the last minute. */
function paceOf(job) {
  const now = performance.now() / 1000;
  const seen = samples.get(job.number) ?? [];
  seen.push({ now, ended: job.ended });
  while (now - seen[0].now > WINDOW) seen.shift();
  samples.set(job.number, seen);
  const passed = now - seen[0].now;
  const done = job.ended - seen[0].ended;
  if (passed < EARLIEST || done <= 0) return "";
  const rate = done / passed;
  if (job.total === null) return rateWords(rate);
  return `${rateWords(rate)} · ${text("left", { span: span((job.total - job.ended) / rate) })}`;
}

function show(job) {
  const place = document.querySelector(`[data-job="${job.number}"]`);
  const state = place.querySelector(".state");
  state.dataset.state = job.state;
  if (state.textContent !== job.stateWords) state.textContent = job.stateWords;
  const gauge = place.querySelector(".gauge");
  if (job.total === null) {
    gauge.removeAttribute("value");
  } else {
    gauge.max = Math.max(job.total, 1);
    gauge.value = job.whole ? gauge.max : job.ended;
  }
  place.querySelector(".words").textContent = job.words;
  place.querySelector(".bad").textContent = job.failed;
  place.querySelector(".pace").textContent = [job.pace, job.running && paceOf(job)].filter(Boolean).join(" · ");
}

/** Show how far the jobs are; tells whether one goes on. */
async function look(signal) {
  const query = [...watched].map((number) => `number=${number}`).join("&");
  const { jobs } = await request(`/jobs/status?${query}`, { signal });
  const running = jobs.filter((job) => job.running).map((job) => job.number);
  for (const job of jobs) show(job);
  if (data.job !== null) {
    if (!running.length) location.reload();
    for (const job of jobs) {
      shown ??= job.ended;
      document.getElementById("newer").hidden = job.ended === shown;
    }
  }
  for (const number of watched) if (!running.includes(number)) watched.delete(number);
  return watched.size > 0;
}

// What went on unseen is in no rate.
document.addEventListener("visibilitychange", () => samples.clear());
if (watched.size) keepLooking(look);

const box = document.getElementById("cancel-box");
document.getElementById("ask-cancel")?.addEventListener("click", () => box.showModal());
document.getElementById("keep")?.addEventListener("click", () => box.close());
