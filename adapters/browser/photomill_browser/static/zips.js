// Following an archive until it can be fetched.

import { Failure, request, text } from "./base.js";

const units = ["kB", "MB", "GB"];

/** Bytes as people read them. */
export function size(bytes) {
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${units[unit]}`;
}

const pause = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("left", "AbortError"));
    });
  });

/**
 * Show how far an archive is, then offer it.
 * `base` is the address that archives are followed below; `show` has a progress `bar`, `words` and a `link`.
 */
export async function follow(archive, base, signal, show) {
  while (archive.state === "waiting" || archive.state === "writing") {
    if (archive.state === "writing") {
      show.bar.value = archive.percent;
      const done = Math.round((archive.percent * archive.photos) / 100);
      show.words.textContent = text("packing", { done, count: archive.photos });
    }
    await pause(0.7, signal);
    archive = await request(`${base}/${archive.id}`, { signal });
  }
  if (archive.state === "failed") throw new Failure(text("zip_failed"), 500);
  show.bar.value = 100;
  show.words.textContent = text("ready", { size: size(archive.bytes) });
  show.link.href = archive.address;
  show.link.hidden = false;
  show.link.focus();
}
