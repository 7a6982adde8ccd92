// One control: the time is there where it means something. It is typed in the editor's own zone and sent in UTC.

import { ZONE, utc, zoneAt } from "../../dynamo_admin/zones.js";

const pad = (number, length = 2) => String(number).padStart(length, "0");

export function publication(form) {
  const choices = form.elements.published_at_0;
  const sent = form.elements.published_at_1;
  if (!choices || !sent) return;
  const about = form.querySelector(".publication-zone");
  const typed = Object.assign(document.createElement("input"), { type: "datetime-local", max: sent.max });
  typed.setAttribute("aria-label", `Date and time of publication, in ${ZONE}`);
  sent.hidden = true;
  sent.after(typed);

  const toLocal = () => {
    const moment = sent.value ? new Date(`${sent.value}Z`) : null;
    if (!moment || Number.isNaN(moment.getTime())) typed.value = "";
    else
      typed.value = `${pad(moment.getFullYear(), 4)}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}T${pad(moment.getHours())}:${pad(moment.getMinutes())}`;
  };
  const toUtc = () => {
    const moment = typed.value ? new Date(typed.value) : null;
    sent.value = moment && moment.getFullYear() < 10_000 ? moment.toISOString().slice(0, 16) : "";
  };
  const show = () => {
    const isDraft = choices.value === "draft";
    typed.hidden = about.hidden = isDraft;
    typed.required = choices.value === "scheduled";
    const moment = sent.value && ZONE !== "UTC" ? new Date(`${sent.value}Z`) : null;
    about.textContent = `The time is that of ${ZONE}${moment ? ` (${zoneAt(moment)}): ${utc(moment)}.` : "."}`;
  };
  for (const choice of choices) choice.addEventListener("change", show);
  typed.addEventListener("input", () => {
    toUtc();
    show();
  });
  // An hour that the clock skips is shown as what it was taken for.
  typed.addEventListener("change", () => {
    toLocal();
    sent.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener("draft-restored", () => {
    toLocal();
    show();
  });
  toLocal();
  show();
}
