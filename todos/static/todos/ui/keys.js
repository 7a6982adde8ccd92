/** Keys for the whole page: n, / and ?. They mean nothing while somebody types, or in a dialog. */
import { find } from "./dom.js";

const ACTS = {
  n: () => find("#new-title").focus(),
  "/": () => find("#query").focus(),
  "?": () => find("#open-account").click(),
};

export function wireKeys() {
  addEventListener("keydown", (event) => {
    const isTyping = event.target.matches?.("input:not([type=checkbox]), textarea, select");
    if (
      isTyping ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      find("dialog[open]") ||
      !Object.hasOwn(ACTS, event.key)
    )
      return;
    event.preventDefault();
    ACTS[event.key]();
  });
}
