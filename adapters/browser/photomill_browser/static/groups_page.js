// The groups of a grouping on their page: how they are arranged stands in its address, so that back undoes a move.

import { element, request, say, text } from "./base.js";
import { Arrangement } from "./groups_arrangement.js";
import { Rows } from "./groups_rows.js";

const by = (id) => document.getElementById(id);

/** Fetch the groups and let them be arranged. Gives what saving needs: `written()`. */
export async function openArrangement(data) {
  const home = `/library/${data.collection}`;
  const answer = await request(`/groups/${data.job}/images`);
  const { images } = answer;
  for (const image of images) if (image.gone) image.name = `${image.name} (${text("gone")})`;
  const groups = answer.groups.map((members, number) => ({ members, cover: answer.covers[number] }));
  const found = new Arrangement(groups, data.limits);
  let now = found;
  let unsay = () => {};

  function picture(image, alt, large = false) {
    const { id, name, tag, width, height } = images[image];
    const plain = () => element("span", { class: "plain", "aria-hidden": alt ? undefined : "true" }, name);
    if (!tag) return plain();
    const src = `${home}/thumbnail?id=${encodeURIComponent(id)}&v=${tag}`;
    const loading = large ? "eager" : "lazy";
    const made = element("img", { src, alt, loading, decoding: "async", draggable: "false", onerror: (event) => event.target.replaceWith(plain()) });
    // Its place is kept until it is there.
    if (width && height) Object.assign(made, { width, height });
    return made;
  }

  const rows = new Rows({
    root: by("rows"),
    beyond: by("new-group"),
    spoken: by("spoken"),
    images,
    options: { picture, moved, cover, opened: (image) => show(image) },
  });

  // ---------------------------------------------------------- the address

  function asked() {
    const words = location.hash.slice(1);
    if (!words) return found;
    const arrangement = Arrangement.read(words, found);
    if (!arrangement) say(text("other_arrangement"), { problem: true });
    return arrangement ?? found;
  }

  function written() {
    const words = now.written;
    return words === found.written ? "" : words;
  }

  function change(next, words, image) {
    now = next;
    const hash = written();
    history.pushState(null, "", location.pathname + location.search + (hash ? `#${hash}` : ""));
    rows.show(now);
    rows.focus(image);
    // Only the last move can be undone by its message.
    unsay();
    unsay = say(words, { action: { label: text("undo"), run: () => history.back() } });
  }

  addEventListener("popstate", () => {
    unsay();
    now = asked();
    rows.show(now);
  });

  // ---------------------------------------------------------- what somebody wants

  function moved(image, group, place) {
    const refusal = now.refusal(image, group);
    const name = rows.name(image);
    if (refusal) {
      const others = now.others(image, group);
      const other = others[Math.min(place, others.length - 1)];
      const run = () => change(now.swap(image, other), text("swapped", { name, other: rows.name(other) }), image);
      say(text(...refusal), { problem: true, seconds: 12, action: { label: text("swap", { name: rows.name(other) }), run } });
      return;
    }
    const next = now.move(image, group, place);
    const at = next.places.get(image);
    const count = next.groups[at.group].members.length;
    change(next, text("moved", { name, group: at.group + 1, place: at.place + 1, count }), image);
  }

  function cover(image) {
    const { group } = now.places.get(image);
    if (now.groups[group].cover === image) return;
    change(now.withCover(image), text("is_cover", { name: rows.name(image), group: group + 1 }), image);
  }

  // ---------------------------------------------------------- one image

  const box = by("image-box");

  function show(image) {
    const { group, place } = now.places.get(image);
    const { id } = images[image];
    by("image-title").textContent = rows.name(image);
    by("image-picture").replaceChildren(picture(image, rows.name(image), true));
    const numbers = [...now.groups.keys()].map((number) =>
      element("option", { value: String(number) }, `${text("group", { number: number + 1 })} · ${text("images", { count: now.groups[number].members.length })}`),
    );
    if (now.mayGrow) numbers.push(element("option", { value: String(now.groups.length) }, text("new_group")));
    by("to-group").replaceChildren(...numbers);
    by("to-group").value = String(group);
    const places = () => now.others(image, Number(by("to-group").value)).length + 1;
    by("to-place").max = String(places());
    by("to-place").value = String(place + 1);
    by("to-group").onchange = () => {
      const count = places();
      by("to-place").max = String(count);
      by("to-place").value = String(Number(by("to-group").value) === group ? place + 1 : count);
    };
    by("to-cover").hidden = now.groups[group].cover === image;
    by("to-record").href = `${home}/record?id=${encodeURIComponent(id)}`;
    by("to-record").hidden = Boolean(images[image].gone);
    box.returnValue = "";
    box.showModal();
    box.onclose = () => {
      if (box.returnValue === "cover") cover(image);
      if (box.returnValue !== "move") return;
      const to = { group: Number(by("to-group").value), place: Number(by("to-place").value) - 1 };
      if (to.group !== group || to.place !== place) moved(image, to.group, to.place);
    };
  }

  now = asked();
  rows.show(now);
  by("rows").setAttribute("aria-busy", "false");
  return { written };
}
