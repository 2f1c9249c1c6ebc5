/**
 * Run the checks of the page in Node, one JSON line in, one JSON line out.
 *
 *   node run_checks.mjs MODULES < requests
 *
 * {"files": {"token": "<base64>" | null, …}, "log": {"checkpoint": "<base64>", …}, "tree": {"status/…": "<base64>", …},
 *  "facts": {…}, "today": "…", "package": "<base64>" | null, "subtle": "full" | "none" | "no-ed25519"}  ->  {"verdict": {…}, "results": [{id, state, code, detail}], "report": …}
 * {"facts_of": "<base64 token>"} -> the facts of the certificate
 */
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(process.argv[2] + "/");
const { certificateFacts, checkLater, checkLists, checkPackage, checkRecognition, checkRecord, decide } = await import(
  new URL("check.js", folder)
);
const { readToken } = await import(new URL("credential.js", folder));
const { isRounded } = await import(new URL("report.js", folder));

const real = globalThis.crypto.subtle;
const CRYPTO = {
  full: real,
  none: undefined,
  "no-ed25519": {
    digest: (...args) => real.digest(...args),
    verify: (...args) => real.verify(...args),
    importKey(format, key, algorithm, ...rest) {
      if (algorithm.name === "Ed25519") throw new DOMException("unknown", "NotSupportedError");
      return real.importKey(format, key, algorithm, ...rest);
    },
  },
};

function bytes(text) {
  return text === null || text === undefined ? text : new Uint8Array(Buffer.from(text, "base64"));
}

async function answer(request) {
  if (request.facts_of) return certificateFacts(readToken(bytes(request.facts_of)).certificate);
  if (request.rounded) return { ok: isRounded(...request.rounded) };
  const subtle = CRYPTO[request.subtle ?? "full"];
  const files = Object.fromEntries(Object.entries(request.files).map(([name, text]) => [name, bytes(text)]));
  const found = await checkRecord(files, { facts: request.facts, today: request.today, subtle });
  const read = async (path) => bytes(request.log[path] ?? null);
  const known = { number: request.facts.number, event: files.event, inclusion: found.inclusion };
  const around = async (path) => (request.lost?.includes(path) ? undefined : bytes(request.tree?.[path] ?? null));
  const now = Date.parse(`${request.today}T12:00:00Z`);
  const readLog = request.scan === false ? null : read;
  const { both, ...recognition } = await checkRecognition(found, around, { today: request.today, now, readLog, subtle });
  const lists = await checkLists(found, around, { now, subtle });
  const results = [...found.results, recognition, lists, await checkLater(known, read, subtle)];
  let report = null;
  if (request.package && found.read) {
    const done = await checkPackage(bytes(request.package), found.read.certificate, subtle);
    results.push(...done.results);
    report = done.report && { ...done.report, rows: done.report.rows.slice(0, request.rows ?? 0) };
  }
  return { verdict: decide(results), results, report, edges: both && both.now.edges.map(({ name, code }) => [name, code]) };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line === "") continue;
  const text = JSON.stringify(await answer(JSON.parse(line))) + "\n";
  if (!process.stdout.write(text)) await new Promise((resume) => process.stdout.once("drain", resume));
}
