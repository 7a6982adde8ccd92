/**
 * Files on their way: each waits on disk until it is in S3 and its to-do says so; one that was removed waits a moment,
 * so that it can be taken back, before it is deleted for good. Events: "change" with detail.todo; "added" when there is
 * something to send.
 */
import { attached } from "../store/entry.js";
import { urls } from "../urls.js";
import { Forms, guessType, transfer } from "./transfer.js";

/** How long a removed attachment can be taken back, in milliseconds. */
const GRACE = 10_000;
/** What a to-do can hold, as the API says. */
export const MAX_ATTACHMENTS = 10;

export class Uploads extends EventTarget {
  #store;
  #api;
  #files = new Map();
  #forms;
  #held = new Set(); // removed ones whose notice still offers to take that back

  constructor(store, api) {
    super();
    [this.#store, this.#api, this.#forms] = [store, api, new Forms(api)];
  }

  /** Read them from disk: another window may have changed them. */
  async load() {
    const kept = await this.#store.files();
    this.#files = new Map(
      kept.map((file) => [file.id, { ...file, progress: this.#files.get(file.id)?.progress ?? 0 }]),
    );
  }

  /** At a start: files of to-dos that are gone, and can no longer be brought back, go too. */
  async tidy() {
    for (const file of [...this.#files.values()]) if (!this.#isOfTodo(file)) await this.#drop(file);
  }

  #isOfTodo = ({ kind, todo }) => kind !== "upload" || this.#store.todo(todo) !== null;
  #isGoing = ({ kind, id }) => kind === "remove" && !this.#held.has(id);

  /** Send what waits for a to-do that is back. */
  again = () => this.dispatchEvent(new Event("added"));

  /** The files of a to-do that are not in S3 yet. */
  of(todo) {
    return [...this.#files.values()].filter((file) => file.todo === todo && file.kind === "upload");
  }

  /** All but the files of to-dos that are deleted, which may come back. */
  get #tasks() {
    return [...this.#files.values()].filter(this.#isOfTodo);
  }

  /** How many files were refused, and wait for the user. */
  get refused() {
    return this.#tasks.filter(({ kind, error }) => kind === "upload" && error).length;
  }

  /** How many files are not in S3 yet; how many tasks are left, deletions and refused files included. */
  get unsent() {
    return this.#tasks.filter(({ kind, error }) => kind === "upload" && !error).length;
  }

  get left() {
    return this.#tasks.length;
  }

  /** Keep these files on disk until they can be sent. */
  async add(todo, files) {
    for (const blob of files) {
      const [name, type, size] = [blob.name.slice(-255) || "file", blob.type || guessType(blob.name), blob.size];
      await this.#put({ id: crypto.randomUUID(), kind: "upload", todo, name, type, size, blob, error: null });
    }
  }

  /** Try a refused file once more. */
  retry(id) {
    return this.#put({ ...this.#files.get(id), error: null });
  }

  /** Forget a file that is not in S3 yet, or of which nobody has heard that it is. */
  async cancel(id) {
    const [file, upload] = [this.#files.get(id), this.#forms.uploadOf(id)];
    await this.#drop(file);
    if (upload) await this.remove(file.todo, upload);
  }

  /** Delete an upload, after a moment in which `keep` can take that back. */
  remove(todo, id) {
    return this.#put({ id, kind: "remove", todo, after: Date.now() + GRACE });
  }

  /** A removed file stays until it is released. */
  hold(id) {
    this.#held.add(id);
  }

  release(id) {
    this.#held.delete(id);
    this.again();
  }

  keep(id) {
    return this.#drop(this.#files.get(id));
  }

  /** Send what waits; `hear()` takes in what is new elsewhere. Raises Offline, SignedOut or a Problem that may pass;
   * answers when to come again, or null. */
  async sendAll(hear) {
    await this.load();
    for (const file of [...this.#files.values()]) {
      if (file.kind === "upload" && !file.error && this.#isOfTodo(file)) await this.#send(file);
      else if (this.#isGoing(file) && file.after <= Date.now()) await this.#delete(file, hear);
    }
    const later = [...this.#files.values()].filter(this.#isGoing).map(({ after }) => after);
    return later.length ? Math.min(...later) - Date.now() : null;
  }

  async #send(file) {
    const { id, todo, name, type, size, blob } = file;
    try {
      const body = await this.#forms.of(file);
      await transfer(body.upload, blob, (progress) => this.#progress(id, progress));
      if (!this.#files.has(id)) return this.remove(todo, body.id); // taken back meanwhile
      const upload = { id: body.id, name, content_type: type, size, status: "processing" };
      let isAttached = false;
      await this.#store.update([todo], (entry) => {
        const next = attached(todo, entry, upload);
        isAttached = next !== entry;
        return next;
      });
      if (!isAttached) return this.remove(todo, body.id); // it was deleted meanwhile; if it comes back, so does the file
      await this.#drop(file);
    } catch (error) {
      if (!error.isFinal) throw error;
      this.#forms.forget(id);
      if (this.#files.has(id)) await this.#put({ ...file, error: error.message });
    }
  }

  async #delete(file, hear) {
    await hear(); // done elsewhere, what repeats has come again with the file
    const isShown = [...this.#store.todos()].some((todo) => todo.attachments.some(({ id }) => id === file.id));
    if (isShown) return this.#drop(file); // what repeats shows the same file more than once
    await this.#api.request("DELETE", `${urls.uploads}${file.id}/`).catch((error) => {
      if (error.status !== 404) throw error;
    });
    await this.#drop(file);
  }

  async #put(file) {
    await this.#store.putFile(file);
    this.#files.set(file.id, { ...file, progress: 0 });
    this.#changed(file.todo);
    if (!file.error) this.dispatchEvent(new Event("added"));
  }

  async #drop(file) {
    if (!file) return;
    this.#files.delete(file.id);
    this.#forms.forget(file.id);
    await this.#store.deleteFile(file.id);
    this.#changed(file.todo);
  }

  #progress(id, progress) {
    const file = this.#files.get(id);
    if (!file) return;
    file.progress = progress;
    this.#changed(file.todo);
  }

  #changed(todo) {
    this.dispatchEvent(new CustomEvent("change", { detail: { todo } }));
  }
}
