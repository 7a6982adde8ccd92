/** The fields of a repetition: what it goes by, and its end, asked for once it is said that there is one. */
import { find } from "./dom.js";
import { withEnd, withZone } from "../store/repeat.js";

const NAMES = ["repeat", "end", "count", "until"];
const KINDS = { count: "COUNT", until: "UNTIL" };

/** What they say, {repeat}; nothing while the end it shall have is not typed yet, or the browser calls it wrong. */
export function readRule(form) {
  const fields = NAMES.map((name) => form.elements.namedItem(name));
  const [rule, end, count, until] = fields.map(({ value }) => value);
  const whole = fields.every(({ validity }) => validity.valid) ? withEnd({ rule, end, count, until }) : null;
  return whole === null ? {} : { repeat: withZone(whole) };
}

/** Show those there is something to say in; `chosen` is the field the user has just changed. */
export function showEnd(form, chosen = "") {
  const end = form.elements.namedItem("end").value;
  find(".end", form).hidden = !form.elements.namedItem("repeat").value;
  for (const [name, kind] of Object.entries(KINDS)) {
    const field = form.elements.namedItem(name);
    field.closest("label").hidden = end !== kind;
    field.disabled = end !== kind;
    if (chosen === "end" && end === kind) field.focus();
  }
}
