// What is said of a record beside others: size, bytes, time, and its image in small.

import { element, number, text } from "./base.js";

const language = document.documentElement.lang;
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];
const times = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** ``3.4 MB``. */
export function bytes(count) {
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const format = { style: "unit", unit: UNITS[power], maximumFractionDigits: power > 1 ? 1 : 0 };
  return new Intl.NumberFormat(language, format).format(count / 1000 ** power);
}

/** ``4,000 × 3,000``; nothing where there was no image. */
export const size = (record) => (record.width ? `${number(record.width)} × ${number(record.height)}` : "");

/** A time of ISO 8601 as people read it. */
export const time = (iso) => (iso ? times.format(new Date(iso)) : "");

/** Where a record's thumbnail is. */
export const thumbnailAddress = (home, record) =>
  `${home}/thumbnail?id=${encodeURIComponent(record.id)}&v=${record.tag}`;

/** A record's thumbnail; its name on a plain tile where there is none. */
export function thumbnail(home, record) {
  if (!record.tag) return element("span", { class: "plain" }, text("no_image"));
  return element("img", { src: thumbnailAddress(home, record), alt: "", loading: "lazy", decoding: "async" });
}
