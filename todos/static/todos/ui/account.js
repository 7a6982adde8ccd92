/** The dialog with the account, colours and keys. */
import { closeOutside, find, findAll } from "./dom.js";

/** Wire it; `unsent()` counts what only this device has, `leave()` signs out. */
export function wireAccount(user, unsent, leave) {
  const [dialog, note, button, opener] = [
    find("#account"),
    find("#leave-note"),
    find("#sign-out"),
    find("#open-account"),
  ];
  opener.addEventListener("click", () => {
    find("#account-email").textContent = user.email;
    for (const name of findAll("#account [autocomplete=username]")) name.value = user.email;
    note.hidden = true;
    button.textContent = "Sign out";
    dialog.showModal();
  });
  if (opener.dataset.asked) opener.click(); // before this module was here
  closeOutside(dialog);
  button.addEventListener("click", async () => {
    const left = await unsent();
    if (!left || !note.hidden) return leave();
    note.textContent = `Not everything is saved yet (${left}). It stays on this device, and is sent when you sign in here again.`;
    note.hidden = false;
    button.textContent = "Sign out all the same";
  });
  wireTheme();
}

function wireTheme() {
  const root = document.documentElement;
  for (const choice of findAll("#theme input")) {
    choice.checked = choice.value === (root.dataset.theme ?? "");
    choice.addEventListener("change", () => {
      if (choice.value) localStorage.setItem("theme", choice.value);
      else localStorage.removeItem("theme");
      if (choice.value) root.dataset.theme = choice.value;
      else delete root.dataset.theme;
    });
  }
}
