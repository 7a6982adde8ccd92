/**
 * What is being typed and not yet a change: it survives a crash, a closed window or an empty battery. Local storage,
 * because it alone is written at once; it holds no token, and is emptied at sign-out.
 */
const PREFIX = "todos.draft.";

/** The drafts of one user. */
export class Drafts {
  #prefix;

  constructor(user) {
    this.#prefix = `${PREFIX}${user}.`;
  }

  /** Keep the value a field of a to-do is about to get, with what it was before. */
  keep(id, field, value, was) {
    localStorage.setItem(`${this.#prefix}${id}.${field}`, JSON.stringify({ value, was }));
  }

  /** It is saved, or no longer wanted; with `value`, only if nothing else was typed since. */
  forget(id, field, value) {
    const isNewer = value !== undefined && JSON.stringify(this.#kept(id, field)) !== JSON.stringify(value);
    if (!isNewer) localStorage.removeItem(`${this.#prefix}${id}.${field}`);
  }

  /** One draft's value, or "". */
  read(id, field) {
    return this.#kept(id, field) ?? "";
  }

  /** One draft's value, which may be null, as a date that was taken away is; undefined without one. */
  #kept(id, field) {
    return JSON.parse(localStorage.getItem(`${this.#prefix}${id}.${field}`) ?? "{}").value;
  }

  /** All of them: {id, field, value, was}. */
  all() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix));
    return keys.map((key) => {
      const [id, field] = key.slice(this.#prefix.length).split(".");
      return { id, field, ...JSON.parse(localStorage.getItem(key)) };
    });
  }

  clear() {
    for (const { id, field } of this.all()) this.forget(id, field);
  }
}
