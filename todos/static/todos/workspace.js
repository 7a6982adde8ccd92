/** Everything at work for one signed-in user: store, sending, receiving, screen. */
import { wireAccount } from "./ui/account.js";
import { wireAddress } from "./ui/address.js";
import { Actions } from "./ui/actions.js";
import { wireBin } from "./ui/bin.js";
import { wireAdd } from "./ui/add.js";
import { Api } from "./sync/api.js";
import { wireDrops } from "./ui/attachments.js";
import { deleteDatabase } from "./store/database.js";
import { announce } from "./ui/dom.js";
import { Drafts } from "./store/drafts.js";
import { dayInsteadOf } from "./store/due.js";
import { edited } from "./store/entry.js";
import { ListDialog } from "./ui/list_dialog.js";
import { sendLists } from "./sync/list_outbox.js";
import { Lists } from "./store/lists.js";
import { Links } from "./sync/links.js";
import { Live } from "./sync/live.js";
import { watchForNewer } from "./sync/newer.js";
import { sendAll } from "./sync/outbox.js";
import { wireExport } from "./ui/export.js";
import { wireImport } from "./ui/import.js";
import { wireKeys } from "./ui/keys.js";
import { wirePassword } from "./ui/password.js";
import { Reminders } from "./sync/reminders.js";
import { wireReminderSettings } from "./ui/reminder_settings.js";
import { Screen } from "./ui/screen.js";
import { Selection } from "./ui/selection.js";
import { Sidebar } from "./ui/sidebar.js";
import { Status } from "./ui/status.js";
import { Store } from "./store/store.js";
import { toast } from "./ui/toasts.js";
import { isWhole, Pulse, receiveAll } from "./sync/receive.js";
import { SerialWorker } from "./sync/serial_worker.js";
import { Uploads } from "./sync/uploads.js";

/** Show the to-dos this device has at once, then keep them and the server's the same. */
export async function openWorkspace(session, user, onSignedOut) {
  const name = `todos-${user.sub}`;
  const api = new Api(session);
  const store = await Store.open(name);
  const [uploads, drafts, lists] = [new Uploads(store, api), new Drafts(user.sub), new Lists(store)];
  const actions = new Actions(store, uploads, lists);
  const status = new Status(() =>
    session.signIn().catch(({ message }) => toast(`You can't sign in right now: ${message}`)),
  );
  const selection = new Selection(store, actions, lists);
  const reminders = new Reminders(store, api);
  const context = { reminders, actions, uploads, drafts, lists, selection, links: new Links(api), view: null };
  context.isWhole = await isWhole(store);
  await Promise.all([uploads.load().then(() => uploads.tidy()), lists.load(), restore(name, store, drafts)]);
  const listDialog = new ListDialog(store, actions, lists);
  const screen = new Screen(store, context, new Sidebar(lists, actions), status, listDialog);
  wireAdd(context, screen);

  const serialWorker = (what, work, note) =>
    new SerialWorker(`${name}-${what}`, work, (state) => {
      note(state);
      screen.draw();
    });
  const outbox = serialWorker("outbox", send, (state) => status.sending(state));
  const files = serialWorker(
    "files",
    () => comeAgain(uploads.sendAll(receive)),
    () => {},
  );
  const inbox = new SerialWorker(`${name}-inbox-${crypto.randomUUID()}`, receive, (state) => {
    status.receiving(state);
    screen.draw();
  });
  const pulse = new Pulse(() => (inbox.isResting ? null : inbox.soon()));
  const live = new Live(
    api,
    () => inbox.soon(),
    (isOpen) => pulse.rest(isOpen),
  );

  async function send() {
    await sendAll(store, api);
    await sendLists(lists, api, (reason) => toast(`The list could not be saved: ${reason}`)); // to-dos leave before it goes
  }
  async function receive() {
    if (await receiveAll(store, lists, api)) pulse.moved();
    context.isWhole = true;
    await daysInsteadOfMoments(store);
  }
  async function comeAgain(sent) {
    const pause = await sent;
    if (pause !== null) setTimeout(() => files.soon(), pause);
  }

  store.addEventListener("change", screen.draw);
  store.addEventListener("pending", () => outbox.soon());
  lists.addEventListener("pending", () => outbox.soon());
  store.addEventListener("replaced", () => {
    stop();
    location.reload();
  });
  uploads.addEventListener("change", ({ detail }) => {
    screen.drawFiles(detail.todo);
    screen.draw();
  });
  uploads.addEventListener("added", () => files.soon());
  // What was done and could not be kept is said, and what is shown is what is kept.
  addEventListener("unhandledrejection", ({ reason }) => {
    toast(`It could not be kept on this device: ${reason.message}`);
    screen.renew();
  });
  // What is typed is saved when its field is left: now, if the page is. A phone may never say more than "hidden".
  addEventListener("pagehide", () => screen.flush());
  document.addEventListener("visibilitychange", () => screen.flush());
  watchForNewer(() => {
    status.newer();
    screen.draw();
  });
  wireDrops();
  wireKeys();
  wireReminderSettings(reminders);
  wireBin(api, () => inbox.soon());
  wireAccount(user, unsent, () => leave());
  wireExport(api);
  wireImport(api, () => inbox.soon());
  wirePassword(session, api, user, () => leave({ isEnded: true }));
  wireAddress(session, user, reminders);
  for (const work of [outbox, files, inbox]) work.soon();
  reminders.refresh().catch(() => {}); // the next start tries again
  // A new token says which address the user has by now; so does the next start.
  session
    .token()
    .then(() => reminders.goTo(user.email))
    .catch(() => {});

  async function unsent() {
    await uploads.load(); // another window may have files on their way
    const typed = drafts.read("new", "title").trim() ? 1 : 0; // all else is saved when its field is left
    return store.unsent + lists.waiting().length + uploads.left + typed;
  }
  function stop() {
    for (const work of [live, pulse, outbox, files, inbox]) work.stop();
  }
  /** What is not saved yet stays on this device, unless the account has ended. */
  async function leave({ isEnded = false } = {}) {
    stop();
    await reminders.leave().catch(() => {}); // what is left of it is of no use without the session
    const isAllSaved = isEnded || (await unsent()) === 0;
    if (isAllSaved) drafts.clear();
    if (isAllSaved) await store.empty().catch(reportError); // a window that hangs keeps the database from being deleted
    store.close();
    if (isAllSaved) await Promise.race([deleteDatabase(name), new Promise((resolve) => setTimeout(resolve, 2000))]);
    await onSignedOut();
  }
}

/** Once for each device that had this page before it knew days, and so a cursor of that name: what it kept as 23:59
 * becomes the day (docs/adr/0013). */
async function daysInsteadOfMoments(store) {
  if ((await store.meta("cursor")) === undefined || (await store.meta("knows-days"))) return;
  const days = new Map([...store.todos()].map(({ id, due }) => [id, dayInsteadOf(due)]).filter(([, day]) => day));
  await store.update([...days.keys()], (entry, id) => edited(entry, { due: days.get(id) }));
  await store.setMeta("knows-days", true);
}

/** What was being typed when the page went away becomes a change; not while another window may be typing it. */
async function restore(name, store, drafts) {
  const { held } = await navigator.locks.query();
  const isAlone = held.every((lock) => lock.name !== `${name}-window`);
  navigator.locks.request(`${name}-window`, { mode: "shared" }, () => new Promise(() => {})); // until it is closed
  if (!isAlone) return;
  for (const { id, field, value: typed, was } of drafts.all()) {
    if (id === "new" || !store.todo(id)) continue;
    const value = field === "title" ? typed.replace(/\s+/g, " ").trim() : typed;
    if (field !== "title" || value)
      await store.update([id], (entry) => edited(entry, { [field]: value }, { was: { [field]: was } }));
    drafts.forget(id, field);
    announce("What you were writing is still here.");
  }
}
