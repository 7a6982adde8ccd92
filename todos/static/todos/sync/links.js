/** What the API says of uploads, kept while its links to S3 work. */
import { urls } from "../urls.js";

/** A link works for 10 minutes at least: ask again before that. In milliseconds. */
const FRESH = 8 * 60_000;

export class Links {
  #api;
  #known = new Map();

  constructor(api) {
    this.#api = api;
  }

  /** The upload with its links. Raises Offline, SignedOut or Problem. `status` asks anew once it has changed. */
  describe(id, status) {
    const key = `${id} ${status}`;
    const known = this.#known.get(key);
    if (known && known.until > Date.now()) return known.answer;
    const answer = this.#api.request("GET", `${urls.uploads}${id}/`).then(({ body }) => body);
    this.#known.set(key, { answer, until: Date.now() + FRESH });
    answer.catch(() => this.#known.delete(key));
    return answer;
  }
}
