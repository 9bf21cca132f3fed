// Groups: the form, a grouping that is under way, and the groups that are arranged and saved.

import { data, fail, keepLooking, query, request, text } from "./base.js";

const by = (id) => document.getElementById(id);

for (const time of document.querySelectorAll("time[datetime]")) {
  const words = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  time.textContent = words.format(new Date(time.dateTime));
}

// What was selected one by one is selected again.
for (const link of document.querySelectorAll("a.again")) {
  if (data.selected.length) link.hash = data.selected.map(encodeURIComponent).join("&");
}

if (by("ask")) form();
else if (data.running) keepLooking(look, { seconds: 1 });
else if (data.ready) arrange().catch(fail);

// ------------------------------------------------------------ the form

function form() {
  const ask = by("ask");
  const fields = ["collection", "q", "filter", "groups", "smallest", "largest", "mode"];
  const plain = { mode: "visual" };
  let selected = [];
  let counting = new AbortController();
  let timer = 0;

  const given = new URLSearchParams(location.search);
  for (const name of fields) if (given.has(name)) ask.elements[name].value = given.get(name);
  const value = (name) => ask.elements[name].value.trim();

  function readSelection() {
    selected = location.hash.slice(1).split("&").filter(Boolean).map(decodeURIComponent);
    by("selection").hidden = !selected.length;
    by("search").hidden = selected.length > 0;
    by("selected").textContent = text("of_selection", { count: selected.length });
    count();
  }

  function keep() {
    const changes = Object.fromEntries(fields.map((name) => [name, value(name) === plain[name] ? "" : value(name)]));
    history.replaceState(null, "", `${location.pathname}${query(changes)}${location.hash}`);
  }

  async function count() {
    counting.abort();
    counting = new AbortController();
    by("problem").hidden = true;
    by("count").textContent = "";
    if (selected.length) return;
    const { signal } = counting;
    try {
      const asked = query({ collection: value("collection"), q: value("q"), filter: value("filter") }, "");
      const found = await request(`/groups/count${asked}`, { signal });
      by("count").textContent = text("asked", found);
      if (found.count > data.most) problem(text("too_many_asked", { ...found, most: data.most }));
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === undefined) throw error;
      problem(error.message);
    }
  }

  function problem(words) {
    by("problem").textContent = words;
    by("problem").hidden = false;
  }

  ask.addEventListener("input", (event) => {
    keep();
    if (!["collection", "q", "filter"].includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(count, 300);
  });
  by("collection").addEventListener("change", () => {
    if (selected.length) by("all").click();
  });
  by("all").addEventListener("click", () => {
    history.replaceState(null, "", location.pathname + location.search);
    readSelection();
    by("q").focus();
  });
  ask.addEventListener("submit", async (event) => {
    event.preventDefault();
    const number = (name) => (value(name) ? Number(value(name)) : null);
    const body = {
      collection: value("collection"),
      groups: number("groups"),
      smallest: number("smallest") ?? 1,
      largest: number("largest"),
      mode: value("mode"),
      ...(selected.length ? { ids: selected } : { q: value("q"), filter: value("filter") }),
    };
    by("start").disabled = true;
    try {
      location.assign((await request("/groups/start", { body })).address);
    } catch (error) {
      if (error.status === undefined) throw error;
      problem(error.message);
    } finally {
      by("start").disabled = false;
    }
  });
  addEventListener("hashchange", readSelection);
  readSelection();
}

// ------------------------------------------------------------ while it runs

async function look(signal) {
  const { jobs } = await request(`/jobs/status?number=${data.job}`, { signal });
  if (!jobs.some((job) => job.running)) {
    location.reload();
    return false;
  }
  by("state").textContent = `${jobs[0].stateWords}. ${text("waiting")}`;
  return true;
}

// ------------------------------------------------------------ the groups

async function arrange() {
  const [{ openArrangement }, { offerSaving }] = await Promise.all([
    import("./groups_page.js"),
    import("./groups_saving.js"),
  ]);
  const page = await openArrangement(data);
  offerSaving(data, page);
}
