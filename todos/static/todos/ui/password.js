/** What asks for the password, in the account's dialog: another one, and the end of the account. */
import { changePassword, provePassword } from "../auth/cognito.js";
import { byline, wireByline } from "./byline.js";
import { find, findAll } from "./dom.js";
import { urls } from "../urls.js";

/** Wire both; `leave()` signs out and takes away all that this device has. */
export function wirePassword(session, api, email, leave) {
  for (const name of findAll("#change-password [type=email], #erasure [type=email]")) name.value = email;
  find("#erasure").hidden = !urls.mydata;
  wireByline(api);
  wire(find("#change-password form"), async (password) => {
    await changePassword(await session.config(), email, password, find("#new-password").value);
    return "Your password is changed.";
  });
  wire(find("#erasure form"), async (password) => {
    const id_token = await provePassword(await session.config(), email, password);
    await api.request("POST", `${urls.mydata}erasure/`, { body: { id_token, ...byline() } });
    await leave();
    return "";
  });
}

/** Do it with the password when asked; say what came of it. No password stays in the page. */
function wire(form, act) {
  const [password, note, button] = [
    find("[autocomplete=current-password]", form),
    find("[role=alert]", form),
    find("button", form),
  ];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    [note.hidden, button.disabled] = [true, true];
    try {
      note.textContent = await act(password.value);
      note.className = "hint";
    } catch (error) {
      note.textContent = error.message;
      note.className = "problem";
    }
    [note.hidden, button.disabled] = [!note.textContent, false];
    for (const field of findAll("[type=password]", form)) field.value = "";
  });
}
