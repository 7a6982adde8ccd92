// @ts-check
/** Places in the list: a number half-way between the neighbours'. */

/** @typedef {{id: string, order: number}} Placed */

const STEP = 1000;
/** The greatest place the API takes. */
const MAX = Number.MAX_SAFE_INTEGER;

/** A place behind `before`: the time, as the API gives, or right behind what is later than that.
 * @param {number | undefined} before @param {number} now */
export const behind = (before, now) => Math.min(MAX, Math.max(now, (before ?? -MAX) + 1));

/** The place behind all of these. @param {Placed[]} todos @param {number} now */
export const atEnd = (todos, now) =>
  behind(
    todos.reduce((last, { order }) => Math.max(last, order), -MAX),
    now,
  );

/** A number between two, either of which may be missing; null if they are too close for one.
 * @param {number | undefined} before @param {number | undefined} after @param {number} now */
export function between(before, after, now) {
  if (after === undefined) return behind(before, now);
  if (before === undefined) return after - STEP;
  const middle = before + (after - before) / 2;
  return middle > before && middle < after ? middle : null;
}

/**
 * The new orders, {id: order}, for `id` to come to stand at `index` among `todos`, which are in order and don't hold it.
 * One number, as a rule; if there is no room, all get new ones.
 * @param {Placed[]} todos @param {string} id @param {number} index @param {number} now @returns {Record<string, number>}
 */
export function placed(todos, id, index, now) {
  const order = between(todos[index - 1]?.order, todos[index]?.order, now);
  if (order !== null) return { [id]: order };
  const ids = todos.map((todo) => todo.id);
  ids.splice(index, 0, id);
  const first = todos[0].order;
  return Object.fromEntries(ids.map((one, number) => [one, first + number * STEP]));
}

/** By place; of the same place, the older first (ids sort by time). @param {Placed} one @param {Placed} other */
export const byOrder = (one, other) => one.order - other.order || (one.id < other.id ? -1 : 1);

/** A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random ones. */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let index = 0; index < 6; index += 1) bytes[index] = Math.floor(now / 2 ** (8 * (5 - index))) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
