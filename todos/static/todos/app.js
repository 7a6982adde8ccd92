/** Begins everything: who is here, and so which screen. */
import { urls } from "./urls.js";
import { Session, SignedOut } from "./auth/session.js";
import { endReminders } from "./sync/reminders.js";
import { welcome } from "./ui/welcome.js";
import { openWorkspace } from "./workspace.js";

/** Whose to-dos this browser shows, {sub, email}: no secret, and what is shown without a network. */
const USER = "todos.user";

const session = new Session();

async function start() {
  registerWorker();
  await session.finishSignOut().catch(() => {}); // without a network it is tried again at the next start
  const isBack = new URLSearchParams(location.search).has("code");
  const known = JSON.parse(localStorage.getItem(USER) ?? "null");
  // Whoever is known sees their to-dos at once; whoever comes from the sign-in page has to be waited for.
  if (known && !isBack) return open(known).catch(failed);
  let claims;
  try {
    claims = await session.resume();
  } catch (error) {
    // The way back led to Cognito's page, which asked nothing; where the session is over, the banner says so.
    if (known) return open(known).catch(failed);
    return welcome(session, error instanceof SignedOut ? "" : error.message);
  }
  if (!claims) return welcome(session);
  // Who was here before has not signed out: their reminders are not for the eyes of who comes now.
  if (known && known.sub !== claims.sub) await endReminders().catch(() => {});
  return open(remember(claims)).catch(failed);
}

/** Nothing can be shown or kept without a database. */
function failed(error) {
  reportError(error);
  document.getElementById("status-text").textContent = "This browser can't keep anything";
}

function open(user) {
  session.belongsTo(user, remember);
  document.documentElement.classList.add("known");
  addEventListener("storage", ({ key }) => {
    if (key === USER) location.reload();
  }); // another window signed in or out
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  }); // the way back led to a page that was frozen, and heard of nothing
  return openWorkspace(session, user, signOut);
}

function remember(claims) {
  const user = { sub: claims.sub, email: claims.email };
  localStorage.setItem(USER, JSON.stringify(user));
  return user;
}

async function signOut() {
  localStorage.removeItem(USER);
  await session.signOut().catch(() => location.reload());
}

/** Trusted Types let no text become a script's address; this policy lets one. */
function registerWorker() {
  if (!navigator.serviceWorker) return;
  const policy = globalThis.trustedTypes?.createPolicy("worker", {
    createScriptURL(address) {
      if (address !== urls.worker) throw new TypeError("Not the worker's address.");
      return address;
    },
  });
  const address = policy ? policy.createScriptURL(urls.worker) : urls.worker;
  navigator.serviceWorker.register(address, { scope: urls.page }).catch(reportError);
}

/** Where all cookies are blocked, even to ask for what is kept is refused. */
start().catch((error) => {
  reportError(error);
  welcome(session, "This browser keeps nothing for this site. Allow it to keep data (cookies), and reload.");
});
