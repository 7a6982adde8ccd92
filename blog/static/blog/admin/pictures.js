// A picture's way: a door from our server, the bytes straight to S3, then waiting until the sizes are made.

import { hasText } from "./paste.js";

const WAIT = 700,
  PATIENCE = 120_000; // milliseconds
const KEPT_WORDS = 200;

// Browsers on some systems know no HEIC: a photo of an iPhone has no type there.
export function picturesIn(transfer) {
  return [...(transfer?.files ?? [])].filter((file) => typeOf(file).startsWith("image/"));
}

// `progress` is told a number from 0 to 1. Resolves to the upload with its renditions.
export async function upload(file, server, progress) {
  const name = (file.name || "picture").slice(-KEPT_WORDS);
  const asked = await server.ask(server.uploadsUrl, {
    name,
    content_type: typeOf(file) || `image/${name.split(".").pop().toLowerCase()}`,
    size: String(file.size),
  });
  await send(asked.upload, file, progress);
  return ready(asked.id, server, true);
}

function typeOf(file) {
  const [, ending] = /\.(heic|heif|avif)$/i.exec(file.name) ?? [];
  return file.type || (ending ? `image/${ending.toLowerCase()}` : "");
}

function send(door, file, progress) {
  const body = new FormData();
  for (const [name, value] of Object.entries(door.fields)) body.append(name, value);
  body.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => progress(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve();
      else reject(new Error("The picture was not accepted. Is it whole, and not too large?"));
    });
    request.addEventListener("error", () => reject(new Error("The connection broke. Try again.")));
    request.open(door.method, door.url);
    request.send(body);
  });
}

// Once uploaded, the file is there: after a connection that breaks, or no answer, it is asked for again, ever later.
export async function ready(id, server, isUploaded = false) {
  const until = Date.now() + PATIENCE;
  let wait = WAIT;
  while (Date.now() < until) {
    const found = await server.ask(`${server.uploadsUrl}${id}/`).catch((error) => {
      if (!isUploaded || (error.cause !== 0 && error.cause < 500)) throw error;
      wait *= 2;
      return {};
    });
    if (found.status === "ready") return found;
    if (found.status === "failed") throw new Error(found.reason || "The picture could not be used.");
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  throw new Error("The picture takes long. Find it among “My pictures” once it is ready.");
}

// Calls `take` with the pictures that are dropped on an element or pasted into it, `say` where other files are dropped.
export function acceptPictures(element, take, say) {
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.add("dragged-over");
  };
  const out = () => element.classList.remove("dragged-over");
  element.addEventListener("dragover", over);
  element.addEventListener("dragleave", out);
  element.addEventListener("drop", (event) => {
    out();
    const files = picturesIn(event.dataTransfer);
    if (event.dataTransfer?.files.length) event.preventDefault();
    if (files.length) take(files);
    else if (event.dataTransfer?.files.length) say("This is no picture.");
  });
  element.addEventListener("paste", (event) => {
    const files = picturesIn(event.clipboardData);
    if (!files.length || hasText(event.clipboardData)) return;
    event.preventDefault();
    take(files);
  });
}
