/** The screen for somebody who is not signed in: to Cognito's page, or a new account where that page can't make one. */
import { confirmSignUp, sendCodeAgain, signUp } from "../auth/cognito.js";
import { find, findAll } from "./dom.js";
import { SIGNS_UP_HERE } from "../urls.js";

let email = "";

/** Show it; `problem` is why a sign-in did not work, if one was tried. */
export function welcome(session, problem = "") {
  document.documentElement.classList.remove("known");
  say(problem);
  on("#sign-in", "click", () => session.signIn());
  on("#sign-up", "click", () => (SIGNS_UP_HERE ? show("#sign-up-form") : session.signIn({ signUp: true })));
  on("#sign-up-form", "submit", () => begin(session));
  on("#confirm-form", "submit", () => confirm(session));
  on("#code-again", "click", async () => {
    await sendCodeAgain(await session.config(), email);
    say("A new code is on its way.");
  });
  for (const button of findAll("#welcome .back")) button.addEventListener("click", () => show("#ways-in"));
}

async function begin(session) {
  email = find("#sign-up-email").value.trim();
  await signUp(await session.config(), email, find("#sign-up-password").value);
  find("#sign-up-form").reset();
  find("#confirm-email").textContent = email;
  show("#confirm-form");
}

async function confirm(session) {
  await confirmSignUp(await session.config(), email, find("#confirm-code").value.trim());
  await session.signIn();
}

/** Do something when asked; say what went wrong instead of doing nothing. */
function on(selector, name, act) {
  const place = find(selector);
  place.addEventListener(name, async (event) => {
    event.preventDefault();
    say("");
    try {
      await act();
    } catch (error) {
      say(error.message);
    }
  });
  if (place.dataset.asked) place.click(); // before this module was here
}

function show(selector) {
  say("");
  for (const one of ["#ways-in", "#sign-up-form", "#confirm-form"]) find(one).hidden = one !== selector;
  find(`${selector} input, ${selector} button`).focus();
}

function say(text) {
  const place = find("#welcome-problem");
  place.textContent = text;
  place.hidden = !text;
}
