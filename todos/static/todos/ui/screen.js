/** What is on the screen: the present view of the to-dos, drawn once per frame at most. */
import { announce, find, oncePerFrame, setText } from "./dom.js";
import { Mover } from "./drag.js";
import { List } from "./list.js";
import { hasAddress, INBOX } from "../store/list_entry.js";
import { searchFor, select, viewOf } from "./views.js";

/** Rows drawn at once; the rest on request. */
const CHUNK = 200;

/** A pause in typing after which is said what was found, in milliseconds. */
const PAUSE = 1000;

/** Whether a file of it came to nothing after it was sent: it was no picture, or broken. */
const hasFailed = (todo) => todo.attachments.some(({ status }) => status === "failed");

export class Screen {
  #store;
  #context;
  #sidebar;
  #status;
  #open;
  #done;
  #mover;
  #limit = CHUNK;
  #pause;

  constructor(store, context, sidebar, status, listDialog) {
    [this.#store, this.#context, this.#sidebar, this.#status] = [store, context, sidebar, status];
    this.#open = new List(find("#todos"), context);
    this.#done = new List(find("#done"), context);
    this.#mover = new Mover(this.#open, find("#todos"), (id, others, index) =>
      id === null ? this.draw() : context.actions.move(id, [...others, ...this.#undrawn()], index),
    );
    this.draw = oncePerFrame(() => this.#draw());
    this.#chooseView();
    addEventListener("hashchange", () => this.#chooseView({ isMove: true }));
    context.lists.addEventListener("change", () => this.renew());
    context.selection.addEventListener("change", () => this.draw());
    find("#edit-list").addEventListener("click", () => listDialog.open(context.view.name));
    find("#select-all").addEventListener("click", () => context.selection.toggleAll(this.#shown()));
    find("#query").addEventListener("input", () => {
      this.#chooseView();
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#tellFound(), PAUSE);
    });
    find("#search").addEventListener("submit", (event) => event.preventDefault());
    find("#more").addEventListener("click", () => this.#drawMore());
    find("#completed").addEventListener("toggle", () => this.draw());
    find("#clear").addEventListener("click", () => context.actions.remove(this.#selected().done));
    // What was due later is due now, in rows that are otherwise as they were: they are drawn anew for another view.
    setInterval(() => this.renew(), 60_000);
    document.addEventListener("visibilitychange", () => this.renew());
  }

  /** Bring an open to-do into sight; whether it is one of the view. */
  reveal(id) {
    const place = this.#selected().open.findIndex((todo) => todo.id === id);
    this.#limit = Math.max(this.#limit, place + 1);
    this.draw();
    requestAnimationFrame(() => this.#row(id)?.element.scrollIntoView({ block: "nearest" }));
    return place >= 0;
  }

  /** Show how far the files of a to-do have come. */
  drawFiles(id) {
    this.#row(id)?.updateFiles();
  }

  /** Save whatever is being typed. */
  flush() {
    for (const list of [this.#open, this.#done]) list.flush();
  }

  /** Those of the view behind the last that is drawn. */
  #undrawn() {
    return this.#selected().open.slice(this.#limit);
  }

  #row(id) {
    return this.#open.row(id) ?? this.#done.row(id);
  }

  #chooseView({ isMove = false } = {}) {
    const field = find("#query");
    if (isMove) field.value = "";
    this.#limit = CHUNK;
    this.renew();
    if (isMove) this.#context.selection.leave();
    if (isMove) find("#title").focus({ preventScroll: true });
    if (isMove) scrollTo(0, 0);
  }

  #tellFound() {
    const { open, done } = this.#selected();
    if (this.#context.view.kind === "search") announce(`${open.length + done.length} found.`);
  }

  /** The same view, with names as they are now. */
  renew() {
    const { lists } = this.#context;
    const query = find("#query").value.trim();
    this.#context.view = query ? searchFor(query, lists) : viewOf(location.hash, lists);
    this.draw();
  }

  /** All of the view, drawn or not, save for completed ones that are folded away. */
  #shown() {
    const { open, done } = this.#selected();
    return [...open, ...(this.#isUnfolded ? done : [])];
  }

  get #isUnfolded() {
    return find("#completed").open || this.#context.view.kind === "search";
  }

  #selected() {
    return select(this.#context.view, [...this.#store.todos()]);
  }

  #drawMore() {
    const { open, done } = this.#selected();
    const first = open[this.#limit] ?? done[this.#limit];
    this.#limit += CHUNK;
    this.draw();
    requestAnimationFrame(() => find(".title", this.#row(first.id)?.element)?.focus());
  }

  #draw() {
    if (this.#mover.isBusy) return;
    const { activeElement } = document;
    const { view } = this.#context;
    const todos = [...this.#store.todos()];
    const { open, done } = select(view, todos);
    const isUnfolded = this.#isUnfolded;
    this.#open.render(open.slice(0, this.#limit));
    this.#done.render(isUnfolded ? done.slice(0, this.#limit) : []);
    find("#todos").classList.toggle("is-movable", !["search", "today", "upcoming"].includes(view.kind));
    find("#more").hidden = Math.max(open.length, isUnfolded ? done.length : 0) <= this.#limit;
    this.#drawWords(view, open.length, done.length);
    this.#sidebar.render(todos, view);
    this.#context.selection.render();
    const { unsent, stuck } = this.#store;
    const { uploads, lists } = this.#context;
    this.#status.render(
      unsent + uploads.unsent + lists.waiting().length - stuck,
      stuck,
      uploads.refused,
      todos.filter(hasFailed).length,
    );
    if (activeElement !== document.body) this.#keepFocus();
  }

  /** What had the focus is taken away, or hidden: keys go on from the heading. */
  #keepFocus() {
    const { activeElement, body } = document;
    if (activeElement === body || !activeElement.getClientRects().length) find("#title").focus({ preventScroll: true });
  }

  #drawWords(view, open, done) {
    setText(find("#title"), view.title);
    document.title = `${view.title} · MyTodoList`;
    setText(find("#count"), open ? `${open} open` : "");
    find("#completed").hidden = !done;
    find("#select").hidden = open + done === 0 && !this.#context.selection.isOn;
    find("#edit-list").hidden = view.kind !== "list" || view.name === INBOX || !hasAddress(view.name);
    if (view.kind === "search") find("#completed").open = true;
    setText(find("#completed-count"), `Completed (${done})`);
    find("#clear").hidden = view.kind === "search";
    const words = {
      search: "Nothing has all of these words.",
      today: "Nothing is due today.",
      upcoming: "Nothing has a due date.",
    };
    find("#empty").hidden = open > 0 || (view.kind === "search" && done > 0);
    const none = words[view.kind] ?? (done ? "All done." : "Nothing to do yet. Add something below.");
    setText(find("#empty"), this.#context.isWhole ? none : "Your to-dos are on their way.");
  }
}
