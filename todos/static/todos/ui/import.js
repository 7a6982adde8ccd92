/** To-dos of a file, in the account's dialog: uploaded, made, and what came of it. */
import { ask } from "../sync/api.js";
import { formOf } from "../sync/transfer.js";
import { find } from "./dom.js";
import { urls } from "../urls.js";

/** Milliseconds until the server is asked again. */
const SOON = 1500;

/** Wire it; `onMade()` is told when there are new to-dos. */
export function wireImport(api, onMade) {
  const place = find("#import");
  const [status, problem, report, input] = ["[role=status]", "[role=alert]", "ul", "input"].map((selector) =>
    find(selector, place),
  );
  const address = `${urls.mydata}import/`;
  place.hidden = !urls.mydata;
  place.addEventListener("toggle", () => place.open && !input.disabled && attempt(follow));
  find("#account").addEventListener("close", () => (place.open = false));
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (file) attempt(() => send(file));
  });

  async function attempt(work) {
    [input.disabled, problem.hidden, report.hidden] = [true, true, true];
    await work().catch(({ message }) => fail(message));
    [input.disabled, input.value] = [false, ""];
  }

  async function send(file) {
    tell("Your file is being uploaded…");
    const { body: asked } = await api.request("POST", address);
    if (!asked.upload) throw new Error("Another file is still being imported: choose this one again in a while.");
    const form = formOf(asked.upload.fields, file);
    await ask(asked.upload.url, { method: "POST", body: form, signal: undefined }).catch((error) => {
      throw error.status === 400 ? new Error("The file is empty, or larger than 2 GB.") : error;
    });
    await api.request("POST", `${address}start/`);
    await follow();
  }

  /** Wait for the end of the one under way, and say what came of it. */
  async function follow() {
    for (;;) {
      const { body } = await api.request("GET", address);
      if (body.state !== "waiting" && body.state !== "running") return show(body);
      tell(`Your to-dos are being imported: ${body.made + body.there + body.refused} so far.`);
      await new Promise((resolve) => setTimeout(resolve, SOON));
    }
  }

  function show({ state, made, there, refused, reason, lines }) {
    tell("");
    if (state === "refused") fail(reason);
    if (state === "failed") fail("The file could not be imported. Please try again: nothing is made twice.");
    if (state !== "ready") return;
    tell(`${made} imported, ${there} already there, ${refused} refused.`);
    report.replaceChildren(...lines.map(inWords));
    report.hidden = lines.length === 0;
    if (made) onMade();
  }

  function tell(text) {
    [status.textContent, status.hidden] = [text, !text];
  }

  function fail(text) {
    tell("");
    [problem.textContent, problem.hidden] = [text, false];
  }
}

function inWords({ line, title, reason }) {
  const item = document.createElement("li");
  item.textContent = `Line ${line}${title ? `, “${title}”` : ""}: ${reason}`;
  return item;
}
