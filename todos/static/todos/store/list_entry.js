// @ts-check
/**
 * Lists: what their owner calls them, their colours and their order (docs/adr/0019). A to-do refers to one by its id, which
 * is the name it was made with, so that a list nobody told us of still has a name.
 *
 * An entry is `base`, the server's last word, also of a deleted list, and `pending`, what was changed here and is not
 * confirmed: {fields, isDeleted}. Of two changes of a field the later counts.
 *
 * @typedef {{name: string, color: string | null, order: number}} ListFields
 * @typedef {ListFields & {
 *   id: string, version: number, updated_at: string, deleted_at?: string | null,
 * }} ListRow
 * @typedef {{fields: Partial<ListFields>, isDeleted: boolean}} ListChange
 * @typedef {{base: ListRow | null, pending: ListChange | null}} ListEntry
 */
import { isAnew } from "./rebase.js";

export const INBOX = "inbox";
export const COLORS = ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"];

/** The entry of a list that nothing is known of. @type {Readonly<ListEntry>} */
export const NOTHING = Object.freeze({ base: null, pending: null });

/** Whether an address can end in it: browsers take dots for a way up. @param {string} id */
export const hasAddress = (id) => !id.split("/").some((part) => part === "." || part === "..");

/** The list as the user sees it; lists that nobody made, or that are deleted, are at the end.
 * @param {string} id @param {ListEntry} [entry] */
export function shownList(id, { base, pending } = NOTHING) {
  const isThere = pending ? !pending.isDeleted : Boolean(base && !base.deleted_at);
  const known = {
    name: base?.name ?? id,
    color: base?.color ?? null,
    order: base?.order ?? Infinity,
    ...pending?.fields,
  };
  return { id, ...known, order: isThere ? known.order : Infinity, isThere };
}

/** The entry after the user has changed these fields; one that is deleted, or is to be, comes back.
 * @param {ListEntry | undefined} entry @param {Partial<ListFields>} fields @returns {ListEntry} */
export function changedList(entry = NOTHING, fields) {
  const { base, pending } = entry;
  return { base, pending: { fields: { ...pending?.fields, ...fields }, isDeleted: false } };
}

/** The entry once the server has taken what was sent.
 * @param {ListEntry} entry @param {ListChange} sent @param {ListRow | null} row @returns {ListEntry} */
export function confirmedList({ base, pending }, sent, row) {
  const isOld = row && base && row.version < base.version && !isAnew(base, row); // news was faster than the answer
  const news = isOld ? base : (row ?? (base && { ...base, deleted_at: base.deleted_at ?? "now" }));
  if (!pending || pending.isDeleted !== sent.isDeleted) return { base: news, pending };
  const later = Object.entries(pending.fields).filter(
    ([field, value]) => value !== sent.fields[/** @type {keyof ListFields} */ (field)],
  );
  return { base: news, pending: later.length ? { ...pending, fields: Object.fromEntries(later) } : null };
}
