// Suggestions below the line that one types into.

import { element } from "./base.js";

/**
 * Make a combobox of an input and a list. `find(text, signal)` gives suggestions `{label, note, choose}`, and `enter(text)` is
 * called where none is chosen.
 */
export function suggest(input, list, { find, enter, failed }) {
  let shown = [];
  let active = -1;
  let aborter = new AbortController();
  let timer;

  const close = () => {
    clearTimeout(timer);
    aborter.abort();
    shown = [];
    active = -1;
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const choose = (suggestion) => {
    close();
    suggestion.choose();
  };

  const mark = (index) => {
    active = index;
    [...list.children].forEach((node, place) => {
      node.setAttribute("aria-selected", String(place === index));
      if (place === index) node.scrollIntoView({ block: "nearest" });
    });
    if (index >= 0) input.setAttribute("aria-activedescendant", list.children[index].id);
    else input.removeAttribute("aria-activedescendant");
  };

  const show = (found) => {
    shown = found;
    list.replaceChildren(
      ...found.map((suggestion, place) =>
        element(
          "li",
          {
            id: `suggestion-${place}`,
            role: "option",
            "aria-selected": "false",
            onpointerdown: (event) => {
              event.preventDefault();
              choose(suggestion);
            },
          },
          element("span", {}, suggestion.label),
          suggestion.note ? element("small", {}, suggestion.note) : null,
        ),
      ),
    );
    active = -1;
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
  };

  const look = () => {
    clearTimeout(timer);
    aborter.abort();
    aborter = new AbortController();
    const { signal } = aborter;
    timer = setTimeout(async () => {
      try {
        const found = await find(input.value, signal);
        if (!signal.aborted) show(found);
      } catch (error) {
        failed(error);
      }
    }, 120);
  };

  input.addEventListener("input", look);
  input.addEventListener("focus", look);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!shown.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark((active + step + shown.length + (active < 0 && step < 0 ? 1 : 0)) % shown.length);
    } else if (event.key === "Escape") {
      if (shown.length) event.preventDefault();
      close();
    } else if (event.key === "Tab" && active >= 0) {
      event.preventDefault();
      choose(shown[active]);
    }
  });
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (active >= 0) {
      choose(shown[active]);
      return;
    }
    close();
    enter(input.value.trim());
  });
  return { close, look };
}
