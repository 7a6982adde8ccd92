/**
 * Makes MyTodoList open without a network.
 * It touches nothing but the page and the files listed here: never the API, never another site.
 */
const CACHE = "todos-{{ version }}";
const PAGE = "{{ page }}";
const ASSETS = {{ assets|safe }}.map((address) => new URL(address, self.location).href);
/** How long a slow network may take before the page comes from here, in milliseconds. */
const PATIENCE = 2500;
/** A name with a hash in it: what is behind it never changes. */
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([PAGE, ...ASSETS].map((address) => new Request(address, { cache: "no-cache" })));
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
