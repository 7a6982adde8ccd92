/** Everything else of a to-do, under its row. What is typed is kept: saved when its field is left, or after a pause. */
import { Files } from "./attachments.js";
import { clone, find, findAll, setValue } from "./dom.js";
import { fromInputs, inDays, toInputs } from "../store/due.js";
import { readRule, showEnd } from "./rule_fields.js";
import { INBOX } from "../store/list_entry.js";
import { readTags } from "../store/tags.js";
import { choices as ruleChoices, withoutEnd } from "../store/repeat.js";
import * as remind from "../store/remind.js";

/** A pause in typing after which notes and dates are saved, in milliseconds. */
const PAUSE = 800;
const TEXTS = ["notes", "list", "tags"]; // unsaved at the first key: until then they show what is new

export class Details {
  #context;
  #todo;
  #files;
  /** Names of fields that hold something not saved yet, each with the timer that will save it, null without one. */
  #unsaved = new Map();
  /** What the user sees in each field that is not being typed in: a change from elsewhere meanwhile is noticed by it. */
  #seen = {};

  constructor(todo, context, current) {
    this.#context = context;
    this.element = clone("details");
    this.#files = new Files(find(".attachments", this.element), context, current);
    this.element.setAttribute("aria-label", `Details of ${todo.title}`);
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.element.addEventListener("input", ({ target }) => this.#write(target.name));
    // A date field says "change" at each digit of a year; it is saved when it is left.
    this.element.addEventListener("change", ({ target }) => target.closest(".due") || this.#save(target.name));
    this.element.addEventListener(
      "focusout",
      ({ target }) => this.#unsaved.has(target.name) && this.#save(target.name),
    );
    for (const chip of findAll("[data-days]", this.element))
      chip.addEventListener("click", () => this.#choose(chip.dataset.days));
    find(".delete", this.element).addEventListener("click", () => context.actions.remove([current()]));
    this.update(todo);
  }

  /** Into the first field, save where that would open a keyboard over half of the screen. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#field("notes").focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** Save all that was typed. Called before the details go, whichever way: an element that is removed says nothing. */
  flush() {
    for (const name of [...this.#unsaved.keys()]) this.#save(name);
  }

  /** Show what it is now, save for the field the user is in and what is not saved yet. */
  update(todo) {
    this.#todo = todo;
    const { date, time } = toInputs(todo.due);
    this.#show("due", todo.due, { date, time });
    const { rule, end, count, until } = withoutEnd(todo.repeat);
    this.#offer("repeat", ruleChoices(todo.due, rule), rule);
    this.#show("repeat", todo.repeat, { repeat: rule, end, count, until });
    showEnd(this.element);
    this.#offer("remind", remind.choices(todo.due, todo.remind), String(todo.remind ?? ""));
    this.#show("remind", todo.remind, { remind: String(todo.remind ?? "") });
    this.#show("notes", todo.notes, { notes: todo.notes });
    this.#show("list", todo.list, { list: todo.list === INBOX ? "" : this.#context.lists.name(todo.list) });
    this.#show("tags", todo.tags, { tags: todo.tags.join(", ") });
    this.#show("priority", todo.priority, { priority: String(todo.priority) });
    this.#field("list").placeholder = "Inbox";
    this.#files.update(todo);
  }

  /** What a list offers depends on the to-do; `chosen` is among it. */
  #offer(name, options, chosen) {
    const select = this.#field(name);
    const key = JSON.stringify(options);
    if (select.dataset.key === key || select === document.activeElement) return;
    select.dataset.key = key;
    select.replaceChildren(...options.map(([value, words]) => new Option(words, value)));
    select.value = chosen;
  }

  #show(field, value, inputs) {
    const isBusy = Object.keys(inputs).some(
      (name) => this.#unsaved.has(name) || (this.#field(name) === document.activeElement && !TEXTS.includes(name)),
    );
    if (isBusy && field in this.#seen) return;
    this.#seen[field] = value;
    for (const [name, text] of Object.entries(inputs)) setValue(this.#field(name), text);
  }

  #field(name) {
    return this.element.elements.namedItem(name);
  }

  #write(name) {
    clearTimeout(this.#unsaved.get(name));
    const isPausing = ["notes", "date", "time", "count", "until"].includes(name);
    showEnd(this.element, name);
    this.#unsaved.set(name, isPausing ? setTimeout(() => this.#save(name), PAUSE) : null);
    for (const [field, value] of Object.entries(this.#read(name))) {
      this.#context.drafts.keep(this.#todo.id, field, value, this.#seen[field]);
    }
  }

  /** What a field says, {field: value}; nothing while the browser calls it incomplete or wrong. */
  #read(name) {
    const field = this.#field(name);
    switch (name) {
      case "notes":
        return { notes: field.value };
      case "list":
        return { list: this.#context.lists.idFor(field.value) };
      case "tags":
        return { tags: this.#readTags() };
      case "repeat":
      case "end":
      case "count":
      case "until":
        return readRule(this.element);
      case "remind":
        return { remind: field.value === "" ? null : Number(field.value) };
      case "priority":
        return { priority: Number(field.value) };
      case "date":
      case "time":
        return this.#readDue(name);
      default:
        return {};
    }
  }

  /** A time without a date is one of today; without a date that was just taken away, nothing is due. */
  #readDue(name) {
    const [date, time] = [this.#field("date"), this.#field("time")];
    if (!date.validity.valid || !time.validity.valid) return {};
    const day = date.value || (name === "time" && time.value ? toInputs(inDays(0)).date : "");
    return { due: fromInputs(day, time.value) };
  }

  #save(name) {
    const fields = this.#read(name);
    clearTimeout(this.#unsaved.get(name));
    this.#unsaved.delete(name);
    if ("remind" in fields) this.#tellOfReminder(fields.remind);
    if (name === "list") this.#context.lists.make(this.#field(name).value);
    return Object.keys(fields).length ? this.#change(fields) : null;
  }

  async #tellOfReminder(minutes) {
    const note = find(".remind-note", this.element);
    note.textContent = minutes === null ? "" : await this.#context.reminders.wanted(this.#todo.due, minutes);
    note.hidden = !note.textContent;
  }

  /** A date chosen by its name replaces one half typed; its time stays. */
  #choose(days) {
    for (const name of ["date", "time"]) {
      clearTimeout(this.#unsaved.get(name));
      this.#unsaved.delete(name);
    }
    this.#change({ due: days ? fromInputs(inDays(Number(days)), toInputs(this.#todo.due).time) : null });
  }

  #readTags() {
    const { tags, problem } = readTags(this.#field("tags").value);
    Object.assign(find(".field-problem", this.element), { hidden: !problem, textContent: problem });
    return tags;
  }

  async #change(fields) {
    const [field] = Object.keys(fields);
    const { id } = this.#todo;
    const was = { [field]: this.#seen[field] };
    this.#seen[field] = fields[field];
    await this.#context.actions.change(id, fields, { was, seen: this.#todo });
    this.#context.drafts.forget(id, field, fields[field]);
  }
}
