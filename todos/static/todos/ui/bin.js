/** The bin: what was deleted within 30 days, as the server has it, each with a button to bring it back. */
import { ENGLISH } from "../store/due.js";
import { urls } from "../urls.js";
import { closeOutside, find, make, setText } from "./dom.js";

const FIRST = `${urls.todos}bin/?limit=100`;

/** Wire it; `onRestored` is called when something came back on the server. */
export function wireBin(api, onRestored) {
  const [dialog, list, note, empty] = [find("#bin"), find("#bin-todos"), find("#bin-note"), find("#empty-bin")];
  const more = find("#more-bin");
  let next = FIRST;
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
  /** The button asks before it deletes; it has to ask again, as there are others now. */
  const forgetAsked = () => {
    delete empty.dataset.asked;
    setText(empty, "Delete all of these for good");
  };
  const clear = () => {
    next = FIRST;
    list.replaceChildren();
    empty.hidden = more.hidden = true;
    forgetAsked();
  };
  /** Show those that come next; the first of them. */
  const show = async () => {
    const asked = next;
    const { body, links } = await api.request("GET", asked);
    if (asked !== next) return null; // asked twice, and shown already
    const rows = body.map(row);
    if (asked === FIRST) list.replaceChildren();
    list.append(...rows);
    next = links.next ? `${urls.todos}bin/${new URL(links.next, location).search}` : null;
    more.hidden = !next;
    empty.hidden = !list.children.length;
    say(empty.hidden ? "Nothing was deleted within the last 30 days." : "");
    return rows[0];
  };
  const row = (todo) => {
    const [item, button] = [make("li"), make("button", "button", "Bring back")];
    const day = new Date(todo.deleted_at).toLocaleDateString(ENGLISH, { day: "numeric", month: "short" });
    button.type = "button";
    button.setAttribute("aria-label", `Bring back ${todo.title}`);
    button.addEventListener("click", () =>
      attempt(async () => {
        await api.request("POST", `${urls.todos}${todo.id}/restore/`);
        onRestored();
        item.remove();
        forgetAsked();
        say(`${todo.title} is back.`);
        dialog.focus();
        if (list.children.length) return;
        clear();
        await show();
      }),
    );
    item.append(make("span", "name", todo.title), make("span", "hint", `deleted ${day}`), button);
    return item;
  };
  find("#open-bin").addEventListener("click", () => {
    clear();
    say("Asking the server.");
    dialog.showModal();
    attempt(show);
  });
  more.addEventListener("click", () => attempt(async () => (await show())?.querySelector("button").focus()));
  empty.addEventListener("click", () =>
    attempt(async () => {
      if (empty.dataset.asked !== "yes") {
        while (next) await show(); // all that go are shown, and counted
        const { length } = list.children;
        empty.dataset.asked = "yes";
        setText(empty, `Delete ${length} for good: ${length === 1 ? "it" : "they"} can't be brought back`);
        return;
      }
      await api.request("DELETE", `${urls.todos}bin/`);
      clear();
      dialog.focus();
      await show();
    }),
  );
  dialog.addEventListener("close", () => {
    next = null; // nobody looks any more
  });
  closeOutside(dialog);
}
