// The people of a collection, and one person's faces: named in place, merged, sorted; looking for them is followed.

import { data, element, fail, keepLooking, request, say, text } from "./base.js";

const find = (id) => document.getElementById(id);
const known = new Map(data.people.map((person) => [person.number, person]));
const called = (person) => person.name || text("nameless", { number: person.number });

/** Show a dialog, and tell whether it was agreed to. */
function agreed(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const home = () => location.assign(data.base);
const chosen = () => [...document.querySelectorAll(".pick:checked")].map((box) => Number(box.value));

// ---------------------------------------------------------------- merging

/** Ask whether some are one person, and make them so; gives who they are, or nothing. */
async function merged(into, others) {
  const faces = [into, ...others].filter((person) => person.cover !== null).slice(0, 4);
  find("same-faces").replaceChildren(
    ...faces.map((person) =>
      element("span", { class: "face" }, element("img", { src: `${data.base}/face?face=${person.cover}`, alt: called(person) })),
    ),
  );
  find("same-text").textContent =
    others.length === 1
      ? text("same_text", { name: called(into), other: called(others[0]) })
      : text("same_many", { name: called(into), count: others.length });
  if (!(await agreed(find("same")))) return null;
  const body = { into: into.number, others: others.map((person) => person.number) };
  return (await request(`${data.base}/merge`, { body })).person;
}

/** Whose number and name stay: somebody's with a name, or else that of who is on most images. */
function foremost(people) {
  return [...people].sort((one, other) => Boolean(other.name) - Boolean(one.name) || other.records - one.records)[0];
}

async function mergeChosen() {
  const people = chosen().map((number) => known.get(number));
  const into = foremost(people);
  if (await merged(into, people.filter((person) => person !== into))) location.reload();
}

// ---------------------------------------------------------------- naming

async function rename(form) {
  const field = form.elements.name;
  const person = known.get(Number(form.dataset.person));
  const wanted = field.value.trim();
  if (wanted === person.name) return;
  let answer;
  try {
    answer = await request(`${data.base}/name`, { body: { person: person.number, name: wanted } });
  } catch (error) {
    field.value = person.name;
    throw error;
  }
  if (answer.taken) {
    field.value = person.name;
    const one = await merged(answer.taken, [person]);
    if (one) location.assign(data.person ? `${data.base}/${one.number}` : location.href);
    else field.focus();
    return;
  }
  known.set(person.number, answer.person);
  field.value = answer.person.name;
  say(answer.person.name ? text("named", { name: answer.person.name }) : text("unnamed"));
  if (data.person) location.reload();
  else describe(answer.person);
}

/** Say the new name wherever the list says who somebody is. */
function describe(person) {
  const item = document.querySelector(`li[data-person="${person.number}"]`);
  const words = `${called(person)}, ${text("records", { count: person.records })}`;
  item.querySelector("a.face").setAttribute("aria-label", words);
  item.querySelector(".pick").setAttribute("aria-label", text("choose_person", { name: called(person) }));
}

for (const form of document.querySelectorAll(".naming")) {
  // Enter says that the field changed, as leaving it does.
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.name.addEventListener("change", () => rename(form).catch(fail));
  form.elements.name.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    form.elements.name.value = known.get(Number(form.dataset.person)).name;
  });
}

// ---------------------------------------------------------------- sorting faces

async function reject() {
  const faces = chosen();
  const { left } = await request(`${data.base}/reject`, { body: { person: data.person, faces } });
  if (left) location.reload();
  else home();
}

async function split() {
  const { person } = await request(`${data.base}/split`, { body: { person: data.person, faces: chosen() } });
  location.assign(`${data.base}/${person.number}`);
}

function showChoice() {
  const count = chosen().length;
  for (const [id, least] of [["merge", 2], ["reject", 1], ["split", 1]]) {
    if (find(id)) find(id).disabled = count < least;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".pick")) showChoice();
});
showChoice();

// ---------------------------------------------------------------- looking and forgetting

async function look() {
  await request(`${data.base}/look`, { body: {} });
  location.reload();
}

async function forget() {
  if (!(await agreed(find("sure")))) return;
  // What is about to be forgotten is not asked for any more.
  stopLooking();
  const faces = [...document.querySelectorAll(".face img")].map((image) => ({ image, src: image.src }));
  for (const { image } of faces) image.removeAttribute("src");
  try {
    await request(`${data.base}/forget`, { body: {} });
  } catch (error) {
    for (const { image, src } of faces) image.src = src;
    throw error;
  }
  home();
}

for (const [id, run] of Object.entries({ merge: mergeChosen, reject, split, look, "ask-forget": forget })) {
  find(id)?.addEventListener("click", () => run().catch(fail));
}
find("ask")?.addEventListener("submit", (event) => {
  event.preventDefault();
  look().catch(fail);
});

const before = Number(document.querySelector("[data-left]")?.dataset.left ?? 0);

/** Show how far looking is; tells whether it goes on. */
async function isLooking(signal) {
  const state = await request(`${data.base}/state`, { signal });
  find("progress").max = Math.max(before, state.left, 1);
  find("progress").value = find("progress").max - state.left;
  find("progress").hidden = !state.looking;
  if (state.job) find("job").href = state.job;
  // Once it has ended, the job's page tells which images could not be looked at.
  if (!state.looking) find("job").textContent = text("not_looked_at");
  find("job").hidden = !find("job").getAttribute("href") || (!state.looking && !state.left);
  find("news").hidden = state.people === 0;
  if (state.people && find("nobody")) find("nobody").hidden = true;
  const ended = state.left ? text("ended_left", { count: state.left }) : text("ended");
  find("left").textContent = state.looking ? text("looking", { count: state.left }) : ended;
  if (!state.looking) say(ended);
  return state.looking;
}

const stopLooking = data.looking ? keepLooking(isLooking) : () => {};
