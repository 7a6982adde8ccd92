// What is not saved yet: kept in this browser until it is, offered back, never put in by itself; leaving asks first.
// It is kept for its writer alone, and goes when they sign out: staff/sign_out.js forgets all that begins with "staff:".

const PAUSE = 400; // milliseconds without a key
const DAYS = 30;
const PREFIX = "staff:post-draft:";
const OWNER = "staff:owner"; // who works in this browser: gone with their sign-out, so that no other tab keeps on keeping
const SENT = "staff:post-sent"; // what this tab has sent and has no answer to, by its key: others' answers are not for it
const SKIPPED = ["csrfmiddlewaretoken", "seen", "_writer"];

function valuesOf(form) {
  const pairs = [...new FormData(form)].filter(([name, value]) => !SKIPPED.includes(name) && typeof value === "string");
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.replaceAll("\r\n", "\n")]));
}

// As the page came, whatever has been typed before this ran. What is hidden has no default of its own: nobody types there.
function defaultsOf(form) {
  const given = (field) => (["hidden", "checkbox"].includes(field.type) ? field.value : field.defaultValue);
  const chosen = (field) => !["radio", "checkbox"].includes(field.type) || field.defaultChecked;
  const named = [...form.elements].filter(
    (field) => field.name && field.type !== "submit" && !SKIPPED.includes(field.name),
  );
  return Object.fromEntries(named.filter(chosen).map((field) => [field.name, given(field)]));
}

function load(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function keptKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function forgetOld() {
  for (const key of keptKeys()) {
    const kept = load(key);
    if (!kept || kept.at < Date.now() - DAYS * 86_400_000) localStorage.removeItem(key);
  }
}

// On the page that follows its form and says it was saved, what this tab has just sent need not be kept. Returns the
// key of what this tab sent last, if anything.
export function forgetSaved() {
  const [key, form] = JSON.parse(sessionStorage.getItem(SENT)) ?? [];
  sessionStorage.removeItem(SENT);
  const isSaved = document.referrer === form && document.querySelector(".messagelist .success");
  if (isSaved && load(key)?.sent) localStorage.removeItem(key);
  return key;
}

// `user` is who writes; `name` the post's, or "new"; `version` the one this page shows, kept with what is written.
export function keepDrafts(form, user, name, version, restored) {
  const sentBefore = forgetSaved(),
    place = `${PREFIX}${user}:${name}`,
    before = JSON.stringify(defaultsOf(form));
  const refused = Boolean(form.querySelector(".errornote"));
  let timer = 0,
    leaving = false;
  // Each tab has its own, as one post may be open in several; one that was refused stays the same.
  let key = refused && sentBefore?.startsWith(`${place}:`) ? sentBefore : `${place}:${Math.random()}`;
  const isChanged = () => refused || JSON.stringify(valuesOf(form)) !== before;

  function keep(sent) {
    clearTimeout(timer);
    const seen = form.elements.seen?.value;
    try {
      if (localStorage.getItem(OWNER) !== user) return;
      if (!isChanged()) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify({ at: Date.now(), version, seen, sent, values: valuesOf(form) }));
      if (sent) sessionStorage.setItem(SENT, JSON.stringify([key, location.href.split("#")[0]]));
    } catch {
      // No room, or not allowed: the browser still asks before it leaves.
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE, false);
  }

  // What was seen comes back, too: the server tells what others have saved since.
  function fill({ seen, values }) {
    if (seen && form.elements.seen) form.elements.seen.value = seen;
    for (const box of form.querySelectorAll("[type=checkbox][name]")) box.checked = box.name in values;
    for (const [field, value] of Object.entries(values)) if (form.elements[field]) form.elements[field].value = value;
    form.dispatchEvent(new Event("draft-restored"));
    // Django's script makes the address from the title, unless somebody has changed it.
    const { slug, title } = form.elements;
    const isOwn = slug && slug.value !== globalThis.URLify?.(title.value, slug.maxLength);
    if (isOwn) slug.dispatchEvent(new Event("change", { bubbles: true }));
    for (const field of ["summary", "body"]) form.elements[field].dispatchEvent(new Event("input", { bubbles: true }));
    restored();
  }

  function offer(from, kept) {
    const note = document.getElementById("draft-offer").content.cloneNode(true).firstElementChild;
    note.querySelector("time").textContent = new Date(kept.at).toLocaleString();
    note.querySelector("[data-outdated]").hidden = kept.version === version;
    note.querySelector("[data-restore]").addEventListener("click", () => {
      note.remove();
      key = from;
      fill(kept);
    });
    note.querySelector("[data-discard]").addEventListener("click", () => {
      note.remove();
      localStorage.removeItem(from);
    });
    form.prepend(note);
  }

  try {
    localStorage.setItem(OWNER, user);
  } catch {
    // As above: there is no room.
  }
  forgetOld();
  for (const from of keptKeys().filter((one) => `${one}:`.startsWith(`${place}:`))) {
    const kept = load(from);
    // What this page shows need not be offered.
    if (JSON.stringify(kept.values) === before) localStorage.removeItem(from);
    else if (!refused) offer(from, kept);
  }
  if (refused) keep(false);
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => {
    keep(true);
    leaving = true;
  });
  addEventListener("pagehide", () => {
    if (!leaving && isChanged()) keep(false);
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && isChanged()) event.preventDefault();
  });
}
