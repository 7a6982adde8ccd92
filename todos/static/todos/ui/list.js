/** The list on the screen: rows stay the same elements while to-dos change, so that focus and typing stay, too. */
import { find, isTyping, likesStillness, moveInto } from "./dom.js";
import { Row } from "./row.js";

export class List {
  #place;
  #context;
  #rows = new Map();

  constructor(place, context) {
    this.#place = place;
    this.#context = context;
    place.addEventListener("keydown", (event) => this.#press(event));
  }

  /** The to-dos in the order they are shown. */
  get todos() {
    return [...this.#place.children].map((element) => this.#rows.get(element.dataset.id).todo);
  }

  row(id) {
    return this.#rows.get(id);
  }

  flush() {
    for (const row of this.#rows.values()) row.flush();
  }

  /** Show these, in this order. */
  render(todos) {
    const focus = this.#noteFocus();
    const before = this.#positions();
    const wanted = new Set(todos.map(({ id }) => id));
    for (const [id, row] of this.#rows) if (!wanted.has(id)) this.#drop(id, row);
    todos.forEach((todo, index) => {
      const row = this.#rows.get(todo.id) ?? this.#add(todo);
      row.update(todo);
      const { children } = this.#place;
      // What goes down moves itself, not all that come to stand above it, save where it has the focus: what moves may
      // lose that.
      const goesDown = children[index]?.nextElementSibling === row.element;
      if (goesDown && !children[index].contains(document.activeElement)) moveInto(this.#place, children[index], null);
      if (children[index] !== row.element) moveInto(this.#place, row.element, children[index] ?? null);
    });
    this.#glide(before);
    this.#restoreFocus(focus);
  }

  #add(todo) {
    const row = new Row(todo, this.#context);
    this.#rows.set(todo.id, row);
    return row;
  }

  /** Whatever was being typed in it is saved first: an element that is just taken away says nothing. */
  #drop(id, row) {
    this.#rows.delete(id);
    row.flush();
    row.element.remove();
  }

  /** Where the focus is, so that it goes on from there if its row leaves. */
  #noteFocus() {
    const { activeElement } = document;
    const row = this.#place.contains(activeElement) ? activeElement.closest(".todo") : null;
    return row && { activeElement, index: [...this.#place.children].indexOf(row), kind: activeElement.classList[0] };
  }

  #restoreFocus(focus) {
    if (!focus || document.activeElement === focus.activeElement) return;
    if (focus.activeElement.isConnected) return focus.activeElement.focus({ preventScroll: true });
    const next = this.#place.children[Math.min(focus.index, this.#place.children.length - 1)];
    const same = next && focus.kind && next.querySelector(`.${focus.kind}`);
    (same ?? (next && find(".title", next)) ?? find("#new-title")).focus();
  }

  #positions() {
    if (likesStillness()) return null;
    return new Map([...this.#place.children].slice(0, 100).map((element) => [element, element.offsetTop]));
  }

  /** Rows that changed places move there instead of jumping. */
  #glide(before) {
    for (const [element, top] of before ?? []) {
      const way = element.isConnected ? top - element.offsetTop : 0;
      const isLifted = element.classList.contains("is-lifted");
      if (way && !isLifted)
        element.animate([{ translate: `0 ${way}px` }, { translate: "0 0" }], { duration: 160, easing: "ease-out" });
    }
  }

  /** The arrow keys go from row to row, to the same part of it. */
  #press(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target.closest(".todo");
    if (!step || !row || event.altKey || row.classList.contains("is-picked") || isTyping(event)) return;
    const rows = [...this.#place.children];
    const next = rows[rows.indexOf(row) + step];
    if (!next) return;
    event.preventDefault();
    (next.querySelector(`.line .${event.target.classList[0]}`) ?? find(".title", next)).focus();
  }
}
