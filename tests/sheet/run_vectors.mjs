/**
 * Evaluate sheets with the evaluator of the scan page, one JSON line in, one JSON line out.
 *
 *   node run_vectors.mjs [EVALUATOR.js] < requests
 *
 * {"sheet_b64": "…"}         -> the result of `evaluate`
 * {"gcd": ["12", "0x12"]}    -> {"gcd": "6"}, in base 16
 * {"round": ["2/3", 3]}      -> {"round": "0.667", "exact": "2/3"}
 */
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const path = process.argv[2] ?? new URL("../../src/footproof/page/evaluator.js", import.meta.url);
// As a data address, since Node would take a lone .js file for CommonJS; a browser goes by its media type instead.
const source = await readFile(path);
const { evaluate, formatExact, gcd, parseExact, roundSignificant } = await import(
  "data:text/javascript;base64," + source.toString("base64")
);

function answer(request) {
  if (request.gcd) return { gcd: gcd(...request.gcd.map(BigInt)).toString(16) };
  if (request.round) {
    const fraction = parseExact(request.round[0]);
    return { round: roundSignificant(fraction, request.round[1]), exact: formatExact(fraction) };
  }
  return evaluate(Buffer.from(request.sheet_b64, "base64"));
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line === "") continue;
  const text = JSON.stringify(answer(JSON.parse(line))) + "\n";
  if (!process.stdout.write(text)) await new Promise((resume) => process.stdout.once("drain", resume));
}
