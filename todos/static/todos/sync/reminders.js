/** This browser hears of reminders by Web Push; the service worker shows them. Permission is asked for the first one. */
import { hasPassed } from "../store/remind.js";
import { urls } from "../urls.js";

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const settingsUrl = () => `${urls.reminders}settings/`;
const canPush = () => Boolean(urls.reminders) && "PushManager" in window && "Notification" in window;

export class Reminders {
  #store;
  #api;
  #keeping = Promise.resolve();

  constructor(store, api) {
    this.#store = store;
    this.#api = api;
  }

  /** The user has set a reminder: ask, if nobody has. What to tell them where this browser will not remind, or "".
   * @param {import("../store/due.js").Due} due @param {number} minutes */
  async wanted(due, minutes) {
    if (!canPush()) return "This browser shows no reminders. They can come by mail: see Account.";
    if ((await Notification.requestPermission()) !== "granted") {
      return "Notifications are off for this site in this browser. Reminders can come by mail: see Account.";
    }
    try {
      const settings = await this.settings();
      await this.#subscribe(settings);
      return hasPassed(due, minutes, settings.time) ? "This moment has passed: there is no reminder of it." : "";
    } catch (error) {
      return `This browser can't be reminded right now: ${error.message}`;
    }
  }

  /** At a start: what was said of this browser and where it is still holds. Asks for nothing. */
  async refresh() {
    if (!canPush() || Notification.permission !== "granted") return;
    const told = (await this.#store.meta("reminders")) ?? {};
    const registration = await navigator.serviceWorker.ready;
    const subscription = await registration.pushManager.getSubscription();
    const isWanted =
      subscription || [...this.#store.todos()].some(({ remind, completed }) => remind !== null && !completed);
    if (!isWanted) return;
    const settings = await this.settings();
    const isTold = subscription?.endpoint === told.endpoint && told.zone === zone() && told.key === settings.push_key;
    if (!isTold) await this.#subscribe(settings);
  }

  settings() {
    return this.#api.request("GET", settingsUrl()).then(({ body }) => body);
  }

  /** Keep when and how to remind; in the zone this device is in. */
  keep({ time, mail }) {
    const put = () => this.#api.request("PUT", settingsUrl(), { body: { zone: zone(), time, mail } });
    this.#keeping = this.#keeping.then(put, put); // one after the other: the last is what counts
    return this.#keeping;
  }

  /** By mail they go to the address of now, which the server looks up whenever it is told the settings. */
  async goTo(email) {
    if (!urls.reminders || (await this.#store.meta("reminded-at")) === email) return;
    const settings = await this.settings();
    if (settings.mail) await this.keep(settings);
    await this.#store.setMeta("reminded-at", email);
  }

  /** Whoever signs out hears nothing more here, with or without a network: a push service says that it is gone. */
  leave() {
    return endReminders((id) => this.#api.request("DELETE", `${urls.reminders}subscriptions/${id}/`));
  }

  async #subscribe(settings) {
    if (settings.zone !== zone()) await this.keep(settings);
    const { pushManager } = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: settings.push_key };
    const subscription = await pushManager.subscribe(options).catch(async (error) => {
      if (error.name !== "InvalidStateError") throw error;
      await (await pushManager.getSubscription())?.unsubscribe(); // of another key
      return pushManager.subscribe(options);
    });
    const { endpoint, keys } = subscription.toJSON();
    await this.#api.request("POST", `${urls.reminders}subscriptions/`, {
      body: { endpoint, p256dh: keys.p256dh, auth: keys.auth },
    });
    await this.#store.setMeta("reminders", { endpoint, zone: zone(), key: settings.push_key });
  }
}

/** This browser shows reminders of nobody any more; `tell(id)` may take the subscription off the server's list. */
export async function endReminders(tell = async () => {}) {
  if (!canPush()) return;
  const registration = await navigator.serviceWorker.getRegistration(urls.page);
  for (const shown of (await registration?.getNotifications()) ?? []) shown.close();
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return;
  await tell(await idOf(subscription.endpoint)).catch(() => {});
  await subscription.unsubscribe();
}

/** The id the API gives a subscription. */
async function idOf(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .slice(0, 32);
}
