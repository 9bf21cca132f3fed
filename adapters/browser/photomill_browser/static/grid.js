// A grid of images in justified rows, of which only those near the screen exist.

import { element } from "./base.js";

const GAP = 4;
const PORTION = 200;
const MOST_NODES = 300;

/** The shape that a byte of a layout stands for: width by height. */
export const shape = (byte) => 2 ** ((byte - 128) / 32);

/** Bytes of base64. */
export const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));

function targetHeight(width) {
  if (width < 560) return 118;
  if (width < 1200) return 176;
  return width < 2400 ? 212 : 264;
}

/**
 * A windowed grid.
 *
 * `options`: `fetch(from, to, signal)` gives records; `address(record)` where one leads; `fill(record, tile)` puts
 * what is shown into a tile; `picked(index, event)` when a tile's box is used; `label(record)` names that box.
 */
export class Grid {
  constructor(root, options) {
    this.root = root;
    this.options = options;
    this.current = 0;
    this.isSelected = () => false;
    this.clear();
    addEventListener("scroll", () => this.#schedule(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(root.parentElement);
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("focusin", (event) => {
      const tile = event.target.closest(".tile");
      if (tile) this.#focusable(Number(tile.dataset.index));
    });
  }

  /** Forget everything. */
  clear() {
    this.aborter?.abort();
    this.aborter = new AbortController();
    clearTimeout(this.timer);
    this.shapes = new Uint8Array();
    this.records = new Map();
    this.asked = new Set();
    this.nodes = new Map();
    this.root.replaceChildren();
    this.#arrange();
  }

  /** Show records of these shapes, a byte each; `at` is the index to begin with. */
  show(shapes, at = 0) {
    this.clear();
    this.shapes = shapes;
    this.#arrange();
    this.current = Math.min(at, Math.max(0, shapes.length - 1));
    if (at > 0 && shapes.length) scrollTo(0, this.#topOf(this.current));
    this.#render();
  }

  get count() {
    return this.shapes.length;
  }

  /** The index of the first record on the screen. */
  get first() {
    if (!this.count || scrollY < 40) return 0;
    return this.starts[this.#rowAt(this.#scrolled() + GAP)];
  }

  /** The record at an index, where it is known. */
  record(index) {
    return this.records.get(index);
  }

  /** The records between two indices, fetched where they are not known. */
  async range(from, to) {
    const found = [];
    for (let at = from; at <= to; at += 1) {
      if (!this.records.has(at)) await this.#fetch(Math.floor(at / PORTION));
      found.push(this.records.get(at));
    }
    return found.filter(Boolean);
  }

  /** Show anew which records are selected. */
  refresh() {
    for (const [index, node] of this.nodes) this.#mark(node, this.records.get(index));
  }

  #arrange() {
    const width = (this.width = this.root.clientWidth || this.root.parentElement.clientWidth);
    const target = targetHeight(width);
    const starts = [];
    const tops = [];
    const heights = [];
    let top = 0;
    let start = 0;
    let sum = 0;
    const end = (index, height) => {
      starts.push(start);
      tops.push(top);
      heights.push(height);
      top += height + GAP;
      start = index;
      sum = 0;
    };
    for (let index = 0; index < this.shapes.length; index += 1) {
      sum += this.#shape(index);
      const height = (width - GAP * (index - start)) / sum;
      if (height <= target) end(index + 1, Math.round(height));
    }
    if (start < this.shapes.length) end(this.shapes.length, target);
    this.starts = starts;
    this.tops = tops;
    this.heights = heights;
    this.root.style.height = `${top}px`;
  }

  // Very wide and very high images are cropped in the grid.
  #shape(index) {
    return Math.min(3, Math.max(0.45, shape(this.shapes[index])));
  }

  #rowAt(y) {
    let low = 0;
    let high = this.tops.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #rowOf(index) {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #covered() {
    return parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  }

  #scrolled() {
    return this.#covered() - this.root.getBoundingClientRect().top;
  }

  #topOf(index) {
    return scrollY + this.root.getBoundingClientRect().top + this.tops[this.#rowOf(index)] - this.#covered();
  }

  #resized() {
    const width = this.root.clientWidth;
    if (width === this.width) return;
    const first = this.first;
    this.#arrange();
    for (const node of this.nodes.values()) node.remove();
    this.nodes.clear();
    if (first) scrollTo(0, this.#topOf(first));
    this.#render();
  }

  #schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.#render();
    });
  }

  #render() {
    if (!this.count) return;
    const box = this.root.getBoundingClientRect();
    const margin = Math.min(innerHeight, 800);
    const firstRow = this.#rowAt(-box.top - margin);
    const lastRow = this.#rowAt(-box.top + innerHeight + margin);
    const from = this.starts[firstRow];
    const to = Math.min(this.starts[lastRow + 1] ?? this.count, from + MOST_NODES);
    for (const [index, node] of this.nodes) {
      if (index < from || index >= to) {
        if (node.contains(document.activeElement)) continue;
        node.remove();
        this.nodes.delete(index);
      }
    }
    for (let row = firstRow; row <= lastRow; row += 1) this.#renderRow(row, to);
    this.#need(from, to);
  }

  #renderRow(row, to) {
    const start = this.starts[row];
    const end = Math.min(this.starts[row + 1] ?? this.count, to);
    const height = this.heights[row];
    let left = 0;
    for (let index = start; index < end; index += 1) {
      const last = index === (this.starts[row + 1] ?? this.count) - 1;
      let width = Math.round(this.#shape(index) * height);
      // What rounding left over is the last one's.
      if (last && Math.abs(this.width - left - width) < 24) width = this.width - left;
      if (!this.nodes.has(index)) this.#place(index, left, this.tops[row], width, height);
      left += width + GAP;
    }
  }

  #place(index, left, top, width, height) {
    const node = element("li", {
      class: "tile",
      "data-index": String(index),
      "aria-setsize": String(this.count),
      "aria-posinset": String(index + 1),
    });
    Object.assign(node.style, {
      transform: `translate(${left}px, ${top}px)`,
      width: `${width}px`,
      height: `${height}px`,
    });
    this.nodes.set(index, node);
    const record = this.records.get(index);
    if (record) this.#fill(node, index, record);
    this.root.append(node);
  }

  #fill(node, index, record) {
    const link = element("a", { href: this.options.address(record, index), tabindex: index === this.current ? "0" : "-1" });
    this.options.fill(record, link);
    const pick = element("button", { class: "pick", type: "button", tabindex: "-1", "aria-label": this.options.label(record) });
    node.replaceChildren(link, pick);
    this.#mark(node, record);
  }

  #mark(node, record) {
    const pick = node.querySelector(".pick");
    if (!record || !pick) return;
    const selected = this.isSelected(record);
    node.classList.toggle("selected", selected);
    pick.setAttribute("aria-pressed", String(selected));
  }

  // Nobody waits for what is scrolled past.
  #need(from, to) {
    const first = Math.floor(from / PORTION);
    const last = Math.floor((to - 1) / PORTION);
    const missing = [];
    for (let portion = first; portion <= last; portion += 1) if (!this.asked.has(portion)) missing.push(portion);
    if (!missing.length) return;
    const run = () => missing.forEach((portion) => this.#fetch(portion));
    clearTimeout(this.timer);
    if (!this.records.size) run();
    else this.timer = setTimeout(run, 70);
  }

  async #fetch(portion) {
    if (this.asked.has(portion)) return this.pending?.get(portion);
    this.asked.add(portion);
    const { signal } = this.aborter;
    const from = portion * PORTION;
    const to = Math.min(from + PORTION, this.count);
    this.pending ??= new Map();
    const work = this.options
      .fetch(from, to, signal)
      .then((found) => {
        if (signal.aborted) return;
        found.forEach((record, place) => {
          this.records.set(from + place, record);
          const node = this.nodes.get(from + place);
          if (node) this.#fill(node, from + place, record);
        });
      })
      .catch((error) => {
        this.asked.delete(portion);
        this.options.failed(error);
      })
      .finally(() => this.pending.delete(portion));
    this.pending.set(portion, work);
    return work;
  }

  #focusable(index) {
    this.nodes.get(this.current)?.querySelector("a")?.setAttribute("tabindex", "-1");
    this.current = index;
    this.nodes.get(index)?.querySelector("a")?.setAttribute("tabindex", "0");
  }

  /** Move the focus to a record, wherever it is. */
  async focus(index) {
    const target = Math.min(this.count - 1, Math.max(0, index));
    const row = this.#rowOf(target);
    const top = this.root.getBoundingClientRect().top + this.tops[row];
    if (top < this.#covered() || top + this.heights[row] > innerHeight) {
      scrollTo(0, this.#topOf(target) - (top < this.#covered() ? 0 : innerHeight - this.#covered() - this.heights[row] - 8));
      this.#render();
    }
    await this.range(target, target);
    this.#focusable(target);
    this.nodes.get(target)?.querySelector("a")?.focus({ preventScroll: true });
  }

  #click(event) {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    const box = event.target.closest(".pick");
    if (box || event.shiftKey || event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.options.picked(index, event);
    }
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = this.current;
    const row = this.#rowOf(index);
    const moves = {
      ArrowRight: () => this.focus(index + 1),
      ArrowLeft: () => this.focus(index - 1),
      ArrowDown: () => this.focus(this.#beside(index, row + 1)),
      ArrowUp: () => this.focus(this.#beside(index, row - 1)),
      Home: () => this.focus(0),
      End: () => this.focus(this.count - 1),
      x: () => this.options.picked(index, event),
      " ": () => this.options.picked(index, event),
    };
    if (moves[event.key] && event.target.closest(".tile")) {
      event.preventDefault();
      moves[event.key]();
    }
  }

  // The record of another row whose middle is nearest.
  #beside(index, row) {
    if (row < 0 || row >= this.starts.length) return index;
    const middles = (of) => {
      const found = [];
      let left = 0;
      for (let each = this.starts[of]; each < (this.starts[of + 1] ?? this.count); each += 1) {
        const width = this.#shape(each) * this.heights[of];
        found.push(left + width / 2);
        left += width + GAP;
      }
      return found;
    };
    const own = this.#rowOf(index);
    const middle = middles(own)[index - this.starts[own]];
    const others = middles(row).map((other) => Math.abs(other - middle));
    return this.starts[row] + others.indexOf(Math.min(...others));
  }
}
