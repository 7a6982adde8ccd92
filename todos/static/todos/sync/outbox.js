/**
 * Sends what the user changed, oldest first, one at a time. Each request is safe to repeat: a new to-do has its id from
 * here and is only made if it is not there, a change and a deletion name the version they are about (ETag, If-Match).
 */
import { askToKeep } from "../store/database.js";
import { reconcile, refused, sending, tombstone } from "../store/reconcile.js";
import { isStuck } from "../store/entry.js";
import { urls } from "../urls.js";

const address = (id) => `${urls.todos}${id}/`;
const etag = (version) => (version === null ? {} : { "If-Match": `"v${version}"` });

/** Send everything there is to send. Raises Offline, SignedOut, or a Problem that may pass. */
export async function sendAll(store, api) {
  for (let [id] = store.waiting(); id; [id] = store.waiting()) {
    // What is on disk counts: another window may have sent it, and this one not heard of it yet.
    let now;
    await store.update([id], (entry) => {
      now = entry.pending && !isStuck(entry.pending) ? sending(entry) : null;
      return now ?? entry;
    });
    if (now) await send(store, api, id, now.base, now.pending.sending);
    else await store.refresh([id]);
  }
}

async function send(store, api, id, base, sent) {
  try {
    const { body } = await transmit(api, id, sent);
    await store.update([id], (entry) => reconcile(entry, body ?? tombstone(id, base), { own: true }));
  } catch (error) {
    if (!error.isFinal) {
      askToKeep();
      throw error;
    }
    if (error.status === 412 || error.status === 404) return reread(store, api, id, sent);
    await store.update([id], (entry) => refused(entry, error.message));
  }
}

function transmit(api, id, { kind, fields, version }) {
  if (kind === "create") return api.request("PUT", address(id), { body: fields, headers: { "If-None-Match": "*" } });
  if (kind === "edit") return api.request("PATCH", address(id), { body: fields, headers: etag(version) });
  return api.request("DELETE", address(id), { headers: etag(version) });
}

/** It is not what we thought it was: see what it is. The entry then knows what is left to send, or to ask the user. */
async function reread(store, api, id, sent) {
  const found = await api.request("GET", address(id)).catch((error) => {
    if (error.status === 404) return { body: null };
    throw error;
  });
  const own = (sent.kind === "delete" && !found.body) || undefined;
  await store.update([id], (entry) => reconcile(entry, found.body ?? tombstone(id, entry.base), { own, isLast: true }));
}
