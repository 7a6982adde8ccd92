// @ts-check
/**
 * One to-do on this device: `base`, the server's last word (a tombstone once deleted), and `pending`, what the user
 * changed and the server has not confirmed. Everything here is a pure function from one entry to the next.
 *
 * pending: kind      "create" (PUT), "edit" (PATCH) or "delete"
 *          fields    what is to be set; `was` what these fields were when the user began. Of a delete: what goes before
 *                    it, as it completes what repeats
 *          version   of a delete: the version the user saw
 *          sending   what was sent and may have arrived, null before the first try; of a delete, `earlier` likewise
 *          conflicts field -> the other value; `deleted` or `changed` for the to-do as a whole. It waits for the user.
 *          refused   why the server will never take it. It waits for the user, too.
 *          lost      the values of a to-do deleted elsewhere, to bring it back with
 *          shows     what is known of attachments that `base` does not show
 *          since     when it began, in milliseconds: changes are sent in this order
 *
 * @typedef {import("./fields.js").Values} Values
 * @typedef {import("./fields.js").Row} Row
 * @typedef {"create" | "edit" | "delete"} Kind
 * @typedef {{kind: Kind, fields: Values, version: number | null, earlier?: Sent | null}} Sent
 * @typedef {{
 *   kind: Kind, fields: Values, was: Values, version: number | null, sending: Sent | null, conflicts: Values,
 *   refused: unknown, lost: Values | null, shows: Values, since: number,
 * }} Pending
 * @typedef {{base: Row | null, pending: Pending | null}} Entry
 * @typedef {Values & {id: string, pending?: Pending | null}} Shown
 */
import { DEFAULTS, hasTyping, isSame, apiValue, valuesOf } from "./fields.js";
import { isLive, rebased } from "./rebase.js";

/** @param {Kind} kind @param {Partial<Pending>} more @returns {Pending} */
const fresh = (kind, more) => ({
  kind,
  fields: {},
  was: {},
  version: null,
  sending: null,
  conflicts: {},
  refused: null,
  lost: null,
  shows: {},
  since: Date.now(),
  ...more,
});

/** Whether the change waits for the user. @param {Pending} pending */
export const isStuck = (pending) => Object.keys(pending.conflicts).length > 0 || pending.refused !== null;

/** The to-do as the user sees it, or null if there is nothing to see.
 * @param {string} id @param {Entry} entry @returns {Values | null} */
export function shown(id, { base, pending }) {
  if (!pending) return isLive(base) ? { ...DEFAULTS, ...base } : null;
  if (pending.kind === "delete" && !isStuck(pending)) return null;
  const known = isLive(base) ? { ...DEFAULTS, ...base } : { ...DEFAULTS, ...pending.lost, attachments: [] };
  const ids = pending.fields.attachments ?? (isLive(base) ? apiValue(base, "attachments") : []);
  const describe = (/** @type {string} */ one) =>
    known.attachments.find((/** @type {{id: string}} */ it) => it.id === one) ??
    pending.shows[one] ?? { id: one, status: "waiting" };
  return { ...known, ...pending.fields, id, attachments: ids.map(describe) };
}

/** The user makes a to-do, or brings back one whose values were `was`.
 * @param {Entry} entry @param {Values} fields @param {{was?: Values, shows?: Values}} [seen] @returns {Entry} */
export function created(entry, fields, { was = {}, shows = {} } = {}) {
  const sending = entry.pending?.sending ?? null;
  return { ...entry, pending: fresh("create", { fields: { ...DEFAULTS, ...fields }, was, sending, shows }) };
}

/**
 * The user changes fields; `was` are their values when the user began, if that is some time ago. Typing in a to-do that
 * is being deleted keeps it; in one that is gone, whose last sight is `seen`, it asks what to do.
 * @param {Entry} entry @param {Values} fields @param {{was?: Values, shows?: Values, seen?: Values | null}} [more]
 * @returns {Entry}
 */
export function edited(entry, fields, { was = {}, shows = {}, seen = null } = {}) {
  const { base } = entry;
  const isKept = entry.pending?.kind !== "delete" || isStuck(entry.pending) || hasTyping(fields);
  if (!isKept || (!isLive(base) && !entry.pending && !(seen && hasTyping(fields)))) return entry;
  const pending =
    entry.pending && entry.pending.kind !== "delete"
      ? entry.pending
      : fresh("edit", { sending: entry.pending?.sending ?? null, lost: seen && valuesOf(seen) });
  const known = isLive(base) ? valuesOf(base) : { ...DEFAULTS, ...pending.lost };
  const began = Object.fromEntries(
    Object.keys(fields).map((field) => [field, field in was ? was[field] : known[field]]),
  );
  const next = {
    ...pending,
    refused: null,
    fields: { ...pending.fields, ...fields },
    shows: { ...pending.shows, ...shows },
  };
  // What is to be created is sent whole, whatever is thought to be there: only the server knows.
  if (pending.kind === "create") return { base, pending: next };
  return { base, pending: rebased({ ...next, was: { ...began, ...pending.was } }, base) };
}

/** The to-do has one more attachment. @param {string} id @param {Entry} entry
 * @param {import("./fields.js").Attachment} upload @returns {Entry} */
export function attached(id, entry, upload) {
  const ids = (shown(id, entry)?.attachments ?? []).map((/** @type {{id: string}} */ one) => one.id);
  return edited(entry, { attachments: [...ids, upload.id] }, { shows: { [upload.id]: upload } });
}

/** The user deletes it. One the server can't have heard of is simply gone. @param {Entry} entry @returns {Entry} */
export function removed(entry) {
  const { base, pending } = entry;
  if (!isLive(base) && !pending?.sending) return { base, pending: null };
  const version = isLive(base) ? base.version : null;
  const isDone = pending?.fields.completed && (pending.fields.repeat ?? base?.repeat);
  const fields = isDone ? pending.fields : {};
  return { base, pending: fresh("delete", { version, fields, sending: pending?.sending ?? null }) };
}

/** The user takes a deletion back; `todo` is what was shown, with what was pending then.
 * @param {Entry} entry @param {Shown} todo @returns {Entry} */
export function restored(entry, todo) {
  const { base, pending } = entry;
  if (shown(todo.id, entry)) return entry;
  const shows = Object.fromEntries(todo.attachments.map((/** @type {{id: string}} */ one) => [one.id, one]));
  const values = valuesOf(todo);
  if (!isLive(base) || pending?.sending?.kind === "delete")
    return created(entry, values, { was: lastKnown(entry, todo), shows });
  const sent = pending?.sending?.fields ?? {};
  const isChanged = (/** @type {[string, unknown]} */ [field, value]) =>
    field in sent || !isSame(field, value, apiValue(base, field));
  const changed = Object.fromEntries(Object.entries(values).filter(isChanged));
  return edited({ base, pending: fresh("edit", { sending: pending?.sending ?? null }) }, changed, { shows });
}

/** What the server last had of a to-do that comes back; nothing, if it can't have heard of it.
 * @param {Entry} entry @param {Shown} todo */
function lastKnown({ base, pending }, todo) {
  if (isLive(base)) return valuesOf(base);
  if (todo.pending?.kind !== "create") return { ...valuesOf(todo), ...todo.pending?.was };
  return base || pending?.sending ? DEFAULTS : todo.pending.was;
}

/** The user decides a conflict: "mine", "theirs", or "both" with a value made of the two.
 * @param {Entry} entry @param {string} field @param {"mine" | "theirs" | "both"} choice @param {unknown} [value]
 * @returns {Entry} */
export function resolved(entry, field, choice, value) {
  const { base, pending } = entry;
  if (!pending || !(field in pending.conflicts)) return entry;
  if (field === "changed" || field === "deleted") return choice === "mine" ? insisted(entry) : { base, pending: null };
  const { [field]: mine, ...rest } = pending.fields;
  if (choice === "theirs") return { base, pending: rebased({ ...pending, fields: rest }, base) };
  const fields = { ...rest, [field]: choice === "both" ? value : mine };
  const was = { ...pending.was, [field]: pending.conflicts[field] };
  return { base, pending: rebased({ ...pending, fields, was }, base) };
}

/** The to-do is to be deleted although it was changed, or is to live although it was deleted.
 * @param {Entry} entry @returns {Entry} */
function insisted({ base, pending }) {
  if (!pending) return { base, pending };
  if (pending.kind === "delete")
    return { base, pending: { ...pending, conflicts: {}, version: base?.version ?? null } };
  const { lost, fields, shows } = pending;
  return created({ base, pending: null }, { ...lost, ...fields }, { was: lost ?? {}, shows });
}

/** The user gives up what was refused: back to what the server has. @param {Entry} entry @returns {Entry} */
export const dropped = ({ base }) => ({ base, pending: null });
