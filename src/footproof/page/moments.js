/**
 * Days and moments as signed documents write them: `YYYY-MM-DD`, and the `dateTimeStamp` of XML Schema 1.1.
 *
 * As in credential/moment.py: four-digit years from 0001, no 24:00:00, no leap second, at most six decimals, a zone always.
 */
const DAY = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const MOMENT =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;
const DAY_LENGTH = 86_400_000; // [ms]
const LEGAL_TIME = 8 * 3_600_000; // ahead of UTC [ms]

/** What makes a legal day the first or last moment of it, as signed documents write their validity. */
export const DAY_STARTS = "T00:00:00+08:00";
export const DAY_ENDS = "T23:59:59+08:00";

/** Return whether a text is a day of the calendar; days then compare as texts. */
export function isDay(text) {
  const parts = typeof text === "string" ? DAY.exec(text) : null;
  return parts !== null && timeOf(parts.slice(1).map(Number)) !== null;
}

/** Return the day so many days after another. */
export function dayAfter(day, count) {
  const time = timeOf(DAY.exec(day).slice(1).map(Number)) + count * DAY_LENGTH;
  return new Date(time).toISOString().slice(0, 10);
}

/**
 * Return the legal day of a moment: that of China Standard Time, whatever the clock of this device is set to; as model/days.py.
 *
 * @param {number} time [ms since 1970]
 */
export function legalDay(time) {
  return new Date(time + LEGAL_TIME).toISOString().slice(0, 10);
}

/** Return the legal day of the moment that a text names, or null where it names none. */
export function readLegalDay(text) {
  const time = readMoment(text);
  const day = time === null ? "" : legalDay(time);
  return isDay(day) ? day : null;
}

/** Return how many days one day lies after another. */
export function daysBetween(first, last) {
  const [from, to] = [first, last].map((day) => timeOf(DAY.exec(day).slice(1).map(Number)));
  return Math.round((to - from) / DAY_LENGTH);
}

/** Return a moment in milliseconds since 1970, or null where the text names none. */
export function readMoment(text) {
  const parts = typeof text === "string" ? MOMENT.exec(text) : null;
  if (parts === null) return null;
  const [hours, minutes, seconds] = parts.slice(4, 7).map(Number);
  const [zoneHours, zoneMinutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  const start = timeOf(parts.slice(1, 4).map(Number));
  if (start === null || hours > 23 || minutes > 59 || seconds > 59 || zoneHours > 23 || zoneMinutes > 59) return null;
  const zone = (parts[8] === "-" ? -1 : 1) * (zoneHours * 60 + zoneMinutes) * 60_000;
  return start + (hours * 3600 + minutes * 60 + seconds) * 1000 + Number(`0.${parts[7] ?? 0}`) * 1000 - zone;
}

/** Return the start of a day in milliseconds since 1970, or null where the calendar has no such day. */
function timeOf([year, month, day]) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC takes the years 0 to 99 for 1900 to 1999
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return same && year > 0 ? date.getTime() : null;
}
