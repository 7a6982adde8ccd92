/** One to-do in the list: what it shows, and what its buttons do. */
import { showThumbs } from "./attachments.js";
import { Details } from "./details.js";
import { clone, find, isTyping, setText } from "./dom.js";
import { showFacts } from "./facts.js";
import { showConflicts } from "./conflicts.js";
import { editTitle } from "./title.js";

export class Row {
  #context;
  #todo;
  #shownIn;
  #choice;
  #details = null;
  #title = null;

  /** `context` holds actions, uploads, links, drafts, lists, selection and the current view. */
  constructor(todo, context) {
    this.#context = context;
    this.element = clone("row");
    this.element.dataset.id = todo.id;
    const on = (selector, name, handler) => find(selector, this.element).addEventListener(name, handler);
    on(".check", "change", ({ target }) => this.#tick(target.checked));
    on(".title", "click", () => this.#openTitle());
    on(".open", "click", () => this.toggle());
    this.element.addEventListener("keydown", (event) => this.#press(event));
    this.update(todo);
  }

  get todo() {
    return this.#todo;
  }

  /** Show it as it is now; what the user is typing in stays. */
  update(todo) {
    const { view, selection } = this.#context;
    const choice = selection.isOn ? selection.has(todo.id) : null;
    if (todo === this.#todo && this.#shownIn === view && this.#choice === choice) return;
    [this.#todo, this.#shownIn, this.#choice] = [todo, view, choice];
    const { element } = this;
    const name = todo.title || "Untitled";
    element.classList.toggle("is-done", todo.completed);
    element.dataset.priority = todo.priority;
    element.dataset.pending = todo.pending ? "yes" : "no";
    this.#showTick(name);
    setText(find(".title", element), name);
    find(".open", element).setAttribute("aria-label", `Details of ${name}`);
    find(".handle", element).setAttribute("aria-label", `Move ${name}`);
    showFacts(find(".facts", element), todo, this.#context);
    showThumbs(find(".thumbs", element), todo, this.#context);
    showConflicts(element, todo, this.#context);
    this.#title?.update(todo);
    this.#details?.update(todo);
  }

  /** The box says whether it is done or, while several are chosen, whether it is one of them. */
  #showTick(name) {
    const isSelecting = this.#choice !== null;
    const check = find(".check", this.element);
    check.checked = isSelecting ? this.#choice : this.#todo.completed;
    check.setAttribute("aria-label", `${isSelecting ? "Select" : "Done"}: ${name}`);
    this.element.classList.toggle("is-selected", this.#choice === true);
  }

  #tick(isTicked) {
    const { selection, actions } = this.#context;
    if (selection.isOn) selection.toggle(this.#todo.id, isTicked);
    else actions.complete(this.#todo, isTicked);
  }

  #openTitle() {
    const { selection } = this.#context;
    if (selection.isOn) selection.toggle(this.#todo.id);
    else this.#title = editTitle(this.element, this.#todo, this.#context);
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
    if (!event.target.closest(".line")) return; // a button of the details, such as that of a file, is not the to-do
    const isOther = event.ctrlKey || event.metaKey || event.altKey || event.repeat; // a held key is one wish
    if (isTyping(event) || isOther || !["Delete", "Backspace", "x"].includes(event.key)) return;
    event.preventDefault();
    const { selection, actions } = this.#context;
    if (event.key === "x") selection.toggle(this.#todo.id);
    else if (selection.isOn) selection.remove();
    else actions.remove([this.#todo]);
  }
}
