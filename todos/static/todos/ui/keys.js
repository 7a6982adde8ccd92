/** Keys for the whole page: n, / and ?. They mean nothing while somebody types, or in a dialog. */
import { find, isTyping } from "./dom.js";

const ACTS = {
  n: () => find("#new-title").focus(),
  "/": () => find("#query").focus(),
  "?": () => find("#open-account").click(),
};

export function wireKeys() {
  // Keys of an input method, such as Enter for a word and Escape for none, mean nothing to anything here. In Safari the
  // composition is over when the key is told of, which has no code but this.
  const ignore = (event) => (event.isComposing || event.keyCode === 229) && event.stopImmediatePropagation();
  addEventListener("keydown", ignore, { capture: true });
  addEventListener("keydown", (event) => {
    if (
      isTyping(event) ||
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
