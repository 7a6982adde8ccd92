/** How what is on this device stands with the server: one word in the header, a banner when something is to be done. */
import { announce, find, setText } from "./dom.js";

const inNumbers = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
const OUT = "You are signed out. What you change stays on this device until you sign in.";
const NEWER = "There is a newer version of this page. What you are writing stays when you reload.";

export class Status {
  #sending = "idle";
  #receiving = "working";
  #spoken = "";
  #isOld = false;
  #onSignIn;

  constructor(onSignIn) {
    this.#onSignIn = onSignIn;
    find("#banner-action").addEventListener("click", () => (this.#isOut ? this.#onSignIn() : location.reload()));
  }

  sending(state) {
    this.#sending = state;
  }

  /** "working" comes before every question: it is of interest only the first time. */
  receiving(state) {
    if (state !== "working") this.#receiving = state;
  }

  /** There is newer code than this page's: said once, and shown until the user reloads. */
  newer() {
    if (!this.#isOld) announce(NEWER);
    this.#isOld = true;
  }

  get #isOut() {
    return [this.#sending, this.#receiving].includes("signed-out");
  }

  /**
   * Show it; `unsent` counts what is only here, `stuck` what waits for the user, `refused` the files that were not
   * taken, `failed` the to-dos with a file that came to nothing.
   */
  render(unsent, stuck, refused, failed) {
    const [kind, text] = this.#sum(unsent, stuck, refused, failed);
    find("#status").dataset.kind = kind;
    setText(find("#status-text"), text);
    find("#banner").hidden = !this.#isOut && !this.#isOld;
    setText(find("#banner-text"), this.#isOut ? OUT : this.#isOld ? NEWER : "");
    setText(find("#banner-action"), this.#isOut ? "Sign in" : "Reload");
    this.#speak(kind);
  }

  #sum(unsent, stuck, refused, failed) {
    const states = [this.#sending, this.#receiving];
    const here = inNumbers(unsent, "change");
    if (this.#isOut) return ["signed-out", unsent ? `${here} only here` : "Signed out"];
    if (states.includes("offline")) return ["offline", unsent ? `Offline, ${here} waiting` : "Offline"];
    if (stuck) return ["stuck", `${inNumbers(stuck, "change")} to decide`];
    if (refused) return ["stuck", `${inNumbers(refused, "file")} not taken`];
    if (unsent && states.includes("failed")) return ["offline", `${here} waiting`];
    if (unsent) return ["saving", "Saving…"];
    if (this.#receiving === "failed") return ["behind", "Not up to date"];
    return this.#receiving === "working"
      ? ["saving", "Opening…"]
      : failed
        ? ["stuck", `${inNumbers(failed, "file")} failed`]
        : ["saved", "Saved"];
  }

  #speak(kind) {
    const words = {
      offline: "You are offline. What you change is kept here.",
      behind: "The server can't say what is new at the moment.",
      stuck: "Something needs a decision of yours.",
    };
    const isBack = ["offline", "behind"].includes(this.#spoken) && kind === "saved";
    if (kind === "saving" || kind === this.#spoken) return;
    this.#spoken = kind;
    if (words[kind]) announce(words[kind]);
    else if (isBack) announce("You are online again. Everything is saved.");
  }
}
