/** What asks for the password, in the account's dialog: another one, and the end of the account. */
import { CODE_WANTED, changePassword, provePassword } from "../auth/cognito.js";
import { byline, wireByline } from "./byline.js";
import { clone, find, findAll } from "./dom.js";
import { urls } from "../urls.js";

/** Wire both; `leave()` signs out and takes away all that this device has. */
export function wirePassword(session, api, user, leave) {
  find("#erasure").hidden = !urls.mydata;
  wireByline(api);
  wire(find("#change-password form"), async (proof) => {
    await changePassword(await session.config(), { email: user.email, ...proof }, find("#new-password").value);
    return "Your password is changed.";
  });
  wire(find("#erasure form"), async (proof) => {
    const id_token = await provePassword(await session.config(), { email: user.email, ...proof });
    await api.request("POST", `${urls.mydata}erasure/`, { body: { id_token, ...byline() } });
    await leave();
    return "";
  });
}

/**
 * Do it with the password when asked, and with a code where the account wants one; say what came of it. No password
 * stays in the page once it is known to be right or wrong. `act({password, code})` gives what to say.
 */
export function wire(form, act) {
  const [password, note, button] = [
    find("[autocomplete=current-password]", form),
    find("[role=alert]", form),
    find("button", form),
  ];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    [note.hidden, button.disabled] = [true, true];
    let wanted = null;
    try {
      const code = find("[autocomplete=one-time-code]", form)?.value.trim();
      note.textContent = await act({ password: password?.value, code });
      note.className = "hint";
    } catch (error) {
      if (error.type === CODE_WANTED) wanted = askCode(note);
      note.textContent = error.message;
      note.className = "problem";
    }
    [note.hidden, button.disabled] = [!note.textContent, false];
    if (wanted) wanted.focus();
    else for (const field of findAll("[type=password], [autocomplete=one-time-code]", form)) field.value = "";
  });
}

/** The field for the code, above what is said; empty. */
function askCode(note) {
  const known = find("[autocomplete=one-time-code]", note.parentElement);
  if (!known) note.before(clone("code-field"));
  const field = known ?? find("[autocomplete=one-time-code]", note.parentElement);
  field.value = "";
  return field;
}
