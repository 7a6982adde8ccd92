/** A copy of all that is kept of the user, in the account's dialog: asked for, waited for, downloaded. */
import { ENGLISH } from "../store/due.js";
import { find } from "./dom.js";
import { urls } from "../urls.js";

/** Milliseconds until the server is asked again: while it packs, and as its address is good for ten minutes. */
const [SOON, LATER] = [2000, 300_000];
const day = new Intl.DateTimeFormat(ENGLISH, { dateStyle: "medium" });

/** Wire it; the server is asked while its part of the dialog is open. */
export function wireExport(api) {
  const place = find("#export");
  const [status, progress, problem, link, button] = ["[role=status]", "progress", "[role=alert]", "a", "button"].map(
    (selector) => find(selector, place),
  );
  let timer;
  place.hidden = !urls.mydata;
  place.addEventListener("toggle", () => attempt("GET"));
  find("#account").addEventListener("close", () => (place.open = false));
  button.addEventListener("click", () => attempt("POST"));

  async function attempt(method) {
    clearTimeout(timer);
    if (!place.open) return;
    button.disabled = true;
    try {
      const { body } = await api.request(method, `${urls.mydata}export/`);
      problem.hidden = true;
      show(body);
      if (body.state !== "none" && body.state !== "failed") later(body.url ? LATER : SOON);
    } catch (error) {
      [problem.textContent, problem.hidden, button.disabled] = [error.message, false, false];
      if (method === "GET") later(SOON);
    }
  }

  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(() => attempt("GET"), milliseconds);
  }

  function show(copy) {
    const isUnderWay = copy.state === "waiting" || copy.state === "running";
    status.textContent = inWords(copy);
    status.hidden = !status.textContent;
    [progress.hidden, progress.value] = [!isUnderWay, copy.progress];
    [button.hidden, button.disabled] = [isUnderWay, false];
    button.textContent = copy.url ? "Pack it anew" : "Pack my data";
    link.hidden = !copy.url;
    if (copy.url) link.href = copy.url;
  }
}

function inWords({ state, size, left_out, expires_at }) {
  if (state === "waiting" || state === "running") return "Your data is being packed. You can close this page.";
  if (state === "failed") return "Your data could not be packed. Please try again.";
  if (state !== "ready") return "";
  const missing = left_out ? ` ${left_out} files could not be packed: data.json names them.` : "";
  return `Your data is ready, ${inMegabytes(size)}, until ${day.format(new Date(expires_at))}.${missing}`;
}

const inMegabytes = (bytes) => `${Math.max(0.1, bytes / 1e6).toFixed(1)} MB`;
