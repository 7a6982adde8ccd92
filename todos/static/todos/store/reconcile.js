// @ts-check
/** How an entry (see entry.js) goes on when a request goes out, and when the server has spoken. */
import { isSame, apiValue, valuesOf } from "./fields.js";
import { isAnew, isLive, rebased } from "./rebase.js";

/**
 * @typedef {import("./fields.js").Row} Row
 * @typedef {import("./entry.js").Entry} Entry
 * @typedef {import("./entry.js").Pending} Pending
 * @typedef {import("./entry.js").Sent} Sent
 */

/** A request is about to go out. What may have arrived is repeated as it was; later changes follow it.
 * @param {Entry & {pending: Pending}} entry @returns {Entry} */
export function sending(entry) {
  const { base, pending } = entry;
  const { kind, fields } = nextStep(entry);
  const version = pending.kind === "delete" ? pending.version : pending.kind === "edit" && base ? base.version : null;
  if (pending.sending?.kind === kind && pending.sending.version === version) return entry;
  const earlier = kind === "delete" ? pending.sending : null;
  return { base, pending: { ...pending, sending: { kind, fields, version, earlier } } };
}

/** What goes out first. Only completing what is there and open makes the next of what repeats, so what was done before the
 * server had heard of it is made open, and what was done and then deleted is done first.
 * @param {Entry & {pending: Pending}} entry @returns {Pick<Sent, "kind" | "fields">} */
function nextStep({ base, pending: { kind, fields, was } }) {
  if (kind === "delete" && fields.completed && isLive(base) && !base.completed) return { kind: "edit", fields };
  const isDone = kind === "create" && fields.completed && fields.repeat && !was.completed;
  return { kind, fields: isDone ? { ...fields, completed: false } : fields };
}

/**
 * The server says what the to-do is: as the answer to what was sent (`own`), or as news. It `isLast` if it was asked
 * after whatever was sent; other news may be older than that.
 * @param {Entry} entry @param {Row} todo @param {{own?: boolean, isLast?: boolean}} [how] @returns {Entry}
 */
export function reconcile(entry, todo, { own = isOwn(entry.pending?.sending, todo), isLast = false } = {}) {
  const { base, pending } = entry;
  if (isOwn(pending?.sending?.earlier, todo)) return reconcileEarlier(entry, todo);
  const isBehind = isLast && (pending?.sending?.version ?? 0) > todo.version;
  const isNewer = isAnew(base, todo) || isBehind;
  const isOld = base && todo.version < base.version && !isNewer;
  const isKnown = base && todo.version === base.version && !isLast && !isNewer;
  if ((isOld || isKnown) && !own) return entry;
  const now = isOld ? base : todo;
  if (!pending) return { base: now, pending };
  // Without `sending`, news was faster than the answer and has been taken for it.
  const left = own && pending.sending ? acknowledged(pending, todo) : pending;
  const kept = left && now.deleted && isLive(base) ? { ...left, ...rescued(left, base) } : left;
  return { base: now, pending: kept && rebased(kept, now) };
}

/** It is as an edit made it whose answer got lost, before the user deleted it: that is what the user saw.
 * @param {Entry} entry @param {Row} todo @returns {Entry} */
function reconcileEarlier({ base, pending }, todo) {
  if (!pending) return { base, pending };
  const now = base && todo.version < base.version ? base : todo;
  return { base: now, pending: rebased({ ...pending, version: todo.version, sending: null }, now) };
}

/** The server will never take it. @param {Entry} entry @param {unknown} reason @returns {Entry} */
export const refused = (entry, reason) =>
  entry.pending ? { ...entry, pending: { ...entry.pending, refused: reason, sending: null } } : entry;

/** The tombstone of what the server says is not there: its next version, if it ever had one.
 * @param {string} id @param {Row | null} base */
export function tombstone(id, base) {
  return {
    id,
    deleted: true,
    version: isLive(base) ? base.version + 1 : (base?.version ?? 0),
    updated_at: base?.updated_at,
  };
}

/** What a to-do deleted elsewhere can be brought back with. @param {Pending} pending @param {Row} base */
function rescued(pending, base) {
  const shows = Object.fromEntries(base.attachments.map((/** @type {{id: string}} */ one) => [one.id, one]));
  return { lost: valuesOf(base), shows: { ...shows, ...pending.shows } };
}

/** Whether the to-do is what we sent and nothing else: an answer that got lost, or news that overtook it.
 * @param {Sent | null | undefined} sent @param {Row} todo */
function isOwn(sent, todo) {
  if (!sent) return false;
  if (sent.kind === "delete" || todo.deleted) return sent.kind === "delete" && todo.deleted === true;
  const isNext = sent.kind === "create" || todo.version === (sent.version ?? 0) + 1;
  return isNext && Object.entries(sent.fields).every(([field, value]) => isSame(field, value, apiValue(todo, field)));
}

/** What is left to do once the server has taken what was sent.
 * @param {Pending} pending @param {Row} todo @returns {Pending | null} */
function acknowledged(pending, todo) {
  const sent = pending.sending;
  if (!sent) return pending;
  if (sent.kind === "delete") return pending.kind === "delete" ? null : { ...pending, sending: null };
  const later = Object.entries(pending.fields).filter(
    ([field, value]) => !(field in sent.fields) || !isSame(field, value, sent.fields[field]),
  );
  const fields = Object.fromEntries(later);
  if (pending.kind === "delete") return { ...pending, sending: null, version: todo.version, fields };
  const was = { ...pending.was, ...sent.fields };
  return later.length ? { ...pending, kind: "edit", sending: null, fields, was } : null;
}
