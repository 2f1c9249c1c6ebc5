/**
 * Time what a person waits for on the scan page: evaluating a sheet of 1,000 terms, from bytes to digits.
 *
 *   node benchmarks/sheet_node.mjs
 */
import { readFile } from "node:fs/promises";
import assert from "node:assert/strict";

const source = await readFile(new URL("../src/footproof/page/evaluator.js", import.meta.url));
const { canonicalise, evaluate, gcd, parseExact } = await import(
  "data:text/javascript;base64," + source.toString("base64")
);
const TERMS = 1000;
const RUNS = 15;

/** Build a sheet whose term i has the amount 1 / divisor(i), or a plain decimal where there is no divisor. */
function sheetOf(divisor, stages) {
  const numbers = [...Array(TERMS).keys()];
  const nodes = divisor ? numbers.map((i) => ({ id: `n${i}`, unit: "kg", expr: ["/", "1", divisor(i)], info: {} })) : [];
  const terms = numbers.map((i) => ({
    id: `t${i}`,
    stage: `s${i % stages}`,
    process: "p",
    unit: "kg",
    amount: divisor ? ["ref", `n${i}`] : `${i + 1}.${String(123456 + i)}1`,
    factor: [["fossil", "co2", "1.25"], ["fossil", "ch4", "0.00375"]],
    info: {},
  }));
  return {
    sheet: "footproof-sheet/1", info: {}, unit: "kg CO2e", rounding: { digits: 6, mode: "half-even" },
    stages: [...Array(stages).keys()].map((i) => `s${i}`), gwp: { fossil: { co2: "1", ch4: "29.8" } },
    tables: {}, nodes, checks: [], terms, beside: [], alternatives: [],
  };
}

/** Check the value another way: add all terms over one common denominator, without reducing on the way. */
function verify(result) {
  const fractions = Object.values(result.terms).map(parseExact);
  const common = fractions.reduce((all, { d }) => (all / gcd(all, d)) * d, 1n);
  const sum = fractions.reduce((total, { n, d }) => total + n * (common / d), 0n);
  const { n, d } = parseExact(result.value);
  assert.equal(sum * d, n * common);
}

function time(name, sheet) {
  const bytes = new TextEncoder().encode(canonicalise(sheet));
  let result;
  const times = [...Array(RUNS)].map(() => {
    const start = performance.now();
    result = evaluate(bytes);
    return performance.now() - start;
  });
  assert.equal(result.error, undefined);
  verify(result);
  const median = times.sort((a, b) => a - b)[RUNS >> 1];
  console.log(`${name.padEnd(48)} ${median.toFixed(1).padStart(7)} ms   ${result.value.length} characters`);
}

for (const stages of [1, 5]) {
  const tail = `, ${stages} stage${stages > 1 ? "s" : ""}`;
  time(`decimals only${tail}`, sheetOf(null, stages));
  time(`1,000 distinct divisors of 3 digits and 4${tail}`, sheetOf((i) => String(100 + i), stages));
  time(`1,000 distinct divisors of 12 digits${tail}`, sheetOf((i) => String(999999999989 - 2 * i * 7919), stages));
}
