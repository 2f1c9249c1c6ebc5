/**
 * What the terms of a sheet say, for people: what each adds, from which factor, of which year, known how well.
 *
 * The evaluator gives the exact sum of each term; amount and factor are shown rounded beside it and decide nothing.
 */
import { formatExact, parseExact, roundSignificant } from "./evaluator.js";

const SHOWN_DIGITS = 4;
const WEAK = ["recalled", "derived"];

/**
 * Describe the terms of an evaluated sheet.
 *
 * @param {object} sheet the document
 * @param {object} result what evaluating it gave
 * @returns {{rows: object[], count: number, single: number, singleShare: string, weak: number, unit: string}} `single` counts
 *   the terms that rest on one published number of CO2e, `singleShare` their part of all contributions in percent
 */
export function describeTerms(sheet, result) {
  const value = parseExact(result.value);
  const rows = sheet.terms.map((term) => describeTerm(term, sheet, parseExact(result.terms[term.id]), value));
  const single = rows.filter((row) => row.single);
  return {
    rows,
    count: rows.length,
    single: single.length,
    singleShare: percent(total(single), total(rows)),
    weak: rows.filter((row) => row.weak).length,
    unit: result.unit,
  };
}

function describeTerm(term, sheet, sum, value) {
  const { info } = term;
  const factor = factorSum(term.factor, sheet.gwp);
  return {
    id: term.id,
    name: info.name ?? term.id,
    stage: sheet.info.stages?.[term.stage] ?? term.stage,
    unit: term.unit,
    amount: factor.n === 0n ? "" : shown({ n: sum.n * factor.d, d: sum.d * factor.n }),
    factor: shown(factor),
    sum: shown(sum),
    share: value.n === 0n ? "" : percentOf(sum, value),
    size: toNumber(sum),
    source: info.source ?? "",
    year: info.data_year ?? "",
    region: info.region ?? "",
    confidence: info.confidence ?? "",
    weak: WEAK.includes(info.confidence),
    single: term.factor.some(([origin]) => origin === "undifferentiated"),
  };
}

/** Return kg CO2e per unit of the amount: the factor's gases times their potentials. */
function factorSum(entries, gwp) {
  return entries
    .map(([origin, gas, number]) => times(parseExact(number), parseExact(gwp[origin][gas])))
    .reduce((sum, item) => ({ n: sum.n * item.d + item.n * sum.d, d: sum.d * item.d }), { n: 0n, d: 1n });
}

function times(a, b) {
  return { n: a.n * b.n, d: a.d * b.d };
}

function shown({ n, d }) {
  return roundSignificant(d < 0n ? { n: -n, d: -d } : { n, d }, SHOWN_DIGITS);
}

function percentOf(part, whole) {
  return percent(toNumber(part), toNumber(whole));
}

function percent(part, whole) {
  return whole === 0 ? "0" : ((100 * part) / whole).toFixed(1);
}

/** Sum of sizes regardless of sign, so that a credit does not hide a burden. */
function total(rows) {
  return rows.reduce((sum, row) => sum + Math.abs(row.size), 0);
}

/** A float, for sorting and for shares only. */
function toNumber(fraction) {
  return Number(roundSignificant(fraction, 15));
}

/** Tell whether a certified figure is `exact` rounded to some digits, or to the decimal place of `value`. */
export function isRounded(certified, exact, value) {
  const fraction = parseExact(exact);
  for (let digits = 3; digits <= 15; digits += 1) {
    if (roundSignificant(fraction, digits) === certified) return true;
  }
  if (formatExact(parseExact(certified)) === exact) return true;
  const places = (value.split(".")[1] ?? "").length;
  const { n, d } = parseExact(certified);
  const gap = 2n * (n * fraction.d - fraction.n * d) * 10n ** BigInt(places);
  return (gap < 0n ? -gap : gap) <= d * fraction.d;
}

/** Tell whether a shown figure is the certified value in fewer digits, or in as many. */
export function isShown(shown, value) {
  const plain = shown.includes(".") ? shown.replace(/\.?0+$/, "") : shown;
  const fraction = parseExact(value);
  return Array.from({ length: 15 }, (_, index) => roundSignificant(fraction, index + 1)).includes(plain);
}
