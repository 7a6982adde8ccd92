/** Sends what the user did to lists. Each request may be repeated: it says what is to be, not what changes. */
import { shownList } from "../store/list_entry.js";
import { urls } from "../urls.js";

const address = (id) => `${urls.todos}lists/${encodeURIComponent(id)}/`;

/** Send everything there is to send; `onRefused` hears why the server takes something never. Raises as `sendAll`. */
export async function sendLists(lists, api, onRefused) {
  for (const id of lists.waiting()) {
    const entry = lists.entry(id);
    if (!entry.pending) continue;
    try {
      await lists.confirm(id, entry.pending, await transmit(api, id, entry));
    } catch (error) {
      if (!error.isFinal) throw error;
      await lists.giveUp(id);
      onRefused(error.message);
    }
  }
}

/** The list as it is now; null if it is deleted. */
async function transmit(api, id, entry) {
  const {
    base,
    pending: { fields, isDeleted },
  } = entry;
  if (isDeleted) return (await api.request("DELETE", address(id))).body;
  const { name, color } = shownList(id, entry);
  const make = () => api.request("PUT", address(id), { body: { name, color, ...fields } });
  if (!base || base.deleted_at) return (await make()).body;
  const answer = await api.request("PATCH", address(id), { body: fields }).catch((error) => {
    if (error.status === 404) return make(); // deleted elsewhere: what was changed here keeps it
    throw error;
  });
  return answer.body;
}
