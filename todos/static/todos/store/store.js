/**
 * All entries (see entry.js): on disk, in memory, and the same in every window of this browser. What is on disk counts:
 * a change reads, works and writes in one transaction, so that windows never undo each other's.
 *
 * Events: "change" with detail.ids, whatever the reason; "pending" when there is something to send; "meta" when another
 * window has changed something of `changeMeta`.
 */
import { ask, openDatabase, transact } from "./database.js";
import { isStuck, shown } from "./entry.js";

const NOTHING = Object.freeze({ base: null, pending: null });

export class Store extends EventTarget {
  #database;
  #windows;
  #entries = new Map();
  #shown = new WeakMap();

  /** The store of a user, with all that this device has of theirs. */
  static async open(name) {
    const store = new Store();
    store.#database = await openDatabase(name, () => store.dispatchEvent(new Event("replaced")));
    store.#windows = new BroadcastChannel(name);
    store.#windows.onmessage = ({ data }) =>
      data.ids ? store.#reload(data.ids) : store.dispatchEvent(new Event("meta"));
    await store.#reload();
    return store;
  }

  /** Take what is on disk for what is known. */
  refresh(ids) {
    return this.#reload(ids);
  }

  /** Leave nothing. */
  empty() {
    const names = ["todos", "pending", "files", "meta"];
    return transact(this.#database, names, "readwrite", async (stores) => {
      for (const each of Object.values(stores)) each.clear();
    });
  }

  close() {
    this.#windows.close();
    this.#database.close();
  }

  entry(id) {
    return this.#entries.get(id) ?? NOTHING;
  }

  /** Every to-do as the user sees it, with how it stands with the server. */
  *todos() {
    for (const [id, entry] of this.#entries) {
      const todo = this.#show(id, entry);
      if (todo) yield todo;
    }
  }

  todo(id) {
    return this.#show(id, this.entry(id));
  }

  /** The same object as long as the entry is the same. */
  #show(id, entry) {
    if (!this.#shown.has(entry)) {
      const todo = shown(id, entry);
      this.#shown.set(entry, todo && { ...todo, pending: entry.pending });
    }
    return this.#shown.get(entry);
  }

  /** Which version of each to-do the server had when it last spoke of it. */
  versions() {
    return new Map([...this.#entries].filter(([, { base }]) => base).map(([id, { base }]) => [id, base.version]));
  }

  /** What is to be sent, oldest first; what waits for the user is not. */
  waiting() {
    const pending = [...this.#entries].filter(([, entry]) => entry.pending && !isStuck(entry.pending));
    return pending.sort(([, one], [, other]) => one.pending.since - other.pending.since).map(([id]) => id);
  }

  /** How many to-dos the server has not confirmed; how many of these wait for the user. */
  get unsent() {
    return [...this.#entries.values()].filter(({ pending }) => pending).length;
  }

  get stuck() {
    return [...this.#entries.values()].filter(({ pending }) => pending && isStuck(pending)).length;
  }

  /** Take each of these entries to the next state: `step(entry, id)` is a pure function. Resolves once it is on disk. */
  async update(ids, step) {
    const changed = await transact(this.#database, ["todos", "pending"], "readwrite", async ({ todos, pending }) => {
      const done = [];
      for (const id of ids) {
        const [[, entry]] = await read({ todos, pending }, [id]);
        const next = step(entry, id);
        if (next === entry) continue;
        if (next.base !== entry.base) next.base ? todos.put(next.base) : todos.delete(id);
        if (next.pending !== entry.pending)
          next.pending ? pending.put({ id, change: next.pending }) : pending.delete(id);
        done.push([id, next]);
      }
      return done;
    });
    if (changed.length) this.#remember(changed);
    if (changed.length) this.#windows.postMessage({ ids: changed.map(([id]) => id) });
  }

  meta(key) {
    return transact(this.#database, ["meta"], "readonly", ({ meta }) => ask(meta.get(key)));
  }

  setMeta(key, value) {
    return transact(this.#database, ["meta"], "readwrite", ({ meta }) => ask(meta.put(value, key)));
  }

  /** Take a value to its next state, in one transaction; other windows hear of it. */
  async changeMeta(key, step) {
    await transact(this.#database, ["meta"], "readwrite", async ({ meta }) =>
      meta.put(step(await ask(meta.get(key))), key),
    );
    this.#windows.postMessage({ key });
  }

  async files() {
    const kept = await transact(this.#database, ["files"], "readonly", ({ files }) => ask(files.getAll()));
    return kept.map(({ bytes, ...file }) => (bytes ? { ...file, blob: new Blob([bytes], { type: file.type }) } : file));
  }

  /** As bytes: in a private window of Safari a database takes no Blob. */
  async putFile({ blob, ...file }) {
    const kept = blob ? { ...file, bytes: await blob.arrayBuffer() } : file;
    await transact(this.#database, ["files"], "readwrite", ({ files }) => ask(files.put(kept)));
  }

  deleteFile(id) {
    return transact(this.#database, ["files"], "readwrite", ({ files }) => ask(files.delete(id)));
  }

  /** Another window changed these, or all when the store is opened. */
  async #reload(ids) {
    this.#remember(await transact(this.#database, ["todos", "pending"], "readonly", (stores) => read(stores, ids)));
  }

  #remember(entries) {
    for (const [id, entry] of entries) {
      entry.base || entry.pending ? this.#entries.set(id, entry) : this.#entries.delete(id);
    }
    this.dispatchEvent(new CustomEvent("change", { detail: { ids: entries.map(([id]) => id) } }));
    if (entries.some(([, { pending }]) => pending && !isStuck(pending))) this.dispatchEvent(new Event("pending"));
  }
}

/** [id, entry] for these ids, or for all there are. */
async function read({ todos, pending }, ids) {
  const [bases, changes] = ids
    ? [await Promise.all(ids.map((id) => ask(todos.get(id)))), await Promise.all(ids.map((id) => ask(pending.get(id))))]
    : [await ask(todos.getAll()), await ask(pending.getAll())];
  const byId = (rows) => new Map(rows.filter(Boolean).map((row) => [row.id, row]));
  const [base, change] = [byId(bases), byId(changes)];
  const wanted = ids ?? new Set([...base.keys(), ...change.keys()]);
  return [...wanted].map((id) => [id, { base: base.get(id) ?? null, pending: change.get(id)?.change ?? null }]);
}
