/** The field for a new to-do: it goes where the user is looking. */
import { find } from "./dom.js";
import { inDays } from "../store/due.js";

export function wireAdd(context, screen) {
  const [form, field] = [find("#add"), find("#new-title")];
  field.value ||= context.drafts.read("new", "title");
  find("#app .skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address says which view this is
    field.focus();
  });
  field.addEventListener("input", () => context.drafts.keep("new", "title", field.value, ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const title = field.value.replace(/\s+/g, " ").trim();
    field.focus();
    if (!title) return;
    field.value = "";
    const id = await context.actions.add({ title, ...placeOf(context.view) });
    if (!field.value) context.drafts.forget("new", "title");
    screen.reveal(id);
  });
  if (form.dataset.asked) form.requestSubmit(); // before this module was here
}

/** What makes a new to-do belong to the present view. */
function placeOf(view) {
  if (view.kind === "list") return { list: view.name };
  if (view.kind === "tag") return { tags: [view.name] };
  return view.kind === "today" || view.kind === "upcoming" ? { due: inDays(0) } : {};
}
