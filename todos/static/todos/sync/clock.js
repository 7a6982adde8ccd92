/** The server's time, by its answers: a device's clock may be wrong by hours, and places in the list are times. */

/** Less than this is the way of the answer and the seconds of its Date, in milliseconds. */
const TOLERANCE = 5000;

let offset = 0;

/** An answer came with this Date header. */
export function setClock(header) {
  const difference = Date.parse(header) - Date.now();
  if (!Number.isNaN(difference)) offset = Math.abs(difference) > TOLERANCE ? difference : 0;
}

export const now = () => Date.now() + offset;
