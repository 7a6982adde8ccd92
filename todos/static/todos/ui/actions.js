/** What a user can do to to-dos. Each is on disk before it is shown, and taken back by undo where it takes away. */
import { announce } from "./dom.js";
import { attached, created, dropped, edited, removed, resolved, restored, shown } from "../store/entry.js";
import { atEnd, newId, placed } from "../store/order.js";
import { now } from "../sync/clock.js";
import { toast } from "./toasts.js";

export class Actions {
  #store;
  #uploads;
  #lists;

  constructor(store, uploads, lists) {
    [this.#store, this.#uploads, this.#lists] = [store, uploads, lists];
  }

  /** A new to-do at the end of its list; its id. Who can't see it hears `said`. */
  async add(fields, said) {
    const id = newId();
    const order = atEnd([...this.#store.todos()], now());
    await this.#store.update([id], (entry) => created(entry, { order, ...fields }));
    announce(`Added ${said}.`);
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

  /** Complete or reopen several, as one step. */
  async completeAll(todos, completed) {
    const undo = await this.#set(todos, { completed });
    toast(`${completed ? "Done" : "To do again"}: ${inNumbers(todos)}`, undo);
  }

  /** Put several onto another list, as one step. */
  async moveToList(todos, list) {
    const undo = await this.#set(todos, { list });
    toast(`Moved to ${this.#lists.name(list)}: ${inNumbers(todos)}`, undo);
  }

  /** Give all of these the same values; what takes it back. */
  async #set(todos, fields) {
    const before = new Map(
      todos.map((todo) => [todo.id, Object.fromEntries(Object.keys(fields).map((name) => [name, todo[name]]))]),
    );
    await this.#store.update([...before.keys()], (entry) => edited(entry, fields));
    return () => this.#store.update([...before.keys()], (entry, id) => edited(entry, before.get(id)));
  }

  /** Delete to-dos, as one step. */
  async remove(todos) {
    const undo = await this.#takeAway(todos);
    toast(`Deleted: ${inNumbers(todos)}`, async () => {
      await undo();
      announce(`Back: ${inNumbers(todos)}`);
    });
  }

  async #takeAway(todos) {
    const byId = new Map(todos.map((todo) => [todo.id, todo]));
    await this.#store.update([...byId.keys()], (entry, id) => {
      const now = shown(id, entry); // what was typed last may not be on the screen yet
      if (now) byId.set(id, { ...now, pending: entry.pending });
      return removed(entry);
    });
    return async () => {
      await this.#store.update([...byId.keys()], (entry, id) => restored(entry, byId.get(id)));
      this.#uploads.again();
    };
  }

  /** Move a list so many places down, or up. */
  async moveList(id, step) {
    const used = [...this.#store.todos()].map(({ list }) => list);
    const ids = this.#lists.all(used).map((list) => list.id);
    const index = ids.indexOf(id) + step;
    if (index < 0 || index >= ids.length) return announce(step < 0 ? "It is the first." : "It is the last.");
    await this.#lists.move(id, index, used);
    announce(`${this.#lists.name(id)}: place ${index + 1} of ${ids.length}.`);
  }

  /** Delete a list, after its to-dos were moved to another or, with null, deleted. */
  async removeList(id, todos, moveTo) {
    const { name, color, order, isThere } = this.#lists.get(id);
    const undo = moveTo === null ? await this.#takeAway(todos) : await this.#set(todos, { list: moveTo });
    await this.#lists.remove(id);
    toast(`Deleted the list ${name}.`, async () => {
      await this.#lists.change(id, { name, color, ...(isThere && { order }) });
      await undo();
      announce(`The list ${name} is back.`);
    });
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
    this.#uploads.hold(upload.id);
    await this.#uploads.remove(todo.id, upload.id);
    const takeBack = async () => {
      await this.#uploads.keep(upload.id);
      await this.#store.update([todo.id], (entry) => attached(todo.id, entry, upload));
    };
    toast(`Removed: ${upload.name ?? "a file"}`, takeBack, () => this.#uploads.release(upload.id));
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

const inNumbers = (todos) => (todos.length === 1 ? todos[0].title : `${todos.length} to-dos`);
