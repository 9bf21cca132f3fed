// Controls for options that the server describes. Each has nodes, and reads and writes its value; a value that is the
// default reads as undefined.

import { element, number, text } from "./base.js";

let count = 0;

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const unlessDefault = (value, control) => (same(value, control.default) ? undefined : value);

/**
 * Controls in sections.
 *
 * `changed(commit)` is called after a change; `commit` is false while a slider still moves.
 */
export function makeControls(sections, names, changed) {
  const made = [];
  const nodes = Object.entries(sections).map(([section, described], place) => {
    const inside = described.map((control) => {
      const one = make(control, changed);
      made.push({ path: control.path, ...one });
      return one.node;
    });
    return element(
      "details",
      { open: place < 2, "data-section": section },
      element("summary", {}, names[section]),
      element("div", { class: "controls" }, ...inside),
    );
  });
  return {
    nodes,
    read() {
      const edit = {};
      for (const { path, read } of made) {
        const value = read();
        if (value === undefined) continue;
        const inner = path.slice(0, -1).reduce((object, name) => (object[name] ??= {}), edit);
        inner[path.at(-1)] = value;
      }
      return edit;
    },
    write(edit) {
      for (const { path, write } of made) write(path.reduce((inner, name) => inner?.[name], edit));
    },
  };
}

function make(control, changed) {
  return MAKERS[control.kind](control, changed);
}

/** The members of an object that have something to say. */
function readAll(members) {
  const found = members.map(([name, one]) => [name, one.read()]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found);
}

function writeAll(members, value) {
  for (const [name, one] of members) one.write(value?.[name]);
}

function makeAll(controls, changed) {
  return controls.map((control) => [control.path.at(-1), make(control, changed)]);
}

function nodesOf(members) {
  return members.map(([, one]) => one.node);
}

function helpOf(control) {
  return control.help ? element("p", { class: "help" }, control.help) : null;
}

/** A labelled input; `extra` stands at the end of the label's line. */
function labelled(control, input, ...extra) {
  input.id = `control-${(count += 1)}`;
  const label = element("label", { for: input.id }, control.label);
  return element("div", { class: "control" }, element("div", { class: "head" }, label, ...extra), input, helpOf(control));
}

function checkbox(control, ...more) {
  const input = element("input", { type: "checkbox", id: `control-${(count += 1)}` });
  const label = element("label", { for: input.id }, control.label);
  return [input, element("div", { class: "control flag" }, input, label, helpOf(control), ...more)];
}

function group(control, changed) {
  const members = makeAll(control.controls, changed);
  return {
    node: element("div", { class: `group group-${control.path.at(-1)}` }, ...nodesOf(members)),
    read() {
      const value = readAll(members);
      return Object.keys(value).length ? value : undefined;
    },
    write: (value) => writeAll(members, value),
  };
}

function option(control, changed) {
  const members = makeAll(control.controls, changed);
  const inner = element("div", { class: "inner" }, ...nodesOf(members));
  const [input, node] = checkbox(control, inner);
  const show = () => {
    inner.hidden = !input.checked || members.length === 0;
  };
  input.addEventListener("change", () => {
    show();
    changed(true);
  });
  return {
    node,
    read: () => (input.checked ? readAll(members) : undefined),
    write(value) {
      input.checked = value !== undefined && value !== null;
      writeAll(members, value ?? undefined);
      show();
    },
  };
}

/** A choice of types: a word where nothing is said of the chosen one, else an object with its type. */
function variant(control, changed) {
  const types = Object.keys(control.variants);
  const select = element("select", {}, ...types.map((type) => element("option", { value: type }, type)));
  const node = labelled(control, select);
  const members = {};
  const inner = {};
  for (const type of types) {
    members[type] = makeAll(control.variants[type], changed);
    inner[type] = element("div", { class: "inner" }, ...nodesOf(members[type]));
    node.append(inner[type]);
  }
  const show = () => {
    for (const type of types) inner[type].hidden = type !== select.value || members[type].length === 0;
  };
  select.addEventListener("change", () => {
    show();
    changed(true);
  });
  return {
    node,
    read() {
      const value = readAll(members[select.value]);
      if (Object.keys(value).length) return { type: select.value, ...value };
      return unlessDefault(select.value, control);
    },
    write(value) {
      const object = typeof value === "object" && value !== null ? value : { type: value };
      select.value = object.type ?? control.default;
      for (const type of types) writeAll(members[type], type === select.value ? object : undefined);
      show();
    },
  };
}

function range(control, changed) {
  const shown = element("output");
  const { low, high, step } = control;
  const input = element("input", { type: "range", min: String(low), max: String(high), step: String(step) });
  const show = () => {
    shown.value = number(Math.round(100 * input.value) / 100);
  };
  const write = (value) => {
    input.value = value ?? control.default ?? low;
    show();
  };
  input.addEventListener("input", () => {
    show();
    changed(false);
  });
  input.addEventListener("change", () => changed(true));
  input.addEventListener("dblclick", () => {
    write();
    changed(true);
  });
  return {
    node: labelled(control, input, shown),
    read: () => unlessDefault(Number(input.value), control),
    write,
  };
}

function field(control, changed, input, { read, write }) {
  const node = labelled(control, input);
  input.addEventListener("change", () => changed(true));
  return {
    node,
    read: () => unlessDefault(read(), control),
    write: (value) => write(value === undefined ? control.default : value),
  };
}

function numeric(control, changed) {
  const bounds = { min: control.low?.toString(), max: control.high?.toString(), step: control.step?.toString() ?? "any" };
  const input = element("input", { type: "number", ...bounds });
  return field(control, changed, input, {
    read: () => (input.value === "" ? null : Number(input.value)),
    write: (value) => {
      input.value = value ?? "";
    },
  });
}

function choice(control, changed) {
  const names = control.choices.map((each) => (each === null ? text("none") : String(each).replaceAll("_", " ")));
  const select = element("select", {}, ...names.map((name, place) => element("option", { value: String(place) }, name)));
  return field(control, changed, select, {
    read: () => control.choices[Number(select.value)],
    write: (value) => {
      select.value = String(Math.max(0, control.choices.indexOf(value)));
    },
  });
}

function choices(control, changed) {
  const boxes = control.choices.map((each) => element("input", { type: "checkbox", value: each }));
  for (const box of boxes) box.addEventListener("change", () => changed(true));
  const name = element("b", { id: `control-${(count += 1)}` }, control.label);
  const labels = boxes.map((box) => element("label", {}, box, box.value));
  return {
    node: element(
      "div",
      { class: "control", role: "group", "aria-labelledby": name.id },
      name,
      element("div", { class: "several" }, ...labels),
      helpOf(control),
    ),
    read: () => unlessDefault(boxes.filter((box) => box.checked).map((box) => box.value), control),
    write(value) {
      for (const box of boxes) box.checked = value === true || (value || []).includes(box.value);
    },
  };
}

function words(control, changed) {
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  return field(control, changed, input, {
    read() {
      const value = input.value.trim();
      const side = ["width", "height"].includes(control.path.at(-1));
      return side && /^\d+$/.test(value) ? Number(value) : value;
    },
    write: (value) => {
      input.value = value ?? "";
    },
  });
}

function colour(control, changed) {
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const picker = element("input", { type: "color", "aria-label": text("value", { name: control.label }) });
  const made = field(control, changed, input, {
    read: () => input.value.trim(),
    write: (value) => {
      input.value = value ?? "";
      if (/^#[0-9a-f]{6}$/i.test(input.value)) picker.value = input.value;
    },
  });
  picker.addEventListener("input", () => {
    input.value = picker.value;
    changed(false);
  });
  picker.addEventListener("change", () => changed(true));
  const row = element("div", { class: "colour" });
  input.replaceWith(row);
  row.append(picker, input);
  return made;
}

function flag(control, changed) {
  const [input, node] = checkbox(control);
  input.addEventListener("change", () => changed(true));
  return {
    node,
    read: () => unlessDefault(input.checked, control),
    write: (value) => {
      input.checked = value ?? control.default;
    },
  };
}

const MAKERS = { group, option, variant, range, number: numeric, choice, choices, text: words, colour, flag };
