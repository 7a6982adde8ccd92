/** Short notices of what was just done, with a way to take it back: by the button, or by Ctrl+Z. */
import { announce, find, make } from "./dom.js";

/** How long a notice stays, in milliseconds; longer while somebody points at it or has the focus in it. */
const STAYS = 8000;
const MOST = 3;

const undos = [];

/** Show what was done; `undo` takes it back. */
export function toast(text, undo, onClose = () => {}) {
  const place = find("#toasts");
  const notice = make("div", "toast");
  notice.append(make("p", "", text));
  const close = () => {
    undos.splice(undos.indexOf(entry), undos.includes(entry) ? 1 : 0);
    notice.remove();
    onClose();
  };
  const entry = { close, undo };
  if (undo) {
    undos.push(entry);
    const button = make("button", "button", `Undo (${STAYS / 1000} s)`);
    button.type = "button";
    button.addEventListener("click", () => {
      find("#title").focus({ preventScroll: true }); // the button goes
      takeBack(entry);
    });
    notice.append(button);
  }
  place.append(notice);
  while (place.children.length > MOST) place.firstElementChild.remove();
  announce(undo ? `${text} Control Z takes it back.` : text);
  leaveInTime(notice, close);
}

/** Close the notice when its time is over; its button says how much is left. */
function leaveInTime(notice, close) {
  const button = notice.querySelector("button");
  let [timer, left] = [null, STAYS / 1000];
  const tick = () => {
    left -= 1;
    if (left <= 0) clearInterval(timer);
    if (left <= 0) close();
    else if (button) button.textContent = `Undo (${left} s)`;
  };
  const start = () => {
    clearInterval(timer);
    timer = setInterval(tick, 1000);
  };
  const stop = () => clearInterval(timer);
  notice.addEventListener("pointerenter", stop);
  notice.addEventListener("pointerleave", start);
  notice.addEventListener("focusin", stop);
  notice.addEventListener("focusout", start);
  start();
}

function takeBack(entry) {
  entry.close();
  entry.undo();
}

addEventListener("keydown", (event) => {
  const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
  if (!isUndo || event.target.matches?.("input:not([type=checkbox]), textarea") || !undos.length) return;
  event.preventDefault();
  takeBack(undos.at(-1));
});
