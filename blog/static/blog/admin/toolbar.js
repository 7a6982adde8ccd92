// Formatting of the text by buttons and keys; the same again takes it away.

import { insertText } from "./text_edits.js";

const KEYS = { b: "bold", i: "italic", k: "link" };
const ACTIONS = {
  bold: (field) => surround(field, "**"),
  italic: (field) => surround(field, "*"),
  code: (field) => (selected(field).includes("\n") ? fence(field) : surround(field, "`")),
  link,
  heading: (field) => prefix(field, () => "## ", /^#{1,6} /),
  bullets: (field) => prefix(field, () => "- ", /^[-*+] /),
  numbers: (field) => prefix(field, (number) => `${number}. `, /^\d+[.)] /),
  quote: (field) => prefix(field, () => "> ", /^> ?/),
};

export function toolbar(form) {
  const field = form.elements.body;
  const bar = form.querySelector("[data-formatting]");
  bar.addEventListener("click", ({ target }) => {
    const action = ACTIONS[target.closest("button")?.dataset.format];
    if (action) action(field);
  });
  form.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
    const letter = letterOf(event),
      action = event.target === field && ACTIONS[KEYS[letter]];
    const save = letter === "s" && (form.elements._continue ?? form.elements._save);
    if (!action && !save) return;
    event.preventDefault();
    if (action) action(field);
    else if (!event.repeat) form.requestSubmit(save);
  });
}

// Whatever the keyboard's script, and with Caps Lock: where a key has no Latin letter, the one at its place.
function letterOf({ key, code }) {
  return (/^[a-z]$/i.test(key) ? key : code.replace(/^Key/, "")).toLowerCase();
}

function selected({ value, selectionStart, selectionEnd }) {
  return value.slice(selectionStart, selectionEnd);
}

// Replaces what is selected, or another stretch, and selects a part of what comes.
function put(field, words, from, to, start, end) {
  insertText(field, words, from, to);
  field.setSelectionRange(from + start, from + end);
}

function surround(field, mark) {
  const { value, selectionStart: from, selectionEnd: to } = field,
    { length } = mark;
  const words = selected(field);
  const isAround = has(value.slice(0, from), mark, "endsWith") && has(value.slice(to), mark, "startsWith");
  if (isAround) return put(field, words, from - length, to + length, 0, words.length);
  const isInside = words.length > 2 * length && has(words, mark, "startsWith") && has(words, mark, "endsWith");
  if (isInside) return put(field, words.slice(length, -length), from, to, 0, words.length - 2 * length);
  // A mark beside a space, or over the end of a paragraph, is none.
  const marked = words
    .split(/(\n\s*\n)/)
    .map((part) => part.replace(/^(\s*)(\S[\s\S]*?)(\s*)$/, `$1${mark}$2${mark}$3`))
    .join("");
  if (!words.trim()) return put(field, mark + words + mark, from, to, length, length + words.length);
  const lead = words.length - words.trimStart().length,
    trail = words.length - words.trimEnd().length;
  return put(field, marked, from, to, lead + length, marked.length - trail - length);
}

// Whether a text begins or ends with a mark; two stars are not one.
function has(text, mark, side) {
  const more = mark === "*" && text[side]("**") && !text[side]("***");
  return text[side](mark) && !more;
}

function fence(field) {
  const { selectionStart: from, selectionEnd: to } = field,
    words = selected(field).replace(/\n$/, "");
  put(field, `\`\`\`\n${words}\n\`\`\`\n`, from, to, 4, 4 + words.length);
}

function link(field) {
  const { selectionStart: from, selectionEnd: to } = field,
    words = selected(field).trim();
  if (/^https?:\/\/\S+$/.test(words)) return put(field, `[](${words})`, from, to, 1, 1);
  if (!words) return put(field, "[](https://)", from, to, 1, 1);
  return put(field, `[${words}](https://)`, from, to, words.length + 3, words.length + 11);
}

// What whole lines begin with; lines that all have it lose it.
function prefix(field, mark, pattern) {
  const { value } = field;
  const from = value.lastIndexOf("\n", field.selectionStart - 1) + 1;
  const end = value.indexOf("\n", Math.max(field.selectionEnd - 1, field.selectionStart)),
    to = end < 0 ? value.length : end;
  const lines = value.slice(from, to).split("\n"),
    isOne = lines.length === 1;
  const filled = lines.filter((line) => line.trim() || isOne);
  const isOff = filled.every((line) => pattern.test(line));
  let number = 0;
  const made = lines
    .map((line) => {
      if (!line.trim() && !isOne) return line;
      const bare = line.replace(pattern, "");
      return isOff ? bare : mark(++number) + bare;
    })
    .join("\n");
  put(field, made, from, to, isOne ? made.length : 0, made.length);
}
