/** When and how to remind, in the account's dialog. */
import { find } from "./dom.js";

/** Wire it; the server is asked when the dialog opens, and told of each change. */
export function wireReminderSettings(reminders) {
  const [place, time, mail, note] = [
    find("#reminders"),
    find("#remind-time"),
    find("#remind-mail"),
    find("#remind-note"),
  ];
  const attempt = async (work) => {
    note.hidden = true;
    await work().catch((error) => {
      note.textContent = error.message;
      note.hidden = false;
    });
  };
  find("#open-account").addEventListener("click", () =>
    attempt(async () => {
      place.disabled = true;
      const settings = await reminders.settings();
      [time.value, mail.checked, place.disabled] = [settings.time, settings.mail, false];
    }),
  );
  place.addEventListener("change", () => {
    if (time.validity.valid && time.value) attempt(() => reminders.keep({ time: time.value, mail: mail.checked }));
  });
}
