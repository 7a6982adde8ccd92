/** Everything at work for one signed-in user: store, sending, receiving, screen. */
import { wireAccount } from "./account.js";
import { Actions } from "./actions.js";
import { wireAdd } from "./add.js";
import { Api } from "./api.js";
import { deleteDatabase } from "./database.js";
import { announce } from "./dom.js";
import { Drafts } from "./drafts.js";
import { edited } from "./entry.js";
import { Links } from "./links.js";
import { sendAll } from "./outbox.js";
import { Screen } from "./screen.js";
import { Sidebar } from "./sidebar.js";
import { Status } from "./status.js";
import { Store } from "./store.js";
import { Pulse, receiveAll } from "./sync.js";
import { Turns } from "./turns.js";
import { Uploads } from "./uploads.js";

/** Show the to-dos this device has at once, then keep them and the server's the same. */
export async function openWorkspace(session, user, onSignedOut) {
  const name = `todos-${user.sub}`;
  const api = new Api(session);
  const store = await Store.open(name);
  const [uploads, drafts, sidebar] = [new Uploads(store, api), new Drafts(user.sub), new Sidebar(store)];
  const status = new Status(() => session.signIn());
  const context = { actions: new Actions(store, uploads), uploads, drafts, links: new Links(api), view: null };
  await Promise.all([uploads.load(), sidebar.load(), restore(name, store, drafts)]);
  const screen = new Screen(store, context, sidebar, status);
  wireAdd(context, screen);

  const turns = (what, work, note) => new Turns(`${name}-${what}`, work, (state) => { note(state); screen.draw(); });
  const outbox = turns("outbox", () => sendAll(store, api), (state) => status.sending(state));
  const files = turns("files", () => comeAgain(uploads.sendAll()), () => {});
  const inbox = new Turns(`${name}-inbox-${crypto.randomUUID()}`, receive, (state) => { status.receiving(state); screen.draw(); });
  const pulse = new Pulse(() => (inbox.isResting ? null : inbox.soon()));

  async function receive() {
    if (await receiveAll(store, api)) pulse.moved();
  }
  async function comeAgain(sent) {
    const pause = await sent;
    if (pause !== null) setTimeout(() => files.soon(), pause);
  }

  store.addEventListener("change", screen.draw);
  store.addEventListener("pending", () => outbox.soon());
  store.addEventListener("replaced", () => location.reload());
  uploads.addEventListener("change", ({ detail }) => { screen.drawFiles(detail.todo); screen.draw(); });
  uploads.addEventListener("added", () => files.soon());
  // A field saves itself when it is left: now, if the page is.
  addEventListener("pagehide", () => document.activeElement?.blur());
  wireAccount(user.email, () => store.unsent + uploads.left, leave);
  for (const work of [outbox, files, inbox]) work.soon();

  async function leave() {
    pulse.stop();
    const isAllSaved = store.unsent + uploads.left === 0;
    if (isAllSaved) drafts.clear();
    store.close();
    if (isAllSaved) await deleteDatabase(name);
    await onSignedOut();
  }
}

/** What was being typed when the page went away becomes a change; not while another window may be typing it. */
async function restore(name, store, drafts) {
  const { held } = await navigator.locks.query();
  const isAlone = held.every((lock) => lock.name !== `${name}-window`);
  navigator.locks.request(`${name}-window`, { mode: "shared" }, () => new Promise(() => {})); // until it is closed
  if (!isAlone) return;
  for (const { id, field, text, was } of drafts.all()) {
    if (id === "new" || !store.todo(id)) continue;
    const value = field === "title" ? text.replace(/\s+/g, " ").trim() : text;
    if (field === "notes" || value) await store.update([id], (entry) => edited(entry, { [field]: value }, { was: { [field]: was } }));
    drafts.forget(id, field);
    announce("What you were writing is still here.");
  }
}
