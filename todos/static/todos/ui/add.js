/** The field for a new to-do: it goes where the user is looking. Words it understands are shown before it is saved. */
import { inDays, inWords } from "../store/due.js";
import { fieldsOf, understand } from "../store/quick_add.js";
import { INBOX } from "../store/list_entry.js";
import { find, make } from "./dom.js";
import { PRIORITIES } from "./facts.js";
import { toast } from "./toasts.js";

export function wireAdd(context, screen) {
  const [form, field, chips] = [find("#add"), find("#new-title"), find("#understood")];
  const ignored = new Set();
  const show = () =>
    chips.replaceChildren(
      ...chipsOf(understand(field.value, ignored).tokens, (words) => {
        for (const word of words) ignored.add(word);
        show();
        field.focus();
      }),
    );
  field.value ||= context.drafts.read("new", "title");
  show();
  field.addEventListener("input", () => {
    if (!field.value) ignored.clear();
    show();
    context.drafts.keep("new", "title", field.value, "");
  });
  const add = async (typed) => {
    const { title, tokens } = understand(typed, ignored);
    if (!title) return;
    if (field.value === typed) field.value = "";
    ignored.clear();
    show();
    const fields = fieldsIn(context.view, fieldsOf(tokens));
    const said = [title, ...partsOf(tokens).map(([text]) => text)].join(", ");
    const id = await context.actions.add({ title, ...fields }, said).catch((error) => {
      field.value ||= typed;
      show();
      throw error;
    });
    if (!field.value) context.drafts.forget("new", "title");
    if (!screen.reveal(id)) toast(`Added to ${context.lists.name(fields.list ?? INBOX)}: ${said}`);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    field.focus();
    return add(field.value);
  });
  form.dataset.wired = "yes";
  // Before this module was here; one after the other, as in one millisecond they would get one place.
  JSON.parse(form.dataset.asked ?? "[]").reduce((before, typed) => before.finally(() => add(typed)), Promise.resolve());
}

/** What makes a new to-do belong to the present view, and what was typed of it. */
function fieldsIn(view, fields) {
  if (view.kind === "list") return { list: view.name, ...fields };
  if (view.kind === "tag") return { ...fields, tags: [...new Set([view.name, ...(fields.tags ?? [])])] };
  return view.kind === "today" || view.kind === "upcoming" ? { due: inDays(0), ...fields } : fields;
}

/** What was understood, in words, each with the words it was typed in. */
function partsOf(tokens) {
  const { due = null, priority, tags = [] } = fieldsOf(tokens);
  const wordsOf = (...kinds) => tokens.filter((token) => kinds.includes(token.field)).map(({ word }) => word);
  const parts = [];
  if (due) parts.push([inWords(due), wordsOf("day", "time")]);
  if (priority) parts.push([PRIORITIES[priority], wordsOf("priority")]);
  for (const tag of tags) parts.push([`#${tag}`, tokens.filter(({ value }) => value === tag).map(({ word }) => word)]);
  return parts;
}

/** A button for each, which makes it plain text again. */
function chipsOf(tokens, onIgnore) {
  return partsOf(tokens).map(([text, words]) => {
    const [item, button] = [make("li"), make("button", "chip", `${text} ×`)];
    button.type = "button";
    button.setAttribute("aria-label", `${text}: keep as text`);
    button.addEventListener("click", () => onIgnore(words));
    item.append(button);
    return item;
  });
}
