/**
 * Who is signed in. The access token lives in this module's memory. The refresh token is in a cookie that no script can
 * read; one address (urls.session) trades it, and before that the code of Cognito's page, for an access token.
 */
import { ask, Problem } from "../sync/api.js";
import { urls } from "../urls.js";
import { callback, readCallback, signInAddress } from "./pkce.js";

/** Set while a sign-out has not reached the server, which alone can take the cookie away. */
const LEAVING = "todos.leaving";

/** Whether the session outlives the browser's window, as it was chosen last. */
const KEEPS = "todos.keeps";

/** A token is renewed this long before it expires, in milliseconds. */
const MARGIN = 60_000;

/** What the user chose on the first screen. */
function keepsSignedIn() {
  const isKnown = document.documentElement.classList.contains("known"); // then that screen is not shown
  if (!isKnown) localStorage.setItem(KEEPS, document.getElementById("keep").checked ? "yes" : "no");
  return localStorage.getItem(KEEPS) !== "no";
}

/** One window at a time, and the service worker: each answer may bring another cookie, or take it away. */
const alone = (act) => navigator.locks.request("todos-session", act);

/** Nobody is signed in, or no longer. */
export class SignedOut extends Error {}

export class Session {
  #config = null;
  #access = null;
  #expires = 0;
  #renewal = null;
  #sub = null;
  #user = null;
  #keepUser = null;

  /** Whose session this is: tokens of anyone else are refused from now on. `keep(user)` is told of another address. */
  belongsTo(user, keep) {
    [this.#sub, this.#user, this.#keepUser] = [user.sub, user, keep];
  }

  /** The user's address is this: it may have been changed here, or on another device. */
  addressIs(email) {
    if (!this.#user || !email || this.#user.email === email) return;
    this.#user.email = email;
    this.#keepUser(this.#user);
  }

  /** Take up the session of the way back from Cognito: {sub, email}, or null if this is no way back. Raises Error. */
  async resume() {
    const back = readCallback();
    return back && this.#exchange(back);
  }

  /** An access token good for a minute at least. Raises SignedOut or Offline. */
  async token() {
    return Date.now() < this.#expires - MARGIN ? this.#access : this.freshToken(this.#access);
  }

  /** A newer token than `stale`; those who ask at the same time get the same one. */
  async freshToken(stale) {
    if (this.#access === stale || !this.#access) {
      this.#renewal ??= this.#renew().finally(() => {
        this.#renewal = null;
      });
      await this.#renewal;
    }
    return this.#access;
  }

  /** Leave for Cognito's page. */
  async signIn(options) {
    if (location.origin !== urls.site) return location.replace(callback());
    location.assign(await signInAddress(await this.config(), { keep: keepsSignedIn(), ...options }));
  }

  /** End the session here and at Cognito, and leave for its page, which forgets its own. */
  async signOut() {
    localStorage.setItem(LEAVING, "yes");
    localStorage.removeItem(KEEPS);
    this.#forget(); // first of all: what follows needs a network
    await this.finishSignOut();
    const config = await this.config();
    location.assign(
      `${config.endpoints.logout}?${new URLSearchParams({ client_id: config.clients.web, logout_uri: callback() })}`,
    );
  }

  /** Take the cookie away, if an earlier sign-out could not. Raises Offline or Problem. */
  async finishSignOut() {
    if (!localStorage.getItem(LEAVING)) return;
    await alone(async () => {
      if (!localStorage.getItem(LEAVING)) return; // another window has done so, or somebody has signed in there
      await ask(urls.session, { method: "DELETE", credentials: "same-origin" });
      localStorage.removeItem(LEAVING);
    });
  }

  /** What /api/auth/config/ says. */
  async config() {
    this.#config ??= await (await ask(urls.config, { cache: "default" })).json();
    return this.#config;
  }

  async #exchange(back) {
    const answer = await this.#askForToken(back);
    localStorage.removeItem(LEAVING);
    return this.#take(answer);
  }

  async #renew() {
    if (localStorage.getItem(LEAVING)) throw new SignedOut("Sign in first.");
    const answer = await this.#askForToken({}).catch((error) => {
      if (!(error instanceof Problem) || error.isPassing) throw error;
      this.#forget();
      throw new SignedOut("The session is over.", { cause: error });
    });
    if (this.#sub && answer.sub !== this.#sub) throw new SignedOut("Somebody else has signed in.");
    return this.#take(answer);
  }

  #askForToken(body) {
    return alone(async () => {
      const headers = { "Content-Type": "application/json" };
      return (
        await ask(urls.session, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(body) })
      ).json();
    });
  }

  #take({ access_token, expires_in, sub, email }) {
    this.#sub = sub;
    this.#access = access_token;
    this.#expires = Date.now() + expires_in * 1000;
    this.addressIs(email);
    return { sub, email };
  }

  #forget() {
    [this.#access, this.#expires] = [null, 0];
  }
}
