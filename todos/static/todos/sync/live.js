/**
 * One WebSocket over which the server says that something changed, so that nobody has to ask. It may be missing at any
 * time: whoever listens asks by themselves meanwhile.
 */
import { Offline } from "./api.js";
import { urls } from "../urls.js";

/** API Gateway ends a connection after ten idle minutes, routers on the way may after five. In milliseconds, as all. */
const KEEP_ALIVE = 4 * 60_000;
/** It ends each after two hours: the next one is opened 15 to 30 minutes before, so that not all come at once. */
const OLDEST = 105 * 60_000;
const SPREAD = 15 * 60_000;
const TIMEOUT = 10_000;
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 5 * 60_000;

export class Live {
  #api;
  #onChanged;
  #onState;
  #socket = null;
  #isDialing = false;
  #isStopped = false;
  #failures = 0;
  #next = null;
  #beat = null;
  #beatAt = 0;

  /** `onChanged()` when something changed; `onState(isOpen)` when there is a connection, again for each, or none. */
  constructor(api, onChanged, onState) {
    this.#api = api;
    this.#onChanged = onChanged;
    this.#onState = onState;
    if (!urls.live) return;
    addEventListener("online", () => this.#dial());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.#isFresh) this.#dial();
    });
    this.#dial();
  }

  /** End it for good. */
  stop() {
    this.#isStopped = true;
    clearTimeout(this.#next);
    this.#take(null);
  }

  /** Whether there is a connection, and this device has not slept through its keep-alives. */
  get #isFresh() {
    return this.#socket !== null && Date.now() - this.#beatAt < 1.5 * KEEP_ALIVE;
  }

  /** Open a connection in place of the present one, which goes on until the new one is there. */
  async #dial() {
    if (this.#isDialing || this.#isStopped) return;
    this.#isDialing = true;
    clearTimeout(this.#next);
    try {
      const socket = await dial(this.#api);
      if (this.#isStopped) return socket.close();
      this.#take(socket);
      this.#next = setTimeout(() => this.#dial(), OLDEST - Math.random() * SPREAD);
    } catch (error) {
      this.#later(error);
    } finally {
      this.#isDialing = false;
    }
  }

  #take(socket) {
    const former = this.#socket;
    this.#socket = socket;
    former?.close();
    clearInterval(this.#beat);
    if (!socket) return;
    socket.onmessage = ({ data }) => {
      if (saysChanged(data)) this.#onChanged();
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
    this.#beatAt = Date.now();
    this.#beat = setInterval(() => this.#keepAlive(), KEEP_ALIVE);
    this.#onState(true);
  }

  #lost() {
    this.#take(null);
    this.#onState(false);
    this.#later();
  }

  #keepAlive() {
    if (!this.#isFresh) return this.#dial();
    this.#beatAt = Date.now();
    this.#failures = 0; // not as soon as it is open: some proxies let one through and then cut it off
    this.#socket.send('{"action":"ping"}');
  }

  #later(error) {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures) * (0.5 + Math.random());
    this.#failures += 1;
    this.#next = setTimeout(() => this.#dial(), Math.max(pause, (error?.retryAfter ?? 0) * 1000));
  }
}

/** An open WebSocket, by a ticket that opens this one alone. Raises Offline, Problem or SignedOut. */
async function dial(api) {
  const { body } = await api.request("POST", urls.live);
  const socket = new WebSocket(body.url);
  const patience = setTimeout(() => socket.close(), TIMEOUT);
  try {
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onclose = () => reject(new Offline("There is no live connection."));
    });
  } finally {
    clearTimeout(patience);
  }
  return socket;
}

/** Whether a message is the one that matters; API Gateway has some of its own. */
function saysChanged(data) {
  try {
    return JSON.parse(data).type === "changed";
  } catch {
    return false;
  }
}
