// Times in the editor's own zone, by its name, with UTC beside.

export const ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;
const [LOCAL, CLOCK, DAY] = [
  { dateStyle: "medium", timeStyle: "short" },
  { timeStyle: "short", timeZone: "UTC" },
  { dateStyle: "medium", timeZone: "UTC" },
].map((options) => new Intl.DateTimeFormat(undefined, options));
const NAME = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });

// "CET", "GMT+9": as it is called at that time of the year.
export function zoneAt(moment) {
  return NAME.formatToParts(moment).find((part) => part.type === "timeZoneName").value;
}

// "14:00 UTC", with the day where it is another one there.
export function utc(moment) {
  const isSameDay = moment.getDate() === moment.getUTCDate();
  return `${isSameDay ? "" : `${DAY.format(moment)}, `}${CLOCK.format(moment)} UTC`;
}

// Each <time> that the server has written in UTC.
export function showLocalTimes(root) {
  for (const element of root.querySelectorAll("time[datetime$=Z]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime()) || ["UTC", "Etc/UTC"].includes(ZONE)) continue;
    const beside = Object.assign(document.createElement("small"), { textContent: ` (${utc(moment)})` });
    element.replaceChildren(`${LOCAL.format(moment)} ${zoneAt(moment)}`, beside);
    element.title = ZONE;
  }
}
