// A page whose times are shown in the editor's own zone.

import { showLocalTimes } from "./zones.js";

showLocalTimes(document);
