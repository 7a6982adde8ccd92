/**
 * Who is signed in. Tokens live in this module's memory, the refresh token in the service worker's as well (token_store.js);
 * none is ever written to storage.
 */
import { ask, Problem } from "../sync/api.js";
import { revokeToken } from "./cognito.js";
import { keep, recall } from "./token_store.js";
import { callback, claimsOf, readCallback, signInAddress } from "./pkce.js";
import { urls } from "../urls.js";

/** A token is renewed this long before it expires, in milliseconds. */
const MARGIN = 60_000;

/** Nobody is signed in, or no longer. */
export class SignedOut extends Error {}

export class Session {
  #config = null;
  #access = null;
  #expires = 0;
  #refresh = null;
  #renewal = null;
  #sub = null;

  /** Whose session this is: tokens of anyone else are refused from now on. */
  belongsTo(sub) {
    this.#sub = sub;
  }

  /** Take up the session of the way back from Cognito, or of the worker: {sub, email}, or null. Raises Error. */
  async resume() {
    const back = readCallback();
    if (back) return this.#exchange(back);
    this.#refresh = await recall();
    return this.#refresh && this.#renew();
  }

  /** An access token good for a minute at least. Raises SignedOut or Offline. */
  async token() {
    return Date.now() < this.#expires - MARGIN ? this.#access : this.freshToken(this.#access);
  }

  /** A newer token than `stale`; those who ask at the same time get the same one. */
  async freshToken(stale) {
    if (this.#access === stale || !this.#access) {
      this.#renewal ??= this.#renew().finally(() => { this.#renewal = null; });
      await this.#renewal;
    }
    return this.#access;
  }

  /** Leave for Cognito's page. */
  async signIn(options) {
    if (location.origin !== urls.site) return location.replace(callback());
    location.assign(await signInAddress(await this.config(), options));
  }

  /** End the session here and at Cognito, and leave for its page, which forgets its own. */
  async signOut() {
    const token = this.#refresh;
    this.#forget(); // first of all: what follows needs a network
    const config = await this.config();
    await revokeToken(config, token).catch(() => {}); // it expires anyway; being offline must not keep anyone signed in
    const leave = new URLSearchParams({ client_id: config.clients.web, logout_uri: callback() });
    location.assign(`${config.endpoints.logout}?${leave}`);
  }

  /** Hand the session on to a worker that may have been ended, before this page goes. */
  handOver() {
    if (this.#refresh) keep(this.#refresh);
  }

  /** What /api/auth/config/ says. */
  async config() {
    this.#config ??= await (await ask(urls.config, { cache: "default" })).json();
    return this.#config;
  }

  async #exchange({ code, verifier, nonce }) {
    const tokens = await this.#askForTokens({
      grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: callback(),
    });
    const claims = claimsOf(tokens.id_token);
    if (claims.nonce !== nonce) throw new Error("This sign-in was not begun here. Please sign in again.");
    this.#take(tokens, claims);
    return claims;
  }

  async #renew() {
    this.#refresh ??= await recall();
    if (!this.#refresh) throw new SignedOut("Sign in first.");
    const tokens = await this.#askForTokens({ grant_type: "refresh_token", refresh_token: this.#refresh }).catch((error) => {
      if (!(error instanceof Problem) || error.isPassing) throw error;
      this.#forget();
      throw new SignedOut("The session is over.", { cause: error });
    });
    const claims = claimsOf(tokens.id_token);
    if (this.#sub && claims.sub !== this.#sub) {
      this.#refresh = null;
      throw new SignedOut("Somebody else has signed in.");
    }
    this.#take(tokens, claims);
    return claims;
  }

  async #askForTokens(form) {
    const config = await this.config();
    const body = new URLSearchParams({ client_id: config.clients.web, ...form });
    return (await ask(config.endpoints.token, { method: "POST", body })).json();
  }

  #take({ access_token, refresh_token, expires_in }, { sub }) {
    this.#sub = sub;
    this.#access = access_token;
    this.#expires = Date.now() + expires_in * 1000;
    this.#refresh = refresh_token ?? this.#refresh;
    keep(this.#refresh);
  }

  #forget() {
    [this.#access, this.#expires, this.#refresh] = [null, 0, null];
    keep(null);
  }
}
