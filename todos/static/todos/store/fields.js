// @ts-check
/** What a to-do consists of, and how two values of a field compare. */
import { isSameDue } from "./due.js";

/**
 * @typedef {any} Value  of a field: text, number, set of texts, or null
 * @typedef {Record<string, Value>} Values  by field
 * @typedef {{id: string} & Values} Attachment
 * @typedef {{id: string, version: number, deleted?: boolean} & Values} Row  what the API answers
 */

/** @type {Readonly<Values>} */
export const DEFAULTS = Object.freeze({
  title: "",
  notes: "",
  completed: false,
  due: null,
  repeat: "",
  remind: null,
  priority: 0,
  tags: Object.freeze([]),
  order: 0,
  list: "inbox",
  attachments: Object.freeze([]),
});

/** Two people's values of these can't both be kept, so the user is asked; of the others, both or the later count. */
const ASKED = new Set(["title", "notes", "due", "repeat", "priority", "list"]);
/** What somebody typed: never given up without asking. */
const TYPED = ["title", "notes"];
const SETS = new Set(["tags", "attachments"]);

/** The value of a field as the API takes it: attachments are answered as objects, and sent as ids. What this device has
 * kept since before there was a field has its default. @param {Values} todo @param {string} field @returns {Value} */
export function apiValue(todo, field) {
  return field === "attachments"
    ? todo.attachments.map((/** @type {{id: string}} */ { id }) => id)
    : (todo[field] ?? DEFAULTS[field]);
}

/** All fields of a to-do as the API takes them. @param {Values} todo @returns {Values} */
export function valuesOf(todo) {
  return Object.fromEntries(Object.keys(DEFAULTS).map((field) => [field, apiValue(todo, field)]));
}

/** Whether two values are the same; the order of a set means nothing. @param {string} field @param {Value} one @param {Value} other
 * @returns {boolean} */
export function isSame(field, one, other) {
  if (SETS.has(field))
    return one.length === other.length && one.every((/** @type {string} */ item) => other.includes(item));
  if (field === "due") return isSameDue(one, other);
  if (field === "title") return one.trim() === other.trim();
  return one === other;
}

/** Whether somebody's typing is among these fields. @param {Values} fields */
export const hasTyping = (fields) => TYPED.some((field) => field in fields);

/**
 * Three values of one field become one: what it was, what I made of it, what it is by now.
 * Answers {drop: true} if nothing is left to change, {mine} to send, or {conflict} with the other value.
 * @param {string} field @param {Value} was @param {Value} mine @param {Value} now
 * @returns {{drop: true} | {mine: Value} | {conflict: Value}}
 */
export function mergeField(field, was, mine, now) {
  if (isSame(field, now, mine) || isSame(field, mine, was)) return { drop: true };
  if (isSame(field, now, was)) return { mine };
  if (SETS.has(field)) {
    const isMine = (/** @type {string} */ item) => !was.includes(item) && !now.includes(item);
    const kept = now.filter((/** @type {string} */ item) => mine.includes(item) || !was.includes(item));
    const merged = [...kept, ...mine.filter(isMine)];
    return isSame(field, merged, now) ? { drop: true } : { mine: merged };
  }
  return ASKED.has(field) ? { conflict: now } : { mine };
}
