/** What changed elsewhere: the delta endpoint, asked when the server says so, else often while somebody looks. */
import { reconcile, tombstone } from "../store/reconcile.js";
import { urls } from "../urls.js";

const PAGE = 100;
/** Milliseconds between two questions: while the user or the data moves, and at most. Hidden windows don't ask. */
const BUSY = 1200;
const QUIET = 20_000;
/** How long after the last movement the questions get rarer, in milliseconds. */
const CALM = 120_000;

/** Where the cursor is kept: by a name of its own since it tells of lists, so that a device that had none asks for all. */
const CURSOR = "cursor-with-lists";

/** Whether this device has ever had all there is. */
export const isWhole = async (store) => (await store.meta(CURSOR)) !== undefined;

/** Take in everything new since the last time. Raises Offline, SignedOut or Problem. Answers how much there was. */
export async function receiveAll(store, lists, api) {
  const since = (await store.meta(CURSOR)) ?? "";
  try {
    return await receive(store, lists, api, since);
  } catch (error) {
    if (error.status !== 410 || !since) throw error;
    return receive(store, lists, api, ""); // away for longer than tombstones are kept
  }
}

async function receive(store, lists, api, since) {
  const [seen, seenLists] = [new Set(), new Set()];
  const [known, knownLists] = [store.versions(), lists.versions()];
  let news = 0;
  let next = `${urls.todos}?${new URLSearchParams({ since, limit: PAGE, lists: true })}`;
  for (let cursor; next; ) {
    const { body: rows, links } = await api.request("GET", next);
    const [body, listed] = [rows.filter(({ kind }) => kind !== "list"), rows.filter(({ kind }) => kind === "list")];
    for (const todo of body) seen.add(todo.id);
    for (const list of listed) seenLists.add(list.id);
    news += await lists.receive(listed);
    news += body.filter((todo) => todo.version > (store.entry(todo.id).base?.version ?? 0)).length;
    await store.update(
      body.map(({ id }) => id),
      (entry, id) =>
        reconcile(
          entry,
          body.find((todo) => todo.id === id),
        ),
    );
    cursor = new URL(links.sync, location).searchParams.get("since");
    next = links.next ? local(links.next) : null;
    if (!next && !since) await Promise.all([sweep(store, known, seen), lists.sweep(knownLists, seenLists)]);
    // A sync from nothing is only whole at its end.
    if (since || !next) await store.setMeta(CURSOR, cursor);
  }
  return news;
}

/** The address as this page reaches it: behind a proxy the server may think that it has another name. */
const local = (url) => `${urls.todos}${new URL(url, location).search}`;

/** After a sync from nothing, what the server did not name is gone there, if it was `known` before and as it is now. */
async function sweep(store, known, seen) {
  const gone = [...known.keys()].filter((id) => !seen.has(id));
  await store.update(gone, (entry, id) => {
    if (entry.base?.version !== known.get(id)) return entry;
    if (entry.base.deleted) return { ...entry, base: null };
    return reconcile(entry, tombstone(id, entry.base));
  });
}

/** Calls `ask` again and again, save while it rests; `moved` says that somebody did something. */
export class Pulse {
  #ask;
  #timer = null;
  #isAsking = false;
  #isResting = false;
  #lastMove = Date.now();

  constructor(ask) {
    this.#ask = ask;
    document.addEventListener("visibilitychange", () => this.#seen());
    for (const name of ["pointerdown", "keydown", "focus"])
      addEventListener(name, () => this.moved(), { passive: true });
    this.#plan(BUSY);
  }

  moved() {
    const wasCalm = Date.now() - this.#lastMove > CALM;
    this.#lastMove = Date.now();
    if (document.hidden || ((wasCalm || this.#timer === null) && !this.#isAsking)) this.#plan(0);
  }

  /** Whether somebody else says when to ask. It asks once now, as what changed in between was not heard. */
  rest(isResting) {
    this.#isResting = isResting;
    this.#plan(BUSY);
    this.#ask();
  }

  stop() {
    this.#ask = async () => {};
  }

  /** A page that is looked at again may have slept through what was said. */
  #seen() {
    this.moved();
    if (this.#isResting && !document.hidden) this.#ask();
  }

  async #beat() {
    this.#isAsking = true;
    await this.#ask();
    this.#isAsking = false;
    const calm = Date.now() - this.#lastMove;
    this.#plan(calm < CALM ? BUSY : Math.min(QUIET, BUSY + calm - CALM));
  }

  #plan(pause) {
    clearTimeout(this.#timer);
    this.#timer = document.hidden || this.#isResting ? null : setTimeout(() => this.#beat(), pause);
  }
}
