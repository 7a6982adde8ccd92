/** A title edited in its place: Enter or leaving it saves, Escape leaves it as it was. */
import { clone, find } from "./dom.js";

/** Put a field where the title is. What is typed is kept as a draft until it is a change. */
export function editTitle(row, todo, { actions, drafts }) {
  const button = find(".title", row);
  if (button.hidden) return;
  const field = clone("title-field");
  field.value = todo.title;
  button.hidden = true;
  button.after(field);
  grow(field);
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  let isOver = false;
  const finish = async (isSaved, isByKey) => {
    if (isOver) return;
    isOver = true;
    const title = field.value.replace(/\s+/g, " ").trim();
    if (isSaved && title && title !== todo.title) await actions.change(todo.id, { title }, { was: { title: todo.title }, seen: todo });
    drafts.forget(todo.id, "title");
    field.remove();
    button.hidden = false;
    if (isByKey) button.focus();
  };
  field.addEventListener("input", () => {
    grow(field);
    drafts.keep(todo.id, "title", field.value, todo.title);
  });
  field.addEventListener("blur", () => finish(true, false));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    finish(event.key === "Enter", true);
  });
}

/** As high as its text. */
function grow(field) {
  field.rows = 1;
  field.rows = Math.min(8, Math.max(1, Math.round(field.scrollHeight / parseFloat(getComputedStyle(field).lineHeight))));
}
