// Groups as rows of a book: a cover, and the images in their order. Images are moved by mouse, by finger and by keys.

import { element, text } from "./base.js";

export class Rows {
  /**
   * `images` are what there is to show, by position. `options` are functions: `picture(image)` makes a image's image,
   * `moved(image, group, place)`, `cover(image)` and `opened(image)` say what somebody wants.
   */
  constructor({ root, beyond, spoken, images, options }) {
    Object.assign(this, { root, beyond, spoken, images, options });
    this.rows = [];
    this.nodes = new Map();
    this.held = null;
    this.target = null;
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("keydown", (event) => this.#key(event));
    // A button is pressed when Space comes up.
    root.addEventListener("keyup", (event) => event.key === " " && event.target.closest(".image") && event.preventDefault());
    root.addEventListener("focusin", (event) => this.#entered(event));
    root.addEventListener("focusout", () => this.held?.keys && !this.drawing && this.#giveUp());
    root.addEventListener("dragstart", (event) => this.#take(event));
    for (const place of [root, beyond]) {
      place.addEventListener("dragover", (event) => this.#over(event));
      place.addEventListener("drop", (event) => this.#dropped(event));
    }
    root.addEventListener("dragend", () => this.#clear());
  }

  /** Show an arrangement; only rows that changed are laid out again. */
  show(arrangement) {
    this.drawing = true;
    const focused = document.activeElement?.closest(".image")?.dataset.image;
    this.arrangement = arrangement;
    if (!this.rows.length) this.root.replaceChildren();
    arrangement.groups.forEach((group, number) => {
      const row = (this.rows[number] ??= this.#makeRow(number));
      if (row.group !== group) this.#fill(row, group, number);
    });
    for (const row of this.rows.splice(arrangement.groups.length)) row.node.remove();
    this.beyond.hidden = !arrangement.mayGrow;
    this.drawing = false;
    if (focused !== undefined) this.focus(Number(focused));
  }

  /** Move the focus to a image. */
  focus(image) {
    const button = this.nodes.get(image).firstElementChild;
    button.focus({ preventScroll: true });
    button.scrollIntoView({ block: "nearest" });
  }

  name(image) {
    return this.images[image].name;
  }

  #makeRow(number) {
    const title = element("h2", { id: `group-${number + 1}` }, text("group", { number: number + 1 }));
    const count = element("small", { class: "size" });
    const cover = element("div", { class: "cover" });
    const list = element("ol", { class: "images" });
    const head = element("div", { class: "row-head" }, title, count);
    const node = element("section", { class: "group-row", "aria-labelledby": title.id, "data-group": String(number) }, head, cover, list);
    this.root.append(node);
    return { node, count, cover, list };
  }

  #fill(row, group, number) {
    row.group = group;
    row.count.textContent = text("images", { count: group.members.length });
    const name = this.name(group.cover);
    row.cover.replaceChildren(this.options.picture(group.cover, text("cover_of", { number: number + 1, name })));
    row.list.replaceChildren(...group.members.map((image, place) => this.#tile(image, place, group, number)));
    this.#reachable(row.list, row.list.querySelector(".image"));
  }

  #tile(image, place, group, number) {
    let node = this.nodes.get(image);
    if (!node) {
      const button = element("button", { class: "image", type: "button", draggable: "true", "data-image": String(image), "aria-describedby": "how-to-move" });
      button.append(this.options.picture(image, ""), element("span", { class: "name", "aria-hidden": "true" }, this.name(image)));
      node = element("li", {}, button);
      this.nodes.set(image, node);
    }
    const isCover = image === group.cover;
    const values = { name: this.name(image), place: place + 1, count: group.members.length, group: number + 1 };
    node.className = isCover ? "is-cover" : "";
    node.firstElementChild.setAttribute("aria-label", text(isCover ? "image_label_cover" : "image_label", values));
    return node;
  }

  // One image of each row is reached by Tab; arrows go on from there.
  #reachable(list, button) {
    for (const other of list.querySelectorAll('.image:not([tabindex="-1"])')) other.tabIndex = -1;
    button.tabIndex = 0;
  }

  #entered(event) {
    const button = event.target.closest(".image");
    if (button) this.#reachable(button.closest("ol"), button);
  }

  #imageOf(event) {
    const button = event.target.closest?.(".image");
    return button ? Number(button.dataset.image) : null;
  }

  #click(event) {
    const image = this.#imageOf(event);
    if (image !== null && !this.held) this.options.opened(image);
  }

  // ---------------------------------------------------------- by mouse and finger

  #take(event) {
    const image = this.#imageOf(event);
    if (image === null) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.name(image));
    this.held = { image, keys: false };
    this.nodes.get(image).classList.add("held");
  }

  #over(event) {
    if (!this.held) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    this.#aim(this.#under(event));
  }

  #dropped(event) {
    if (!this.held) return;
    event.preventDefault();
    this.#put();
  }

  // Where a image would come to lie; null between the rows.
  #under(event) {
    const { image } = this.held;
    if (this.beyond.contains(event.target)) return { group: this.arrangement.groups.length, place: 0 };
    const row = event.target.closest("[data-group]");
    if (!row) return this.target;
    const group = Number(row.dataset.group);
    const others = this.arrangement.others(image, group);
    const over = others.findIndex((other) => {
      const box = this.nodes.get(other).getBoundingClientRect();
      return event.clientY < box.bottom && (event.clientY < box.top || event.clientX < box.left + box.width / 2);
    });
    return { group, place: over < 0 ? others.length : over };
  }

  // ---------------------------------------------------------- by keys

  #key(event) {
    const image = this.#imageOf(event);
    if (image === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const does = this.held?.keys ? this.#keysHeld(image) : this.#keysFree(image);
    if (!does[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    does[event.key]();
  }

  #keysFree(image) {
    const { group, place } = this.arrangement.places.get(image);
    const { groups } = this.arrangement;
    const go = (number, to) => {
      const members = groups[number]?.members;
      if (members) this.focus(members[Math.min(Math.max(to, 0), members.length - 1)]);
    };
    const last = groups[group].members.length - 1;
    return {
      ArrowRight: () => (place < last ? go(group, place + 1) : go(group + 1, 0)),
      ArrowLeft: () => (place > 0 ? go(group, place - 1) : go(group - 1, Infinity)),
      ArrowDown: () => go(group + 1, place),
      ArrowUp: () => go(group - 1, place),
      Home: () => go(group, 0),
      End: () => go(group, last),
      " ": () => this.#takeByKeys(image),
      c: () => this.options.cover(image),
    };
  }

  #keysHeld(image) {
    const { group, place } = this.target;
    const groups = this.arrangement.groups.length;
    const aim = (number, to) => {
      if (number < 0 || number >= groups + (this.arrangement.mayGrow ? 1 : 0)) return;
      const most = this.arrangement.others(image, number).length;
      this.#aim({ group: number, place: Math.min(Math.max(to, 0), most) });
    };
    const most = this.arrangement.others(image, group).length;
    return {
      ArrowRight: () => (place < most ? aim(group, place + 1) : aim(group + 1, 0)),
      ArrowLeft: () => (place > 0 ? aim(group, place - 1) : aim(group - 1, Infinity)),
      ArrowDown: () => aim(group + 1, place),
      ArrowUp: () => aim(group - 1, place),
      Home: () => aim(group, 0),
      End: () => aim(group, most),
      " ": () => this.#put(),
      Enter: () => this.#put(),
      Escape: () => this.#giveUp(),
    };
  }

  #takeByKeys(image) {
    this.held = { image, keys: true };
    this.nodes.get(image).classList.add("held");
    this.target = this.arrangement.places.get(image);
    this.#say(text("taken", { name: this.name(image) }));
  }

  #giveUp() {
    const { image } = this.held;
    this.#clear();
    this.#say(text("given_up", { name: this.name(image) }));
  }

  // ---------------------------------------------------------- both

  #aim(target) {
    if (!target || (this.target?.group === target.group && this.target?.place === target.place)) return;
    this.#unmark();
    this.target = target;
    const { image, keys } = this.held;
    const others = this.arrangement.others(image, target.group);
    const refusal = this.arrangement.refusal(image, target.group);
    const row = this.rows[target.group]?.node ?? this.beyond;
    row.classList.add("aimed");
    row.classList.toggle("refused", refusal !== null);
    const behind = target.place >= others.length;
    const beside = this.nodes.get(others[behind ? others.length - 1 : target.place]);
    beside?.classList.add(behind ? "caret-after" : "caret-before");
    if (!keys) return;
    (beside ?? row).scrollIntoView({ block: "nearest" });
    const known = target.group < this.arrangement.groups.length;
    const words = text(known ? "target" : "target_new", { group: target.group + 1, place: target.place + 1, count: others.length + 1 });
    this.#say([words, refusal && text(...refusal)].filter(Boolean).join(". "));
  }

  #put() {
    const { held, target } = this;
    this.#clear();
    const from = this.arrangement.places.get(held.image);
    if (!target) return;
    if (from.group === target.group && from.place === target.place) {
      if (held.keys) this.#say(text("given_up", { name: this.name(held.image) }));
      return;
    }
    this.options.moved(held.image, target.group, target.place);
  }

  #clear() {
    this.#unmark();
    for (const node of this.root.querySelectorAll(".held")) node.classList.remove("held");
    this.held = null;
    this.target = null;
  }

  #unmark() {
    for (const node of document.querySelectorAll(".caret-before, .caret-after, .aimed, .refused")) {
      node.classList.remove("caret-before", "caret-after", "aimed", "refused");
    }
  }

  #say(words) {
    this.spoken.textContent = words;
  }
}
