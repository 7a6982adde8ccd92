/** Under which name posts stay when their author's account goes: asked of who is in a group, in the account's dialog. */
import { find } from "./dom.js";
import { urls } from "../urls.js";

/** Ask who this is once the end of the account is looked at. */
export function wireByline(api) {
  const part = find("#erasure");
  part.addEventListener("toggle", async () => {
    if (!part.open) return;
    const { body } = await api.request("GET", `${urls.mydata}../me/`).catch(() => ({ body: { groups: [] } }));
    find("#byline-field").hidden = !body.groups.length;
  });
}

/** What the request for the end of the account says of it. */
export const byline = () => (find("#byline-field").hidden ? {} : { byline: find("#byline").value.trim() });
