/** Requests to the API: the access token added, one new try with a fresh token, errors as Problem or Offline. */
import { setClock } from "./clock.js";

const TIMEOUT = 15_000;

/** The server answered, but not with what was asked for: our API's problem details, or Cognito's `message`. */
export class Problem extends Error {
  constructor(status, { title, detail, message, errors = [], __type } = {}, retryAfter = 0) {
    super(errors[0]?.detail ?? detail ?? title ?? message ?? `The server answered ${status}.`);
    this.status = status;
    this.type = __type?.split("#").pop(); // Cognito's name of what went wrong
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get isPassing() {
    return this.status === 429 || this.status === 408 || this.status >= 500;
  }

  /** Whether the server takes it never, whoever is signed in. */
  get isFinal() {
    return !this.isPassing && this.status !== 401;
  }
}

/** No answer: the network is down or too slow. Whether the request arrived is unknown. */
export class Offline extends Error {}

/** fetch, with a time limit, its failures as Offline and bad statuses as Problem. */
export async function ask(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, {
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT),
      ...options,
    });
  } catch (error) {
    throw new Offline(`${new URL(url, location).host} can't be reached.`, { cause: error });
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw new Problem(answer.status, body, Number(answer.headers.get("Retry-After")) || 0);
}

export class Api {
  #session;

  constructor(session) {
    this.#session = session;
  }

  /** One request; {body, links}. Raises Problem, Offline, or the session's SignedOut. */
  async request(method, url, { body, headers = {} } = {}) {
    const send = async (token) => {
      const type = body === undefined ? {} : { "Content-Type": "application/json" };
      return ask(url, {
        method,
        headers: { Authorization: `Bearer ${token}`, ...type, ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    };
    const token = await this.#session.token();
    const answer = await send(token).catch(async (error) => {
      if (error.status !== 401) throw error;
      return send(await this.#session.freshToken(token));
    });
    setClock(answer.headers.get("Date"));
    return {
      body: answer.status === 204 ? null : await readJson(answer),
      links: readLinks(answer.headers.get("Link")),
    };
  }
}

/** The body may be cut off as well as the request. */
async function readJson(answer) {
  try {
    return await answer.json();
  } catch (error) {
    throw new Offline("The answer broke off.", { cause: error });
  }
}

/** An RFC 8288 Link header as {rel: address}. */
function readLinks(header) {
  return Object.fromEntries(
    [...(header ?? "").matchAll(/<([^>]*)>;\s*rel="([^"]*)"/g)].map(([, url, rel]) => [rel, url]),
  );
}
