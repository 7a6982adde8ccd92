/** Work that repeats: when to do it again, after success and after failure. */
import { Offline, Problem } from "./api.js";
import { SignedOut } from "../auth/session.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

/**
 * Does `work` when asked, never twice at a time in all windows of this browser; after a failure that may pass it tries
 * again by itself, each time later, and at once when the network is back or somebody looks again.
 * Calls `onState` with "working", "idle", "offline", "signed-out" or "failed".
 */
export class SerialWorker {
  #name;
  #work;
  #onState;
  #failures = 0;
  #timer = null;
  #isWanted = false;
  #isRunning = false;
  #isStopped = false;

  constructor(name, work, onState = () => {}) {
    this.#name = name;
    this.#work = work;
    this.#onState = onState;
    addEventListener("online", () => this.soon());
    // Of a network that came while nobody looked, a device may not tell.
    document.addEventListener("visibilitychange", () => !document.hidden && this.isResting && this.soon());
  }

  /** End it: the database is about to be closed. Work under way may fail, and nobody needs to hear of it. */
  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Whether it waits after a failure. */
  get isResting() {
    return this.#timer !== null;
  }

  /** Do it now; if it is being done, once more after that. */
  async soon() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#isWanted = true;
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    try {
      while (this.#isWanted && !this.#isStopped) {
        this.#isWanted = false;
        await navigator.locks.request(this.#name, () => this.#take());
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #take() {
    this.#onState("working");
    try {
      await this.#work();
      this.#failures = 0;
      this.#onState("idle");
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error) {
    if (this.#isStopped) return;
    const isKnown = error instanceof Offline || error instanceof SignedOut || error instanceof Problem;
    if (!isKnown) reportError(error);
    this.#onState(error instanceof Offline ? "offline" : error instanceof SignedOut ? "signed-out" : "failed");
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.soon(), Math.max(pause, (error.retryAfter ?? 0) * 1000));
  }
}
