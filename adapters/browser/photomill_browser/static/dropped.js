// What was dropped: choose, restore, or remove for good.

import { data, element, fail, query, request, say, text } from "./base.js";
import { bytes, size, thumbnail } from "./facts.js";

const home = `/library/${data.collection}`;
const own = `${home}/dropped`;
const find = (id) => document.getElementById(id);

let answer;

async function load() {
  const page = new URLSearchParams(location.search).get("page");
  answer = await request(`${own}/records${query({ page }, "")}`);
  find("records").replaceChildren(...answer.records.map(makeItem));
  find("records").setAttribute("aria-busy", "false");
  find("nothing").hidden = answer.count > 0;
  find("pager").hidden = answer.pages < 2;
  find("place").textContent = text("place", { page: answer.page, pages: answer.pages });
  for (const [name, step] of [
    ["previous", -1],
    ["next", 1],
  ]) {
    const other = answer.page + step;
    find(name).hidden = other < 1 || other > answer.pages;
    find(name).href = query({ page: other }, "");
  }
  showChoice();
}

function makeItem(record) {
  const words = { name: record.name, size: size(record), bytes: bytes(record.bytes) };
  const box = data.mayWrite && element("input", { type: "checkbox", "aria-label": text("tile", words), value: record.id });
  return element(
    "li",
    {},
    element(
      "label",
      {},
      element("span", { class: "picture" }, thumbnail(home, record), box || null),
      element("span", { class: "name" }, record.name),
      element("span", { class: "figures" }, [size(record), bytes(record.bytes)].filter(Boolean).join(" · ")),
    ),
  );
}

const boxes = () => [...find("records").querySelectorAll("input")];
const ids = () => boxes().filter((box) => box.checked).map((box) => box.value);

function showChoice() {
  if (!data.mayWrite) return;
  const count = ids().length;
  find("restore").disabled = count === 0;
  find("remove").disabled = count === 0;
  find("all").checked = count > 0 && count === boxes().length;
  find("all").indeterminate = count > 0 && count < boxes().length;
  find("empty").disabled = answer.count === 0;
}

/** Ask whether so many are to be removed for good. */
function isSure(count) {
  const dialog = find("sure");
  find("sure-text").textContent = text("sure_text", { count });
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

async function restore() {
  const { restored, failed } = await request(`${home}/duplicates/restore`, { body: { ids: ids() } });
  await load();
  say(text("restored", { count: restored.length }));
  for (const each of failed) say(text("not_restored", { reason: each.error }), { problem: true });
}

async function remove() {
  const chosen = ids();
  if (!(await isSure(chosen.length))) return;
  const { removed } = await request(`${own}/remove`, { body: { ids: chosen } });
  await load();
  say(text("removed", { count: removed }));
}

async function empty() {
  if (!(await isSure(answer.count))) return;
  const { removed } = await request(`${own}/empty`, { body: {} });
  await load();
  say(text("removed", { count: removed }));
}

if (data.mayWrite) {
  find("records").addEventListener("change", showChoice);
  find("all").addEventListener("change", (event) => {
    for (const box of boxes()) box.checked = event.target.checked;
    showChoice();
  });
  for (const [name, run] of Object.entries({ restore, remove, empty })) {
    find(name).addEventListener("click", () => run().catch(fail));
  }
}

load().catch(fail);
