/** The bin: what was deleted within 30 days, as the server has it, each with a button to bring it back. */
import { urls } from "../urls.js";
import { announce, find, make, setText } from "./dom.js";

/** Wire it; `onRestored` is called when something came back on the server. */
export function wireBin(api, onRestored) {
  const [dialog, list, note, empty] = [find("#bin"), find("#bin-todos"), find("#bin-note"), find("#empty-bin")];
  const say = (text) => {
    note.hidden = !text;
    setText(note, text);
  };
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      say(error.message);
    }
  };
  const show = () =>
    attempt(async () => {
      const { body } = await api.request("GET", `${urls.todos}bin/?limit=100`);
      list.replaceChildren(...body.map(row));
      empty.hidden = body.length === 0;
      say(body.length ? "" : "Nothing was deleted within the last 30 days.");
    });
  const row = (todo) => {
    const [item, button] = [make("li"), make("button", "button", "Bring back")];
    const day = new Date(todo.deleted_at).toLocaleDateString([], { day: "numeric", month: "short" });
    button.type = "button";
    button.setAttribute("aria-label", `Bring back ${todo.title}`);
    button.addEventListener("click", () =>
      attempt(async () => {
        await api.request("POST", `${urls.todos}${todo.id}/restore/`);
        announce(`${todo.title} is back.`);
        onRestored();
        await show();
        dialog.focus();
      }),
    );
    item.append(make("span", "name", todo.title), make("span", "hint", `deleted ${day}`), button);
    return item;
  };
  find("#open-bin").addEventListener("click", () => {
    list.replaceChildren();
    empty.hidden = true;
    empty.textContent = "Delete all of these for good";
    say("Asking the server.");
    dialog.showModal();
    show();
  });
  empty.addEventListener("click", () =>
    attempt(async () => {
      if (empty.dataset.asked !== "yes") {
        empty.dataset.asked = "yes";
        setText(empty, "They can't be brought back. Delete for good");
        return;
      }
      delete empty.dataset.asked;
      await api.request("DELETE", `${urls.todos}bin/`);
      await show();
    }),
  );
  dialog.addEventListener("close", () => {
    delete empty.dataset.asked;
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
}
