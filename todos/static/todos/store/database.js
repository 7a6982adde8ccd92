/** IndexedDB with promises: what this device knows of one user's to-dos. */

/** A request's result. Inside `transact` await nothing else, or the transaction ends. */
export const ask = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The user's database; `onReplaced` is called when another window wants to delete it. */
export async function openDatabase(name, onReplaced) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("todos", { keyPath: "id" }); // the server's last word
    opening.result.createObjectStore("pending", { keyPath: "id" }); // what it has not confirmed
    opening.result.createObjectStore("files", { keyPath: "id" }); // on their way to S3, or out of it
    opening.result.createObjectStore("meta"); // the sync cursor, the lists
  };
  const database = await ask(opening);
  database.onversionchange = () => {
    onReplaced();
    database.close();
  };
  database.onclose = onReplaced; // the browser lost it, or the user had it cleared
  return database;
}

/** Run `work` with the named stores in one transaction; its result once all of it is on disk, or nothing of it is. */
export function transact(database, names, mode, work) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode);
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error ?? new Error("The change was not stored."));
    work(stores).then(
      (value) => {
        result = value;
      },
      (error) => {
        reject(error);
        transaction.abort();
      },
    );
  });
}

export const deleteDatabase = (name) => ask(indexedDB.deleteDatabase(name));

let isAsked = false;

/** Ask the browser, once, not to give away for room what is nowhere else yet. Firefox asks the user; others decide alone. */
export function askToKeep() {
  if (!isAsked) navigator.storage?.persist?.().catch(() => {});
  isAsked = true;
}
