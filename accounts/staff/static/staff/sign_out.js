// What the admin keeps in this browser, such as unsaved work, is nobody else's: it goes when its owner signs out.

function forget() {
  for (const kept of [localStorage, sessionStorage])
    for (const key of Object.keys(kept)) if (key.startsWith("staff:")) kept.removeItem(key);
}

// Not yet when the button is pressed: the browser may ask first whether to leave unsaved work, and be told no.
document.getElementById("logout-form")?.addEventListener("submit", () => addEventListener("pagehide", forget));
if (document.querySelector("[data-signed-out]")) forget();
