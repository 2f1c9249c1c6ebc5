/**
 * Stage subtotals that a confidential package shows while its terms are withheld, rounded to the last place of the declared value.
 *
 * Each of n subtotals and the value are rounded by half a unit of that place at most, so the sum may be (n + 1) / 2 units away.
 */
import { need } from "./bytes.js";
import { formatExact, parseExact, roundSignificant } from "./evaluator.js";

const FIGURE = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?$/;
const LONGEST_FIGURE = 60;
const MOST_STAGES = 100;
const MOST_DIGITS = 15;

/**
 * Return why subtotals do not make the declared value; empty where they do.
 *
 * @param {unknown} totals the record `totals.json`
 * @param {string} declared value, rounded
 * @throws {Refused} E-PACKAGE-FORM
 */
export function totalsDiffer(totals, declared) {
  const { digits, stages } = readTotals(totals);
  need(isFigure(declared), "E-PACKAGE-FORM", { part: "about.json" });
  if (roundSignificant(parseExact(declared), digits) !== declared) return `declared ${declared}`;
  const place = lastPlace(declared, digits);
  const steps = stages.map((text) => stepsOf(parseExact(text), place));
  if (steps.some(({ rest }) => rest !== 0n)) return "totals";
  const gap = steps.reduce((sum, { whole }) => sum + whole, 0n) - stepsOf(parseExact(declared), place).whole;
  return 2n * (gap < 0n ? -gap : gap) > BigInt(steps.length + 1) ? "totals" : "";
}

/** Return the subtotals that an evaluated sheet gives. */
export function totalsOf(result, digits) {
  const place = lastPlace(result.declared, digits);
  const stages = Object.entries(result.stages).map(([name, { total }]) => [name, rounded(parseExact(total), place)]);
  return { digits: String(digits), stages: Object.fromEntries(stages) };
}

function readTotals(totals) {
  const part = { part: "totals.json" };
  need(isRecord(totals) && Object.keys(totals).sort().join() === "digits,stages", "E-PACKAGE-FORM", part);
  const digits = Number(totals.digits);
  const known = digits >= 1 && digits <= MOST_DIGITS && String(digits) === totals.digits;
  need(known && Number.isInteger(digits) && isRecord(totals.stages), "E-PACKAGE-FORM", part);
  const stages = Object.values(totals.stages);
  need(stages.length >= 1 && stages.length <= MOST_STAGES && stages.every(isFigure), "E-PACKAGE-FORM", part);
  return { digits, stages };
}

function isFigure(text) {
  return typeof text === "string" && text.length <= LONGEST_FIGURE && FIGURE.test(text) && text !== "-0";
}

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return the exponent of the last digit of a value that was rounded to so many significant digits. */
function lastPlace(declared, digits) {
  const [whole, fraction = ""] = declared.replace("-", "").split(".");
  if (/^[0.]*$/.test(declared)) return -digits;
  const leading = whole !== "0" ? whole.length - 1 : -(fraction.search(/[1-9]/) + 1);
  return leading - digits + 1;
}

/** Return how many whole units of 10^place a value has, rounded towards minus infinity, and what is left. */
function stepsOf({ n, d }, place) {
  const [top, bottom] = place < 0 ? [n * 10n ** BigInt(-place), d] : [n, d * 10n ** BigInt(place)];
  const rest = ((top % bottom) + bottom) % bottom;
  return { whole: (top - rest) / bottom, rest, bottom };
}

/** Return a value rounded to 10^place, half to even, as text. */
function rounded(value, place) {
  const { whole, rest, bottom } = stepsOf(value, place);
  const up = 2n * rest > bottom || (2n * rest === bottom && whole % 2n !== 0n);
  const steps = whole + (up ? 1n : 0n);
  const scale = 10n ** BigInt(Math.abs(place));
  return formatExact(place < 0 ? { n: steps, d: scale } : { n: steps * scale, d: 1n });
}
