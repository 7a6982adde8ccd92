// Changes of a text field as if they were typed, so that the browser's own undo takes them back.

// execCommand takes the square of the length for long texts; those are put in without it.
const MAX_TYPED = 20_000;

export function insertText(field, words, from = field.selectionStart, to = field.selectionEnd) {
  field.focus();
  field.setSelectionRange(from, to);
  if (words.length <= MAX_TYPED && document.execCommand(words ? "insertText" : "delete", false, words)) return;
  replaceText(field, words, from, to, "end");
}

// Without the focus, for what comes while the writer is somewhere else.
export function replaceText(field, words, from, to, selection = "preserve") {
  field.setRangeText(words, from, to, selection);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
