/** Another address, in the account's dialog: the password, then the code that was mailed there. */
import { askForAddress } from "../auth/cognito.js";
import { find, findAll } from "./dom.js";
import { wire } from "./password.js";

/** Wire it. `reminders` go to the new address, too. */
export function wireAddress(session, user, reminders) {
  const [place, note] = [find("#change-address"), find("#address-note")];
  const [ask, confirm] = findAll("form", place);
  let [asked, address] = [null, ""];

  const show = (next, text = "") => {
    [ask.hidden, confirm.hidden] = [next !== ask, next !== confirm];
    [note.hidden, note.textContent] = [!text, text];
  };
  wire(ask, async (proof) => {
    address = find("#new-address").value.trim();
    if (address.toLowerCase() === user.email.toLowerCase()) throw new Error("This is your address already.");
    asked = await askForAddress(await session.config(), { email: user.email, ...proof }, address);
    show(confirm, `We have mailed a code to ${address}. Until it is entered, ${user.email} stays your address.`);
    find("#address-code").focus();
    return "";
  });
  wire(confirm, async ({ code }) => {
    await asked.verify(code);
    asked = null;
    session.addressIs(address);
    find("#account-email").textContent = address;
    for (const name of findAll("#account [autocomplete=username]")) name.value = address;
    ask.reset();
    const isTold = await reminders.goTo(address).then(
      () => true,
      () => false,
    );
    show(ask, `Your address is ${address} now. Sign in with it from now on.${isTold ? "" : LATER}`);
    return "";
  });
  find("#address-again").addEventListener("click", async () => {
    note.textContent = await asked.sendAgain().then(
      () => `Another code is on its way to ${address}.`,
      (error) => error.message,
    );
  });
  const giveUp = () => {
    asked?.end();
    asked = null;
    show(ask);
  };
  find("#account").addEventListener("close", giveUp);
  find("#address-anew").addEventListener("click", () => {
    giveUp();
    find("#new-address").focus();
  });
}

const LATER = " Reminders by mail go there once this page has been opened again with a network.";
