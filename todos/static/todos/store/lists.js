/** All lists of one user on this device, the same in every window (see list_entry.js). */
import { changedList, confirmedList, hasAddress, INBOX, NOTHING, shownList } from "./list_entry.js";
import { isAnew } from "./rebase.js";

const MAX_NAME = 100;
const STEP = 1;

/** A name as somebody typed it, in one line. */
export const tidy = (text) => text.replace(/\s+/g, " ").trim();
const byName = (one, other) => one.name.localeCompare(other.name, undefined, { numeric: true });
const byOrder = (one, other) => (one.order < other.order ? -1 : one.order > other.order ? 1 : byName(one, other));

/** Dispatches "change", and "pending" when there is something to send. */
export class Lists extends EventTarget {
  #store;
  #entries = {};
  #writing = 0;

  constructor(store) {
    super();
    this.#store = store;
    store.addEventListener("meta", () => this.#reload());
  }

  /** What this device knows. Lists that it alone knew before there were any on the server are told to the server. */
  async load() {
    await this.#reload();
    const names = (await this.#store.meta("lists")) ?? [];
    for (const name of names) await this.make(name);
    if (names.length) await this.#store.setMeta("lists", []);
  }

  async #reload() {
    const kept = (await this.#store.meta("list-entries")) ?? {};
    if (this.#writing) return; // what is shown is ahead of what was kept; the last one to write reloads
    this.#entries = kept;
    this.dispatchEvent(new Event("change"));
    if (this.waiting().length) this.dispatchEvent(new Event("pending"));
  }

  /** Take some entries to their next state: here at once, in every window soon; `step` gets the entry, or undefined. */
  async #update(ids, step) {
    const change = (known = {}) => {
      const changed = Object.fromEntries(
        ids.filter(hasAddress).map((id) => [id, step(Object.hasOwn(known, id) ? known[id] : undefined, id)]),
      );
      return Object.fromEntries(
        Object.entries({ ...known, ...changed }).filter(([, entry]) => entry?.base || entry?.pending),
      );
    };
    this.#entries = change(this.#entries);
    this.dispatchEvent(new Event("change"));
    this.#writing += 1;
    try {
      await this.#store.changeMeta("list-entries", change);
    } finally {
      this.#writing -= 1;
      await this.#reload();
    }
  }

  entry(id) {
    return Object.hasOwn(this.#entries, id) ? this.#entries[id] : NOTHING;
  }

  /** A list as the user sees it, the inbox too. */
  get(id) {
    return id === INBOX ? { id, name: "Inbox", color: null, isThere: true } : shownList(id, this.entry(id));
  }

  name(id) {
    return this.get(id).name;
  }

  /** All lists but the inbox in their order: those that are there, and those that the to-dos of `used` are on. */
  all(used = []) {
    const inUse = new Set(used);
    const ids = new Set([...Object.keys(this.#entries), ...inUse]);
    ids.delete(INBOX);
    return [...ids]
      .map((id) => this.get(id))
      .filter(({ id, isThere }) => isThere || inUse.has(id))
      .sort(byOrder);
  }

  /** The id of the list of this name, in any case as phones begin with a capital, or one for a new list; no name is the
   * inbox. */
  idFor(text) {
    const name = tidy(text);
    if (!name || name.toLowerCase() === INBOX) return INBOX;
    const all = this.all([...this.#store.todos()].map(({ list }) => list));
    const known =
      all.find((list) => list.name === name) ?? all.find((list) => list.name.toLowerCase() === name.toLowerCase());
    if (known) return known.id;
    const isFree = (id) => this.name(id) === name || this.entry(id) === NOTHING;
    const stem = hasAddress(name) ? name : name.replaceAll(".", "·");
    for (let number = 1; ; number += 1) {
      const id = number === 1 ? stem : `${stem.slice(0, MAX_NAME - 5)} ${number}`;
      if (isFree(id)) return id;
    }
  }

  /** Make a list of this name at the end, unless there is one; its id. It is among `all` when this returns. */
  async make(text) {
    const id = this.idFor(text);
    const last = this.all().reduce((order, list) => (list.isThere ? Math.max(order, list.order) : order), 0);
    if (!this.get(id).isThere) await this.change(id, { name: tidy(text), color: null, order: Math.floor(last) + STEP });
    return id;
  }

  change(id, fields) {
    return this.#update([id], (entry) => changedList(entry, fields));
  }

  remove(id) {
    return this.#update([id], ({ base } = NOTHING) => ({ base, pending: { fields: {}, isDeleted: true } }));
  }

  /** Put a list at a place among the others: all get new places, as there are few. */
  move(id, index, used) {
    const ids = this.all(used)
      .map((list) => list.id)
      .filter((one) => one !== id);
    ids.splice(index, 0, id);
    const moved = ids.filter((one, place) => this.get(one).order !== place + STEP);
    return this.#update(moved, (entry, one) => changedList(entry, { order: ids.indexOf(one) + STEP }));
  }

  // --- With the server --------------------------------------------------------------------------------------------

  /** The ids of what is to be sent. */
  waiting() {
    return Object.keys(this.#entries).filter((id) => this.#entries[id].pending);
  }

  /** The server has taken what was `sent`, and says that the list is `row` now; null for a deleted one. */
  confirm(id, sent, row) {
    return this.#update([id], (entry = NOTHING) => confirmedList(entry, sent, row));
  }

  /** The server will never take the change. */
  giveUp(id) {
    return this.#update([id], ({ base } = NOTHING) => ({ base, pending: null }));
  }

  /** What the server says of some lists, as news; how much of it was new. */
  async receive(rows) {
    const news = rows.filter((row) => {
      const { base } = this.entry(row.id);
      return row.version > (base?.version ?? 0) || isAnew(base, row);
    });
    const byId = new Map(news.map((row) => [row.id, row]));
    if (news.length)
      await this.#update([...byId.keys()], ({ pending } = NOTHING, id) => ({ base: byId.get(id), pending }));
    return news.length;
  }

  /** Which version of each list the server had when it last spoke of it. */
  versions() {
    const entries = Object.entries(this.#entries).filter(([, { base }]) => base);
    return new Map(entries.map(([id, { base }]) => [id, base.version]));
  }

  /** After a sync from nothing, what the server did not name is gone there, if it was `known` before and as it is now. */
  async sweep(known, seen) {
    const gone = [...known.keys()].filter((id) => !seen.has(id));
    const step = ({ base, pending } = NOTHING, id) => ({
      base: base?.version === known.get(id) ? null : base,
      pending,
    });
    if (gone.length) await this.#update(gone, step);
  }
}
