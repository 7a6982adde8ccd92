/**
 * The refresh token between two pages: the service worker keeps it, in memory alone. A reload or a second window finds
 * it there; once the last window has been closed for half a minute the browser ends the worker, and it is gone.
 */

const WAIT = 1000;

async function worker() {
  if (!("serviceWorker" in navigator)) return null;
  const registration = await navigator.serviceWorker.getRegistration();
  return registration?.active ?? null;
}

/** Give the token to the worker, or null to make it forget. */
export async function keep(token) {
  (await worker())?.postMessage({ type: "keep", token });
}

/** What the worker keeps, null if nothing. */
export async function recall() {
  const found = await worker();
  if (!found) return null;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(resolve, WAIT, null);
    found.postMessage({ type: "recall" }, [port2]);
  });
}
