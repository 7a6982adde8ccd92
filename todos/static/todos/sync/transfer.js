/** One file straight into the user's own folder in S3, through the form the API gives; it never passes our server. */
import { Offline, Problem } from "./api.js";
import { urls } from "../urls.js";

/** How long nothing may move before the transfer counts as broken off, in milliseconds. */
const STALLED = 30_000;

/** How long the form of an upload is used again, in milliseconds: S3 takes it for five minutes. */
const FRESH = 240_000;

/**
 * The API's answers for files on their way, each an upload with the form to post it by. S3 may have a file although its
 * transfer broke off, so the next try goes to the same upload.
 */
export class Forms {
  #api;
  #known = new Map();

  constructor(api) {
    this.#api = api;
  }

  /** What the API answers for this file: {id, upload: {url, fields}}. Raises Offline, SignedOut or Problem. */
  async of({ id, name, type, size }) {
    const known = this.#known.get(id);
    if (known && Date.now() - known.at < FRESH) return known.body;
    const { body } = await this.#api.request("POST", urls.uploads, { body: { name, content_type: type, size } });
    this.#known.set(id, { at: Date.now(), body });
    return body;
  }

  /** The id of the upload that a file was tried with; undefined if there is none. */
  uploadOf(id) {
    return this.#known.get(id)?.body.id;
  }

  forget(id) {
    this.#known.delete(id);
  }
}

/** A form that puts a file into S3. */
export function formOf(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file); // S3 ignores what comes after it
  return form;
}

/** Post the file; `onProgress` hears of the part that has left, 0 to 1. Raises Offline, or Problem if S3 refuses. */
export function transfer({ url, fields }, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch can't tell how much has left
    let watch;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), STALLED);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      alive();
      onProgress(loaded / total);
    };
    request.onloadend = () => {
      clearTimeout(watch);
      if (request.status >= 200 && request.status < 300) resolve();
      else if (request.status) reject(new Problem(request.status, { detail: "The storage did not take the file." }));
      else reject(new Offline("The transfer broke off."));
    };
    request.open("POST", url);
    request.send(formOf(fields, file));
    alive();
  });
}

/** Browsers know no type for some names. */
export function guessType(name) {
  const known = { md: "text/markdown", csv: "text/csv", json: "application/json" };
  return known[name.split(".").pop().toLowerCase()] ?? "application/octet-stream";
}
