/**
 * One to-do on this device: `base`, the server's last word (a tombstone once deleted), and `pending`, what the user
 * changed and the server has not confirmed. Everything here is a pure function from one entry to the next.
 *
 * pending: kind      "create" (PUT), "edit" (PATCH) or "delete"
 *          fields    what is to be set; `was` what these fields were when the user began
 *          version   of a delete: the version the user saw
 *          sending   what was sent and may have arrived, null before the first try
 *          conflicts field -> the other value; `deleted` or `changed` for the to-do as a whole. It waits for the user.
 *          refused   why the server will never take it. It waits for the user, too.
 *          lost      the values of a to-do deleted elsewhere, to bring it back with
 *          shows     what is known of attachments the server has not heard of
 *          since     when it began, in milliseconds: changes are sent in this order
 */
import { DEFAULTS, hasTyping, isSame, mergeField, valueOf, valuesOf } from "./fields.js";

const fresh = (kind, more) => ({
  kind, fields: {}, was: {}, version: null, sending: null, conflicts: {}, refused: null, lost: null, shows: {},
  since: Date.now(), ...more,
});

const isLive = (base) => Boolean(base) && !base.deleted;
export const isStuck = (pending) => Object.keys(pending.conflicts).length > 0 || pending.refused !== null;

/** The to-do as the user sees it, or null if there is nothing to see. */
export function shown(id, { base, pending }) {
  if (!pending) return isLive(base) ? { id, ...base } : null;
  if (pending.kind === "delete" && !isStuck(pending)) return null;
  const known = isLive(base) ? base : { ...DEFAULTS, ...pending.lost, attachments: [] };
  const attachments = (pending.fields.attachments ?? (isLive(base) ? valueOf(base, "attachments") : [])).map(
    (one) => known.attachments.find((shown) => shown.id === one) ?? pending.shows[one] ?? { id: one, status: "waiting" },
  );
  return { ...known, ...pending.fields, id, attachments };
}

/** The user makes a to-do, or brings a deleted one back. */
export function created(entry, fields, shows = {}) {
  const kept = entry.pending?.sending ?? null;
  return { ...entry, pending: fresh("create", { fields: { ...DEFAULTS, ...fields }, sending: kept, shows }) };
}

/** The user changes fields; `was` are their values when the user began, if that is some time ago. */
export function edited(entry, fields, was = {}, shows = {}) {
  const { base } = entry;
  const before = entry.pending;
  if (before?.kind === "delete" || (!isLive(base) && !before)) return entry;
  const pending = before ?? fresh("edit");
  const original = (field) => (field in was ? was[field] : isLive(base) ? valueOf(base, field) : pending.fields[field]);
  const began = Object.fromEntries(Object.keys(fields).map((field) => [field, original(field)]));
  return {
    base,
    pending: rebased({
      ...pending, refused: null,
      fields: { ...pending.fields, ...fields },
      was: { ...began, ...pending.was },
      shows: { ...pending.shows, ...shows },
    }, base),
  };
}

/** The user deletes it. One the server can't have heard of is simply gone. */
export function removed(entry) {
  const { base, pending } = entry;
  if (pending?.kind === "create" && !pending.sending && !isLive(base)) return { base, pending: null };
  if (!pending && !isLive(base)) return entry;
  const version = isLive(base) ? base.version : null;
  return { base, pending: fresh("delete", { version, sending: pending?.sending ?? null }) };
}

/** The user takes a deletion back; `todo` is what was shown. */
export function restored(entry, todo) {
  const { base, pending } = entry;
  if (shown(todo.id, entry)) return entry;
  const shows = Object.fromEntries(todo.attachments.map((one) => [one.id, one]));
  const values = valuesOf(todo);
  if (!isLive(base) || pending?.sending) return created(entry, values, shows);
  const changed = Object.entries(values).filter(([field, value]) => !isSame(field, value, valueOf(base, field)));
  const clean = { base, pending: null };
  return changed.length ? edited(clean, Object.fromEntries(changed), {}, shows) : clean;
}

/** A request is about to go out. */
export function sending(entry) {
  const { base, pending } = entry;
  const version = pending.kind === "delete" ? pending.version : pending.kind === "edit" ? base.version : null;
  return { base, pending: { ...pending, sending: { kind: pending.kind, fields: pending.fields, version } } };
}

/** The server says what the to-do is: as the answer to what was sent (`own`), or as news. */
export function heard(entry, todo, own = isOwn(entry.pending?.sending, todo)) {
  const { base, pending } = entry;
  const isNews = !base || todo.version > base.version;
  if (!isNews && !(own && pending?.sending)) return entry;
  const now = isNews ? todo : base;
  if (!pending) return { base: now, pending };
  const left = own ? acknowledged(pending, todo) : pending;
  const lost = left && todo.deleted && isLive(base) ? { ...left, lost: valuesOf(base) } : left;
  return { base: now, pending: lost && rebased(lost, now) };
}

/** The server will never take it. */
export const refused = (entry, reason) =>
  entry.pending ? { ...entry, pending: { ...entry.pending, refused: reason, sending: null } } : entry;

/** The user decides a conflict: `mine`, `theirs`, or another value for a field. */
export function resolved(entry, field, choice, value) {
  const { base, pending } = entry;
  if (!pending || !(field in pending.conflicts)) return entry;
  const { [field]: other, ...conflicts } = pending.conflicts;
  if (field === "changed") return choice === "mine"
    ? { base, pending: { ...pending, conflicts, version: base.version } } : { base, pending: null };
  if (field === "deleted") return choice === "mine"
    ? created({ base, pending: null }, { ...pending.lost, ...pending.fields }, pending.shows) : { base, pending: null };
  const { [field]: mine, ...rest } = pending.fields;
  if (choice === "theirs") return { base, pending: rebased({ ...pending, conflicts, fields: rest }, base) };
  const fields = { ...rest, [field]: choice === "mine" ? mine : value };
  return { base, pending: rebased({ ...pending, conflicts, fields, was: { ...pending.was, [field]: other } }, base) };
}

/** The user gives up what was refused: back to what the server has. */
export const dropped = ({ base }) => ({ base, pending: null });

/** Whether the to-do is what we sent and nothing else: an answer that got lost, or news that overtook it. */
function isOwn(sent, todo) {
  if (!sent) return false;
  if (sent.kind === "delete" || todo.deleted) return sent.kind === "delete" && todo.deleted === true;
  const isNext = sent.kind === "create" || todo.version === sent.version + 1;
  return isNext && Object.entries(sent.fields).every(([field, value]) => isSame(field, value, valueOf(todo, field)));
}

/** What is left to do once the server has taken what was sent. */
function acknowledged(pending, todo) {
  const sent = pending.sending ?? { kind: pending.kind, fields: pending.fields };
  if (sent.kind === "delete") return pending.kind === "delete" ? null : { ...pending, sending: null };
  if (pending.kind === "delete") return { ...pending, sending: null, version: todo.version };
  const later = Object.entries(pending.fields).filter(
    ([field, value]) => !(field in sent.fields) || !isSame(field, value, sent.fields[field]),
  );
  if (!later.length) return null;
  const was = { ...pending.was, ...sent.fields };
  return { ...pending, kind: "edit", sending: null, fields: Object.fromEntries(later), was };
}

/** The pending change on top of what the server has now: null if nothing is left, conflicts where only the user knows. */
function rebased(pending, base) {
  if (pending.kind === "create") {
    if (!isLive(base)) return pending;
    // It is there already: an earlier try arrived after all, and was changed since.
    return rebased({ ...pending, kind: "edit", was: (pending.sending ?? pending).fields, sending: null }, base);
  }
  if (pending.kind === "delete") {
    if (base.deleted) return null;
    const isNewer = pending.version !== null && base.version > pending.version;
    return isNewer ? { ...pending, conflicts: { changed: true } } : pending;
  }
  if (base.deleted) return hasTyping(pending.fields) ? { ...pending, conflicts: { deleted: true } } : null;
  return merged({ ...pending, lost: null }, base);
}

function merged(pending, base) {
  const [fields, was, conflicts] = [{}, {}, {}];
  for (const [field, mine] of Object.entries(pending.fields)) {
    const now = valueOf(base, field);
    const found = mergeField(field, pending.was[field], mine, now);
    if (found.drop) continue;
    if ("conflict" in found) conflicts[field] = found.conflict;
    fields[field] = "mine" in found ? found.mine : mine;
    was[field] = "conflict" in found ? pending.was[field] : now;
  }
  return Object.keys(fields).length ? { ...pending, fields, was, conflicts } : null;
}
