/** How what is on this device stands with the server: one word in the header, a banner when something is to be done. */
import { announce, find, setText } from "./dom.js";

const inNumbers = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

export class Status {
  #sending = "idle";
  #receiving = "working";
  #spoken = "";
  #onSignIn;

  constructor(onSignIn) {
    this.#onSignIn = onSignIn;
    find("#banner-action").addEventListener("click", () => this.#onSignIn());
  }

  sending(state) {
    this.#sending = state;
  }

  /** "working" comes before every question: it is of interest only the first time. */
  receiving(state) {
    if (state !== "working") this.#receiving = state;
  }

  /**
   * Show it; `unsent` counts what is only here, `stuck` what waits for the user, `refused` the files that were not
   * taken, `failed` the to-dos with a file that came to nothing.
   */
  render(unsent, stuck, refused, failed) {
    const [kind, text] = this.#sum(unsent, stuck, refused, failed);
    find("#status").dataset.kind = kind;
    setText(find("#status-text"), text);
    const isOut = kind === "signed-out";
    find("#banner").hidden = !isOut;
    setText(
      find("#banner-text"),
      isOut ? "You are signed out. What you change stays on this device until you sign in." : "",
    );
    setText(find("#banner-action"), "Sign in");
    this.#speak(kind);
  }

  #sum(unsent, stuck, refused, failed) {
    const states = [this.#sending, this.#receiving];
    const here = inNumbers(unsent, "change");
    if (states.includes("signed-out")) return ["signed-out", unsent ? `${here} only here` : "Signed out"];
    if (states.includes("offline")) return ["offline", unsent ? `Offline, ${here} waiting` : "Offline"];
    if (stuck) return ["stuck", `${inNumbers(stuck, "change")} to decide`];
    if (refused) return ["stuck", `${inNumbers(refused, "file")} not taken`];
    if (unsent && states.includes("failed")) return ["offline", `${here} waiting`];
    if (unsent) return ["saving", "Saving…"];
    return this.#receiving === "working"
      ? ["saving", "Opening…"]
      : failed
        ? ["stuck", `${inNumbers(failed, "file")} failed`]
        : ["saved", "Saved"];
  }

  #speak(kind) {
    const words = {
      offline: "You are offline. What you change is kept here.",
      stuck: "Something needs a decision of yours.",
    };
    const isBack = this.#spoken === "offline" && kind === "saved";
    if (kind === "saving" || kind === this.#spoken) return;
    this.#spoken = kind;
    if (words[kind]) announce(words[kind]);
    else if (isBack) announce("You are online again. Everything is saved.");
  }
}
