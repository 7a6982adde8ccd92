// @ts-check
/** A pending change on top of what the server has now. */
import { hasTyping, isSame, mergeField, apiValue } from "./fields.js";

/**
 * @typedef {import("./fields.js").Values} Values
 * @typedef {import("./fields.js").Row} Row
 * @import {Pending} from "./entry.js"
 */

/** @param {Row | null} base @returns {base is Row & {deleted?: false}} */
export const isLive = (base) => base !== null && base !== undefined && !base.deleted;

/** Whether a to-do or a list is later than its version says: made after what was deleted was forgotten, when versions
 * begin anew, or in a second region, where the last changes of the first may be missing.
 * @param {Row | null} base @param {Row} row */
export const isAnew = (base, row) =>
  base !== null &&
  row.updated_at > base.updated_at &&
  (row.version === base.version || (isDeleted(base) && !isDeleted(row)));

/** @param {Row} row */
const isDeleted = ({ deleted, deleted_at }) => Boolean(deleted || deleted_at);

/** The pending change, null if nothing is left of it, with `conflicts` where only the user knows.
 * @param {Pending} pending @param {Row | null} base @returns {Pending | null} */
export function rebased(pending, base) {
  if (pending.kind === "create") return isLive(base) ? merged(adopted(pending), base) : pending;
  if (pending.kind === "delete") return rebasedDelete(pending, base);
  if (!isLive(base)) return hasTyping(pending.fields) ? { ...pending, conflicts: { deleted: true } } : null;
  return merged({ ...pending, lost: null }, base);
}

/**
 * What was to be created is there. A new to-do has its id from here alone: an earlier try has arrived after all. One that
 * was to come back (it has `was`) may have been brought back elsewhere, too.
 * @param {Pending} pending @returns {Pending}
 */
function adopted(pending) {
  const isNew = Object.keys(pending.was).length === 0;
  const tried = pending.sending?.kind === "create" ? pending.sending : pending;
  const was = isNew ? tried.fields : pending.was;
  return { ...pending, kind: "edit", was, sending: null };
}

/** @param {Pending} pending @param {Row | null} base */
function rebasedDelete(pending, base) {
  if (base?.deleted) return null;
  const isNewer = base !== null && pending.version !== null && base.version > pending.version;
  return isNewer ? { ...pending, conflicts: { changed: true } } : pending;
}

/** @param {Pending} pending @param {Row} base */
function merged(pending, base) {
  /** @type {Values[]} */
  const [fields, was, conflicts] = [{}, {}, {}];
  for (const [field, mine] of Object.entries(pending.fields)) {
    const now = apiValue(base, field);
    const found = mergeField(field, pending.was[field], mine, now);
    if ("drop" in found && !isUndoing(pending, field)) continue;
    if ("conflict" in found) conflicts[field] = found.conflict;
    fields[field] = "mine" in found ? found.mine : mine;
    was[field] = "conflict" in found ? pending.was[field] : now;
  }
  return Object.keys(fields).length ? { ...pending, fields, was, conflicts } : null;
}

/** Whether something else was sent and may still arrive: what is as it was here may soon not be so there.
 * @param {Pending} pending @param {string} field */
function isUndoing({ sending, fields }, field) {
  return !!sending && field in sending.fields && !isSame(field, fields[field], sending.fields[field]);
}
