/** A title edited in its place: Enter or leaving it saves, Escape leaves it as it was. */
import { clone, find } from "./dom.js";

/** Put a field where the title is. What is typed is kept as a draft until it is a change; `save()` makes it one. */
export function editTitle(row, todo, { actions, drafts }) {
  const button = find(".title", row);
  const field = clone("title-field");
  field.value = todo.title;
  button.hidden = true;
  button.after(field);
  grow(field);
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  let isOver = false;
  let was = todo.title;
  let saving = null;
  const save = () => {
    const title = field.value.replace(/\s+/g, " ").trim();
    if (isOver || !title || title === was) return saving;
    const typed = field.value;
    const change = actions.change(todo.id, { title }, { was: { title: was }, seen: todo });
    saving = change.then(() => drafts.forget(todo.id, "title", typed));
    was = title;
    return saving;
  };
  const finish = async (isSaved, isByKey) => {
    if (isOver) return;
    const saved = isSaved ? save() : saving;
    isOver = true;
    try {
      await saved;
    } catch (error) {
      [isOver, was] = [false, todo.title];
      throw error;
    }
    drafts.forget(todo.id, "title");
    field.remove();
    button.hidden = false;
    if (isByKey) button.focus();
  };
  field.addEventListener("input", () => {
    grow(field);
    drafts.keep(todo.id, "title", field.value, was);
  });
  field.addEventListener("blur", () => finish(true, false));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    finish(event.key === "Enter", true);
  });
  /** What nobody has typed in yet shows what it is by now. */
  const update = (now) => {
    if (isOver || field.value !== was || now.title === was) return;
    field.value = was = now.title;
    grow(field);
  };
  return { save, update };
}

/** As high as its text. */
function grow(field) {
  field.rows = 1;
  field.rows = Math.min(
    8,
    Math.max(1, Math.round(field.scrollHeight / parseFloat(getComputedStyle(field).lineHeight))),
  );
}
