/** Several to-dos at once: chosen by their boxes, their titles or the key x, then done, moved or deleted together. */
import { INBOX } from "../store/list_entry.js";
import { announce, find, make, setText } from "./dom.js";

/** Dispatches "change" when what is chosen changes. */
export class Selection extends EventTarget {
  #store;
  #actions;
  #lists;
  #ids = new Set();
  #isOn = false;

  constructor(store, actions, lists) {
    super();
    [this.#store, this.#actions, this.#lists] = [store, actions, lists];
    find("#select").addEventListener("click", () => (this.#isOn ? this.leave() : this.#enter()));
    find("#selection").addEventListener("submit", (event) => event.preventDefault());
    find("#leave-selection").addEventListener("click", () => this.leave());
    find("#selection-delete").addEventListener("click", () => this.remove());
    find("#selection-complete").addEventListener("click", () =>
      this.#do((todos) =>
        actions.completeAll(
          todos,
          todos.some(({ completed }) => !completed),
        ),
      ),
    );
    // On a list that is closed such a key would choose at once, and so move them; it opens the list.
    find("#selection-list").addEventListener("keydown", (event) => {
      const { key, target } = event;
      if (event.ctrlKey || event.altKey || event.metaKey || !/^(Arrow|Page|Home|End|\S$)/.test(key)) return;
      event.preventDefault();
      target.showPicker?.();
    });
    find("#selection-list").addEventListener("change", ({ target }) =>
      this.#do((todos) => actions.moveToList(todos, target.value)),
    );
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#isOn && !event.defaultPrevented && !find("dialog[open]")) this.leave();
    });
  }

  get isOn() {
    return this.#isOn;
  }

  has(id) {
    return this.#isOn && this.#ids.has(id);
  }

  /** Choose a to-do, or no longer; the first one begins it all. */
  toggle(id, isChosen = !this.has(id)) {
    if (!this.#isOn) this.#enter();
    if (isChosen) this.#ids.add(id);
    else this.#ids.delete(id);
    this.#changed();
    announce(`${this.#ids.size} selected.`);
  }

  /** Choose all of these, or none if all of them are chosen. */
  toggleAll(todos) {
    const isAll = todos.every(({ id }) => this.#ids.has(id));
    this.#ids = new Set(isAll ? [] : todos.map(({ id }) => id));
    this.#changed();
    announce(`${this.#ids.size} selected.`);
  }

  /** Delete what is chosen. */
  remove() {
    return this.#do((todos) => this.#actions.remove(todos));
  }

  leave() {
    if (!this.#isOn) return;
    const isInside = find("#selection").contains(document.activeElement);
    this.#isOn = false;
    this.#ids.clear();
    this.#changed();
    if (isInside) find("#select").focus();
  }

  /** The bar that says how many, and what can be done with them. */
  render() {
    const todos = this.#todos();
    document.documentElement.classList.toggle("is-selecting", this.#isOn);
    find("#select").setAttribute("aria-pressed", String(this.#isOn));
    find("#selection").hidden = !this.#isOn;
    if (!this.#isOn) return;
    setText(find("#selected"), `${todos.length} selected`);
    setText(
      find("#selection-complete"),
      todos.length && todos.every(({ completed }) => completed) ? "Reopen" : "Complete",
    );
    for (const name of ["complete", "list", "delete"]) find(`#selection-${name}`).disabled = todos.length === 0;
    this.#offerLists();
  }

  #offerLists() {
    const place = find("#selection-list");
    const used = [...this.#store.todos()].map(({ list }) => list);
    const choices = [
      ["", "Move to…"],
      ...[this.#lists.get(INBOX), ...this.#lists.all(used)].map(({ id, name }) => [id, name]),
    ];
    const key = JSON.stringify(choices);
    if (place.dataset.key === key) return;
    place.dataset.key = key;
    place.replaceChildren(...choices.map(([value, text]) => Object.assign(make("option", "", text), { value })));
  }

  #todos() {
    return [...this.#ids].map((id) => this.#store.todo(id)).filter(Boolean);
  }

  #enter() {
    this.#isOn = true;
    this.#changed();
    announce("Select to-dos by their boxes, their titles or the key x.");
  }

  async #do(act) {
    const todos = this.#todos();
    if (todos.length) await act(todos);
    find("#selection-list").value = "";
    this.leave();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
