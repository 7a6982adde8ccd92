/** What is on the screen: the present view of the to-dos, drawn once per frame at most. */
import { find, oncePerFrame, setText } from "./dom.js";
import { Mover } from "./drag.js";
import { List } from "./list.js";
import { searchFor, select, viewOf } from "./views.js";

/** Rows drawn at once; the rest on request. */
const CHUNK = 200;

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

  constructor(store, context, sidebar, status) {
    [this.#store, this.#context, this.#sidebar, this.#status] = [store, context, sidebar, status];
    this.#open = new List(find("#todos"), context);
    this.#done = new List(find("#done"), context);
    this.#mover = new Mover(this.#open, find("#todos"), (id, others, index) =>
      id === null ? this.draw() : context.actions.move(id, others, index));
    this.draw = oncePerFrame(() => this.#draw());
    this.#chooseView();
    addEventListener("hashchange", () => this.#chooseView({ isMove: true }));
    find("#query").addEventListener("input", () => this.#chooseView());
    find("#search").addEventListener("submit", (event) => event.preventDefault());
    find("#more").addEventListener("click", () => { this.#limit += CHUNK; this.draw(); });
    find("#completed").addEventListener("toggle", () => this.draw());
    find("#clear").addEventListener("click", () => context.actions.remove(this.#selected().done));
    setInterval(() => this.draw(), 60_000); // what was due later is due now
  }

  /** Bring a to-do into sight. */
  reveal(id) {
    requestAnimationFrame(() => this.#row(id)?.element.scrollIntoView({ block: "nearest" }));
  }

  /** Show how far the files of a to-do have come. */
  drawFiles(id) {
    this.#row(id)?.updateFiles();
  }

  /** Save whatever is being typed. */
  flush() {
    for (const list of [this.#open, this.#done]) list.flush();
  }

  #row(id) {
    return this.#open.row(id) ?? this.#done.row(id);
  }

  #chooseView({ isMove = false } = {}) {
    const field = find("#query");
    if (isMove) field.value = "";
    const query = field.value.trim();
    this.#context.view = query ? searchFor(query) : viewOf(location.hash);
    this.#limit = CHUNK;
    this.draw();
    if (isMove) find("#title").focus({ preventScroll: true });
    if (isMove) scrollTo(0, 0);
  }

  #selected() {
    return select(this.#context.view, [...this.#store.todos()]);
  }

  #draw() {
    if (this.#mover.isBusy) return;
    const { view } = this.#context;
    const todos = [...this.#store.todos()];
    const { open, done } = select(view, todos);
    const isUnfolded = find("#completed").open || view.kind === "search";
    this.#open.render(open.slice(0, this.#limit));
    this.#done.render(isUnfolded ? done.slice(0, this.#limit) : []);
    find("#todos").classList.toggle("is-movable", !["search", "today", "upcoming"].includes(view.kind));
    find("#more").hidden = Math.max(open.length, isUnfolded ? done.length : 0) <= this.#limit;
    this.#drawWords(view, open.length, done.length);
    this.#sidebar.render(todos, view);
    const { unsent, stuck } = this.#store;
    const { uploads } = this.#context;
    this.#status.render(unsent + uploads.unsent - stuck, stuck, uploads.refused, todos.filter(hasFailed).length);
  }

  #drawWords(view, open, done) {
    setText(find("#title"), view.title);
    document.title = `${view.title} · MyTodoList`;
    setText(find("#count"), open ? `${open} open` : "");
    find("#completed").hidden = !done;
    if (view.kind === "search") find("#completed").open = true;
    setText(find("#completed-count"), `Completed (${done})`);
    find("#clear").hidden = view.kind === "search";
    const words = { search: "Nothing has all of these words.", today: "Nothing is due today.", upcoming: "Nothing has a due date." };
    find("#empty").hidden = open > 0 || (view.kind === "search" && done > 0);
    setText(find("#empty"), words[view.kind] ?? (done ? "All done." : "Nothing to do yet. Add something below."));
  }
}
