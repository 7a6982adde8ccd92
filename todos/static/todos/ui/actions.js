/** What a user can do to to-dos. Each is on disk before it is shown, and taken back by undo where it takes away. */
import { announce } from "./dom.js";
import { created, dropped, edited, removed, resolved, restored } from "../store/entry.js";
import { atEnd, newId, placed } from "../store/order.js";
import { now } from "../sync/clock.js";
import { toast } from "./toasts.js";

export class Actions {
  #store;
  #uploads;

  constructor(store, uploads) {
    this.#store = store;
    this.#uploads = uploads;
  }

  /** A new to-do at the end of its list; its id. */
  async add(fields) {
    const id = newId();
    const order = atEnd([...this.#store.todos()], now());
    await this.#store.update([id], (entry) => created(entry, { order, ...fields }));
    announce(`Added ${fields.title}.`);
    return id;
  }

  /** Change fields; `was` are their values when the user began to type, `seen` the to-do they typed in. */
  change(id, fields, { was, seen } = {}) {
    return this.#store.update([id], (entry) => edited(entry, fields, { was, seen }));
  }

  async complete(todo, completed) {
    await this.change(todo.id, { completed });
    const undo = () => this.change(todo.id, { completed: !completed });
    toast(completed ? `Done: ${todo.title}` : `To do again: ${todo.title}`, undo);
  }

  /** Delete to-dos, as one step. */
  async remove(todos) {
    await this.#store.update(todos.map(({ id }) => id), removed);
    const byId = new Map(todos.map((todo) => [todo.id, todo]));
    const undo = async () => {
      await this.#store.update([...byId.keys()], (entry, id) => restored(entry, byId.get(id)));
      announce(todos.length === 1 ? `${todos[0].title} is back.` : `${todos.length} to-dos are back.`);
    };
    toast(todos.length === 1 ? `Deleted: ${todos[0].title}` : `Deleted ${todos.length} to-dos.`, undo);
  }

  /** Put a to-do at a place among the others, which are in order. */
  move(id, others, index) {
    const orders = placed(others, id, index, now());
    return this.#store.update(Object.keys(orders), (entry, one) => edited(entry, { order: orders[one] }));
  }

  /** Take an attachment off, and delete its file once that can no longer be taken back. */
  async detach(todo, upload) {
    const ids = todo.attachments.map(({ id }) => id);
    await this.change(todo.id, { attachments: ids.filter((id) => id !== upload.id) });
    await this.#uploads.remove(todo.id, upload.id);
    toast(`Removed: ${upload.name ?? "a file"}`, async () => {
      await this.#uploads.keep(upload.id);
      const now = this.#store.todo(todo.id)?.attachments.map(({ id }) => id) ?? [];
      await this.#store.update([todo.id], (entry) =>
        edited(entry, { attachments: [...now, upload.id] }, { shows: { [upload.id]: upload } }));
    });
  }

  /** Decide a conflict: "mine", "theirs", or "both" with a value made of the two. */
  resolve(id, field, choice, value) {
    return this.#store.update([id], (entry) => resolved(entry, field, choice, value));
  }

  /** Give up a change the server refused. */
  giveUp(id) {
    return this.#store.update([id], dropped);
  }
}
