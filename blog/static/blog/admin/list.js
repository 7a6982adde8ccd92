// The list of posts: tags are suggested in its filter and its actions.

import { forgetSaved } from "./drafts.js";
import { suggestTags } from "./suggest.js";
import { showLocalTimes } from "../../dynamo_admin/zones.js";

forgetSaved();
suggestTags(document, document.getElementById("list-places")?.dataset.tags);
showLocalTimes(document);
