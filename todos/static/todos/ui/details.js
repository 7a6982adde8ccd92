/** Everything else of a to-do, under its row. Each field saves itself when it is left; notes while they are written. */
import { Files } from "./attachments.js";
import { clone, find, findAll } from "./dom.js";
import { fromInputs, inDays, toInputs } from "./due.js";
import { INBOX, listName } from "./views.js";

/** A pause in writing after which notes are saved, in milliseconds. */
const PAUSE = 800;
const MAX_TAGS = 20;
const MAX_TAG = 50;

export class Details {
  #context;
  #todo;
  #files;
  #timer = null;
  /** Values of fields when the user began to change them, so that a change from elsewhere is noticed. */
  #began = {};

  constructor(todo, context, current) {
    this.#context = context;
    this.element = clone("details");
    this.#files = new Files(find(".attachments", this.element), context, current);
    this.element.setAttribute("aria-label", `Details of ${todo.title}`);
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.element.addEventListener("focusin", ({ target }) => this.#begin(target.name));
    this.element.addEventListener("input", ({ target }) => target.name === "notes" && this.#write(target.value));
    this.element.addEventListener("change", ({ target }) => this.#save(target.name));
    for (const chip of findAll("[data-days]", this.element)) {
      const days = chip.dataset.days;
      chip.addEventListener("click", () => this.#change({ due: days ? inDays(Number(days)) : null }));
    }
    find(".delete", this.element).addEventListener("click", () => context.actions.remove([current()]));
    this.update(todo);
  }

  focus() {
    this.#field("notes").focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** Show what it is now, save for the field the user is in. */
  update(todo) {
    this.#todo = todo;
    const { date, time } = toInputs(todo.due);
    this.#show({ notes: todo.notes, date, time, list: todo.list === INBOX ? "" : todo.list, tags: todo.tags.join(", "), priority: String(todo.priority) });
    this.#field("list").placeholder = "Inbox";
    this.#files.update(todo);
  }

  #show(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.#field(name);
      if (field !== document.activeElement && field.value !== value) field.value = value;
    }
  }

  #field(name) {
    return this.element.elements.namedItem(name);
  }

  #begin(name) {
    const field = { date: "due", time: "due" }[name] ?? name;
    if (field in this.#todo) this.#began[field] = this.#todo[field];
  }

  #write(text) {
    this.#context.drafts.keep(this.#todo.id, "notes", text, this.#began.notes);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save("notes"), PAUSE);
  }

  #save(name) {
    const read = {
      notes: () => ({ notes: this.#field("notes").value }),
      date: () => ({ due: this.#readDue() }),
      time: () => ({ due: this.#readDue() }),
      list: () => ({ list: listName(this.#field("list").value) }),
      tags: () => ({ tags: this.#readTags() }),
      priority: () => ({ priority: Number(this.#field("priority").value) }),
    }[name];
    if (read) this.#change(read());
  }

  #readDue() {
    const { date, time } = { date: this.#field("date"), time: this.#field("time") };
    return date.validity.badInput ? this.#todo.due : fromInputs(date.value, time.value);
  }

  /** As the API keeps them: trimmed, single spaces, lower case, each once. */
  #readTags() {
    const tags = this.#field("tags").value.normalize("NFC").toLowerCase().split(/[,#]/);
    const tidy = [...new Set(tags.map((tag) => tag.trim().replace(/\s+/g, " ")).filter(Boolean))];
    const isTooMuch = tidy.length > MAX_TAGS || tidy.some((tag) => tag.length > MAX_TAG);
    const problem = find(".field-problem", this.element);
    problem.hidden = !isTooMuch;
    problem.textContent = isTooMuch ? `At most ${MAX_TAGS} tags of ${MAX_TAG} characters; the others were left out.` : "";
    return tidy.filter((tag) => tag.length <= MAX_TAG).slice(0, MAX_TAGS);
  }

  async #change(fields) {
    clearTimeout(this.#timer);
    const [field] = Object.keys(fields);
    const was = field in this.#began ? { [field]: this.#began[field] } : {};
    await this.#context.actions.change(this.#todo.id, fields, { was, seen: this.#todo });
    this.#began[field] = fields[field];
    if (field === "notes") this.#context.drafts.forget(this.#todo.id, "notes");
  }
}
