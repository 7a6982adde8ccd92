/**
 * Files on their way: each waits on disk until it is in S3 and its to-do says so; one that was removed waits a moment,
 * so that it can be taken back, before it is deleted for good. Event: "change" with detail.todo.
 */
import { Problem } from "./api.js";
import { edited } from "./entry.js";
import { valueOf } from "./fields.js";
import { places } from "./places.js";
import { transfer } from "./transfer.js";

/** How long a removed attachment can be taken back, in milliseconds. */
const GRACE = 10_000;
/** A link to a file works for 10 minutes at least; ask again before that. */
const FRESH = 8 * 60_000;
/** What a to-do can hold, as the API says. */
export const MAX_ATTACHMENTS = 10;

export class Uploads extends EventTarget {
  #store;
  #api;
  #files = new Map();
  #links = new Map();

  constructor(store, api) {
    super();
    this.#store = store;
    this.#api = api;
  }

  async load() {
    for (const file of await this.#store.files()) this.#files.set(file.id, { ...file, progress: 0 });
  }

  /** The files of a to-do that are not in S3 yet. */
  of(todo) {
    return [...this.#files.values()].filter((file) => file.todo === todo && file.kind === "upload");
  }

  get unsent() {
    return [...this.#files.values()].filter(({ error }) => !error).length;
  }

  /** Keep these files on disk until they can be sent. */
  async add(todo, files) {
    for (const blob of files) {
      const [name, type] = [blob.name.slice(-255) || "file", blob.type || guessType(blob.name)];
      await this.#put({ id: crypto.randomUUID(), kind: "upload", todo, name, type, size: blob.size, blob, error: null });
    }
  }

  /** Try a refused file once more. */
  retry(id) {
    return this.#put({ ...this.#files.get(id), error: null });
  }

  /** Forget a file that is not in S3 yet. */
  cancel(id) {
    return this.#drop(this.#files.get(id));
  }

  /** Delete an upload, after a moment in which `keep` can take that back. */
  remove(todo, id) {
    return this.#put({ id, kind: "remove", todo, after: Date.now() + GRACE });
  }

  keep(id) {
    return this.#drop(this.#files.get(id));
  }

  /** What the API says of an upload, with links that still work. */
  describe(id) {
    const known = this.#links.get(id);
    if (known && known.until > Date.now()) return known.answer;
    const answer = this.#api.request("GET", `${places.uploads}${id}/`).then(({ body }) => body);
    this.#links.set(id, { answer, until: Date.now() + FRESH });
    answer.catch(() => this.#links.delete(id));
    return answer;
  }

  forgetLinks(id) {
    this.#links.delete(id);
  }

  /** Send what waits. Raises Offline, SignedOut or a Problem that may pass; answers when to come again, or null. */
  async sendAll() {
    for (const file of [...this.#files.values()]) {
      if (file.kind === "upload" && !file.error) await this.#send(file);
      else if (file.kind === "remove" && file.after <= Date.now()) await this.#delete(file);
    }
    const later = [...this.#files.values()].filter(({ kind }) => kind === "remove").map(({ after }) => after);
    return later.length ? Math.min(...later) - Date.now() : null;
  }

  async #send(file) {
    const { id, todo, name, type, size, blob } = file;
    try {
      const wanted = { name, content_type: type, size };
      const { body } = await this.#api.request("POST", places.uploads, { body: wanted });
      await transfer(body.upload, blob, (progress) => this.#progress(id, progress));
      if (!this.#files.has(id)) return this.remove(todo, body.id); // taken back meanwhile
      const shows = { [body.id]: { id: body.id, name, content_type: type, size, status: "processing" } };
      const attach = (entry) => {
        const now = entry.pending?.fields.attachments ?? (entry.base && !entry.base.deleted ? valueOf(entry.base, "attachments") : []);
        return edited(entry, { attachments: [...now, body.id] }, {}, shows);
      };
      await this.#store.update([todo], attach);
      await this.#drop(file);
    } catch (error) {
      if (!(error instanceof Problem) || error.isPassing || error.status === 401) throw error;
      await this.#put({ ...file, error: error.message });
    }
  }

  async #delete(file) {
    await this.#api.request("DELETE", `${places.uploads}${file.id}/`).catch((error) => {
      if (error.status !== 404) throw error;
    });
    await this.#drop(file);
  }

  async #put(file) {
    this.#files.set(file.id, { ...file, progress: 0 });
    await this.#store.putFile(file);
    this.#changed(file.todo);
  }

  async #drop(file) {
    if (!file) return;
    this.#files.delete(file.id);
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

/** Browsers know no type for some names. */
function guessType(name) {
  const known = { md: "text/markdown", csv: "text/csv", json: "application/json" };
  return known[name.split(".").pop().toLowerCase()] ?? "application/octet-stream";
}
