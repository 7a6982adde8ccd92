// One control: the time is there where it means something, and is told in the editor's own zone.

export function publication(form) {
  const choices = form.elements.published_at_0;
  const time = form.elements.published_at_1;
  if (!choices || !time) return;
  const zone = form.querySelector(".publication-zone");
  const local = form.querySelector("[data-local-time]");
  const names = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

  const show = () => {
    const draft = choices.value === "draft";
    time.hidden = draft;
    zone.hidden = draft;
    time.required = choices.value === "scheduled";
    const moment = time.value ? new Date(`${time.value}Z`) : null;
    local.textContent = moment?.getTimezoneOffset() ? `Where you are: ${names.format(moment)}.` : "";
  };
  for (const choice of choices) choice.addEventListener("change", show);
  time.addEventListener("input", show);
  form.addEventListener("draft-restored", show);
  show();
}
