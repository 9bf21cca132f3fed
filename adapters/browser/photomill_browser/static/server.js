// What runs: models are added and removed, keys made and revoked, and the room that all takes is measured.

import { copy, data, element, fail, request, say, text } from "./base.js";
import { size } from "./zips.js";

const by = (id) => document.getElementById(id);

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
for (const cell of document.querySelectorAll("[data-bytes]")) {
  const bytes = Number(cell.dataset.bytes);
  cell.textContent = bytes ? size(bytes) : "";
}

/** Ask before something is done; `facts` are pairs of a name and what it is. */
function ask({ title, lead, label, facts = [], danger = false }) {
  const box = by("ask-box");
  by("ask-title").textContent = title;
  by("ask-lead").textContent = lead ?? "";
  by("ask-facts").replaceChildren(
    ...facts.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
  by("ask-do").textContent = label;
  by("ask-do").classList.toggle("danger-fill", danger);
  box.returnValue = "";
  box.showModal();
  return new Promise((resolve) => {
    const agree = (event) => {
      event.preventDefault();
      box.close("yes");
    };
    by("ask-form").addEventListener("submit", agree);
    const closed = () => {
      by("ask-form").removeEventListener("submit", agree);
      resolve(box.returnValue === "yes");
    };
    box.addEventListener("close", closed, { once: true });
  });
}

async function measure() {
  try {
    const { parts, free, total } = await request("/server/usage");
    by("usage-words").textContent = text("free", { free: size(free), total: size(total) });
    by("usage").replaceChildren(
      ...parts.flatMap(([name, bytes]) => [element("dt", {}, name), element("dd", {}, size(bytes))]),
    );
  } catch (error) {
    fail(error);
  }
}

for (const button of document.querySelectorAll("[data-add]")) {
  button.addEventListener("click", async () => {
    const model = data.models[button.dataset.add];
    const facts = [
      [text("task"), model.task],
      [text("size"), model.size ? size(model.size) : ""],
      [text("licence"), model.licence],
      [text("package"), model.package],
      [text("source"), model.source],
    ];
    const title = text("add_title", { name: model.name });
    if (!(await ask({ title, lead: text("add_lead"), label: text("add"), facts }))) return;
    button.disabled = true;
    const done = say(text("adding", { name: model.name }), { seconds: 0 });
    try {
      await request("/server/models/add", { body: { name: model.name } });
      location.reload();
    } catch (error) {
      button.disabled = false;
      fail(error);
    }
    done();
  });
}

for (const button of document.querySelectorAll("[data-remove]")) {
  button.addEventListener("click", async () => {
    const { remove: name } = button.dataset;
    if (!(await ask({ title: text("remove_title", { name }), label: text("remove"), danger: true }))) return;
    await request("/server/models/remove", { body: { name } }).then(() => location.reload(), fail);
  });
}

for (const button of document.querySelectorAll("[data-revoke]")) {
  button.addEventListener("click", async () => {
    const title = text("revoke_title", { name: button.dataset.name });
    if (!(await ask({ title, lead: text("revoke_lead"), label: text("revoke"), danger: true }))) return;
    await request("/server/keys/revoke", { body: { key: button.dataset.revoke } }).then(() => location.reload(), fail);
  });
}

by("create-key").addEventListener("click", () => by("key-box").showModal());
by("key-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const scopes = [...document.querySelectorAll("[name=scopes]:checked")].map((box) => box.value);
  try {
    by("secret").textContent = (
      await request("/server/keys/create", { body: { name: by("key-name").value, scopes } })
    ).secret;
    by("key-box").close();
    by("secret-box").showModal();
  } catch (error) {
    fail(error);
  }
});
by("secret-box").addEventListener("close", () => location.reload());
by("copy-secret").addEventListener("click", () => copy(by("secret").textContent, text("copied")));

by("show-revoked").addEventListener("change", (event) => {
  for (const row of document.querySelectorAll(".revoked")) row.hidden = !event.target.checked;
});
by("only-selected").addEventListener("change", (event) => {
  for (const row of document.querySelectorAll(".unselected")) row.hidden = event.target.checked;
  for (const body of document.querySelectorAll("#plugins tbody")) {
    body.hidden = event.target.checked && !body.querySelector("tr:not(.family, .unselected)");
  }
});

measure();
