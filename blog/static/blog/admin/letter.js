// How far a letter is, asked again while it is being sent and somebody looks.

import { showLocalTimes } from "../../dynamo_admin/zones.js";

const EVERY = 3000; // milliseconds

async function refresh() {
  const shown = document.getElementById("letter-progress");
  if (!shown || !("live" in shown.dataset)) return;
  if (!document.hidden && !shown.contains(document.activeElement)) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = answer.ok && page.getElementById("letter-progress");
      if (fresh) {
        shown.replaceWith(document.adoptNode(fresh));
        showLocalTimes(fresh);
      }
    } catch {
      // No network now: it is asked again.
    }
  }
  setTimeout(refresh, EVERY);
}

showLocalTimes(document);
setTimeout(refresh, EVERY);
