/** Whether there is newer code than that of the page that is open. */
import { urls } from "../urls.js";

/** How often a page that stays open has the browser look for another service worker, in milliseconds. */
const PAUSE = 3_600_000;

/** Call `onNewer()` when a service worker with other files than this page's takes over; once for each. */
export function watchForNewer(onNewer) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  serviceWorker.addEventListener("controllerchange", () => {
    const { controller } = serviceWorker;
    const look = async () => {
      if (controller?.state === "activated" && (await isOld())) onNewer();
    };
    controller?.addEventListener("statechange", look); // until it is activated, files of before are still kept
    look();
  });
  let asked = Date.now();
  const ask = async () => {
    if (document.hidden || Date.now() - asked < PAUSE) return;
    asked = Date.now();
    const registration = await serviceWorker.getRegistration(urls.page);
    await registration?.update().catch(() => {}); // without a network it is asked again later
  };
  setInterval(ask, PAUSE);
  document.addEventListener("visibilitychange", ask);
}

/** Whether a file of this page is not kept any more: a worker that takes over keeps those of its own version alone. */
async function isOld() {
  const files = [...document.querySelectorAll("script[src], link:is([rel=stylesheet], [rel=modulepreload])")];
  const kept = await Promise.all(files.map(({ src, href }) => caches.match(src ?? href, { ignoreVary: true })));
  return kept.includes(undefined);
}
