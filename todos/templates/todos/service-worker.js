/**
 * Makes MyTodoList open without a network, and shows reminders.
 * Of requests it touches nothing but the page and the files listed here. It asks the API when a reminder is answered, and
 * when the browser has another push subscription.
 */
const CACHE = "todos-{{ version }}";
const PAGE = "{{ page }}";
const SESSION = "{{ session }}";
const TODOS = "{{ todos }}";
const REMINDERS = "{{ reminders }}";
const ICON = "{{ icon }}";
const ASSETS = {{ assets|safe }}.map((address) => new URL(address, self.location).href);
/** How long a slow network may take before the page comes from here, in milliseconds. */
const PATIENCE = 2500;
/** A name with a hash in it: what is behind it never changes. */
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([PAGE, ...ASSETS].map((address) => new Request(address, { cache: "no-cache" })));
    // While a new version is being released, page and worker may be of different ones: then the next visit tries again.
    const page = await (await cache.match(PAGE)).text();
    const named = [...page.matchAll(/(?:src|href)="([^"]+\.js[^"]*)"/g)].map(([, address]) => new URL(address, self.location).href);
    if (!named.every((address) => ASSETS.includes(address))) {
      await caches.delete(CACHE);
      throw new Error("The page is of another version.");
    }
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("todos-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(networkFirst(request, PAGE));
  else if (ASSETS.includes(url.href)) event.respondWith(HASHED.test(url.pathname) ? kept(request) : networkFirst(request, url.href));
});

/** From the network, or what is kept when that fails or takes too long. */
async function networkFirst(request, key) {
  const fresh = fetch(request);
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
  try {
    const answer = await Promise.race([fresh, late]);
    if (answer?.ok) return answer;
  } catch {
    // no network: what is kept will do
  }
  fresh.catch(() => {});
  return (await find(key)) ?? fresh;
}

const kept = async (request) => (await find(request.url)) ?? fetch(request);

const find = async (key) => (await caches.open(CACHE)).match(key, { ignoreVary: true });

// --- Reminders ---

const LATER = { hour: 60 * 60 * 1000, tomorrow: 24 * 60 * 60 * 1000 };
const ACTIONS = [
  { action: "done", title: "Done" },
  { action: "hour", title: "In an hour" },
  { action: "tomorrow", title: "Tomorrow" },
];

self.addEventListener("push", (event) => event.waitUntil(remind(event.data.json())));

/** The same reminder may come twice: the second takes the place of the first without a sound, as both have one tag. */
async function remind({ owner, todo, title, due, tag }) {
  // Of somebody who has signed out here nothing is left, and nothing is shown.
  const known = await indexedDB.databases();
  if (!known.some(({ name }) => name === `todos-${owner}`)) return;
  await self.registration.showNotification(title, {
    body: inWords(due), tag, icon: ICON, data: { owner, todo }, actions: ACTIONS, requireInteraction: true,
  });
}

/** When it is due, with the day unless that is today: a reminder comes up to four weeks before. */
function inWords(due) {
  const isDay = due.length === 10;
  const at = new Date(isDay ? `${due}T00:00` : due);
  const time = isDay ? "" : at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === new Date().toDateString()) return isDay ? "Due today" : `Due at ${time}`;
  const english = navigator.languages.find((one) => one.startsWith("en")) ?? "en-GB"; // as all else is
  const day = at.toLocaleDateString(english, { weekday: "short", day: "numeric", month: "short" });
  return `Due on ${[day, time].filter(Boolean).join(", ")}`;
}

self.addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  notification.close();
  event.waitUntil(action ? answer(notification, action) : look());
});

/** The server's time at its last answer: a device's clock may be days wrong. In milliseconds. */
let serverTime = Date.now();

/** Do what was chosen; if that can't be done, the page opens, where it can. */
async function answer({ data: { owner, todo } }, action) {
  try {
    const token = await tokenOf(owner);
    if (action === "done") await tell("PATCH", `${TODOS}${todo}/`, token, { completed: true });
    else await tell("POST", `${REMINDERS}${todo}/snooze/`, token, { until: new Date(serverTime + LATER[action]).toISOString() });
  } catch {
    await look();
  }
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

/** The browser ended a subscription by itself: the page, which would tell of the next one, may not be open for weeks. */
async function renew({ newSubscription }) {
  const { access_token: token } = await session();
  const { endpoint, keys } = (newSubscription ?? (await subscribe(token))).toJSON();
  await tell("POST", `${REMINDERS}subscriptions/`, token, { endpoint, p256dh: keys.p256dh, auth: keys.auth });
}

/** By the server's key of now: not every browser says which the former subscription had. */
async function subscribe(token) {
  const { push_key: applicationServerKey } = await tell("GET", `${REMINDERS}settings/`, token);
  return self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

/** An access token by the session's cookie, which only the server reads. The page asks under the same lock. */
const session = () => navigator.locks.request("todos-session", () => tell("POST", SESSION, null, {}));

async function tokenOf(owner) {
  const found = await session();
  if (found.sub !== owner) throw new Error("Somebody else is signed in.");
  return found.access_token;
}

async function tell(method, url, token, body) {
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const credentials = token ? "omit" : "same-origin";
  const signal = AbortSignal.timeout(15_000); // the page waits for the session as long as this holds its lock
  const answered = await fetch(url, { method, headers, credentials, signal, cache: "no-store", body: JSON.stringify(body) });
  if (!answered.ok) throw new Error(`The server answered ${answered.status}.`);
  serverTime = Date.parse(answered.headers.get("Date")) || Date.now();
  return answered.status === 204 ? null : answered.json();
}

/** The page, which is opened if no window shows it. */
async function look() {
  const windows = await self.clients.matchAll({ type: "window" });
  const open = windows.find(({ url }) => new URL(url).pathname === PAGE);
  await (open ? open.focus() : self.clients.openWindow(PAGE));
}
