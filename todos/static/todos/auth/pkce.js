/** Sign-in on Cognito's page: authorization code with PKCE (RFC 7636), state and nonce. */
import { urls } from "../urls.js";

const KEY = "todos.sign-in";

const encode = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const random = () => encode(crypto.getRandomValues(new Uint8Array(32)));
const digest = async (text) =>
  encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));

export const callback = () => `${urls.site}${urls.page}`;

/** The address of Cognito's page. What has to be compared on the way back waits in this tab's session storage. */
export async function signInAddress(config, { signUp = false, keep = true } = {}) {
  const ours = { state: random(), nonce: random(), verifier: random(), hash: location.hash, keep };
  sessionStorage.setItem(KEY, JSON.stringify(ours));
  const address = new URL(config.endpoints.authorize);
  if (signUp) address.pathname = address.pathname.replace(/oauth2\/authorize$/, "signup");
  address.search = new URLSearchParams({
    response_type: "code",
    client_id: config.clients.web,
    redirect_uri: callback(),
    scope: config.scopes.join(" "),
    state: ours.state,
    nonce: ours.nonce,
    code_challenge: await digest(ours.verifier),
    code_challenge_method: "S256",
  });
  return address.href;
}

/** What the way back brought: null if this is no way back; raises Error if it isn't the answer to our question. */
export function readCallback() {
  const answer = new URLSearchParams(location.search);
  const ours = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  if (!answer.has("code") && !answer.has("error")) return null;
  sessionStorage.removeItem(KEY);
  history.replaceState(null, "", `${urls.page}${ours?.hash ?? ""}`);
  if (answer.has("error")) throw new Error("The sign-in came to nothing. Please try again.");
  if (!ours || ours.state !== answer.get("state"))
    throw new Error("This sign-in was not begun here. Please sign in again.");
  return { code: answer.get("code"), verifier: ours.verifier, nonce: ours.nonce, keep: ours.keep };
}
