/** One to-do in the list: what it shows, and what its buttons do. */
import { showThumbs } from "./attachments.js";
import { Details } from "./details.js";
import { clone, find, icon, make, setText } from "./dom.js";
import { inWords, isDueToday, isOverdue } from "../store/due.js";
import { inWords as ruleInWords } from "../store/repeat.js";
import { showConflicts } from "./conflicts.js";
import { editTitle } from "./title.js";
import { hashOf, listTitle } from "./views.js";

const PRIORITIES = ["", "Low priority", "Medium priority", "High priority"];

export class Row {
  #context;
  #todo;
  #shownIn;
  #details = null;
  #title = null;

  /** `context` holds actions, uploads, links, drafts and the current view. */
  constructor(todo, context) {
    this.#context = context;
    this.element = clone("row");
    this.element.dataset.id = todo.id;
    const on = (selector, name, handler) => find(selector, this.element).addEventListener(name, handler);
    on(".check", "change", ({ target }) => context.actions.complete(this.#todo, target.checked));
    on(".title", "click", () => { this.#title = editTitle(this.element, this.#todo, context); });
    on(".open", "click", () => this.toggle());
    this.element.addEventListener("keydown", (event) => this.#press(event));
    this.update(todo);
  }

  get todo() {
    return this.#todo;
  }

  /** Show it as it is now; what the user is typing in stays. */
  update(todo) {
    if (todo === this.#todo && this.#shownIn === this.#context.view) return;
    this.#todo = todo;
    this.#shownIn = this.#context.view;
    const { element } = this;
    const name = todo.title || "Untitled";
    element.classList.toggle("is-done", todo.completed);
    element.dataset.priority = todo.priority;
    element.dataset.pending = todo.pending ? "yes" : "no";
    const check = find(".check", element);
    check.checked = todo.completed;
    check.setAttribute("aria-label", `Done: ${name}`);
    setText(find(".title", element), name);
    find(".open", element).setAttribute("aria-label", `Details of ${name}`);
    find(".handle", element).setAttribute("aria-label", `Move ${name}`);
    showFacts(find(".facts", element), todo, this.#context.view);
    showThumbs(find(".thumbs", element), todo, this.#context);
    showConflicts(element, todo, this.#context.actions);
    this.#details?.update(todo);
  }

  /** Save whatever is being typed in it. */
  flush() {
    this.#title?.save();
    this.#details?.flush();
  }

  /** Show how far its files have come. */
  updateFiles() {
    this.#details?.update(this.#todo);
  }

  /** Open or close the details. */
  toggle(isOpen = this.#details === null) {
    if (isOpen === (this.#details !== null)) return;
    const button = find(".open", this.element);
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      this.#details = new Details(this.#todo, this.#context, () => this.#todo);
      this.element.append(this.#details.element);
      this.#details.focus();
    } else {
      this.#details.flush();
      this.#details.element.remove();
      this.#details = null;
      button.focus();
    }
  }

  #press(event) {
    if (event.key === "Escape" && this.#details && !event.defaultPrevented) this.toggle(false);
    if (event.key !== "Delete" || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    event.preventDefault();
    this.#context.actions.remove([this.#todo]);
  }
}

/** The web addresses in a text, at most three. */
function linksIn(text) {
  const found = text.match(/\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]']/g) ?? [];
  return [...new Set(found)].filter((address) => URL.canParse(address)).slice(0, 3).map((address) => new URL(address));
}

/** Due date, list, tags and so on, as small things to see or follow. */
function showFacts(place, todo, view) {
  const facts = [...factsOf(todo, view)];
  const key = JSON.stringify(facts);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(...facts.map(({ text, kind, hash, symbol }) => {
    const item = make("li", `fact ${kind}`);
    const inner = hash ? make("a") : make("span");
    if (hash) inner.href = hash;
    if (kind === "link") Object.assign(inner, { target: "_blank", rel: "noreferrer", title: hash });
    if (symbol) inner.append(icon(symbol));
    inner.append(text);
    item.append(inner);
    return item;
  }));
}

function* factsOf(todo, view) {
  if (todo.due) {
    const kind = todo.completed ? "" : isOverdue(todo.due) ? "overdue" : isDueToday(todo.due) ? "today" : "";
    yield { text: kind === "overdue" ? `Overdue: ${inWords(todo.due)}` : inWords(todo.due), kind: `due ${kind}`, symbol: "upcoming" };
  }
  if (todo.repeat) yield { text: ruleInWords(todo.repeat), kind: "repeat", symbol: "repeat" };
  if (todo.priority) yield { text: PRIORITIES[todo.priority], kind: `priority-${todo.priority}` };
  if (view.kind !== "list") yield { text: listTitle(todo.list), kind: "list", hash: hashOf("list", todo.list), symbol: todo.list === "inbox" ? "inbox" : "list" };
  for (const tag of todo.tags) yield { text: `#${tag}`, kind: "tag", hash: hashOf("tag", tag) };
  for (const url of linksIn(`${todo.title} ${todo.notes}`)) yield { text: url.host, kind: "link", hash: url.href };
  if (todo.notes) yield { text: "Notes", kind: "notes", symbol: "note" };
  if (todo.attachments.length) yield { text: String(todo.attachments.length), kind: "clip", symbol: "clip" };
}
