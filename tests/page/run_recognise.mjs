/**
 * Walk recognition chains with the page's modules, one JSON line in, one JSON line out.
 *
 *   node run_recognise.mjs MODULES < requests
 *
 * {"texts": {"zh": {…}, "en": {…}}} -> {}: the words for all that follows
 * {"question", "records", "roots", "now"} -> {"finding", "issue", "hindsight", "now": [edge], "zh", "en": [sentence], "remedies": {…}}
 * {"record": {…}} -> {"record"} as read and written again, or {"refused": code}
 * {"listing", "stated", "logs", "place", "now", "log"} -> {"asOf", "reliedUntil", "read"} or {"refused": code, "unknown"}
 * {"key": "did:key:…"} -> {"jwk", "thumbprint"} or {"refused": code};  {"plain": [name]} -> {"plain": [name]}
 */
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(process.argv[2] + "/");
const { Refused, Unavailable } = await import(new URL("bytes.js", folder));
const { explain, remedy } = await import(new URL("explain.js", folder));
const { checkListing, readListing } = await import(new URL("listing.js", folder));
const { fromDidKey, thumbprint } = await import(new URL("keys.js", folder));
const { findingOf, readRoots, toldChain, walkBoth } = await import(new URL("recognise.js", folder));
const { plainName, recordFromJson, recordJson, RecordSet } = await import(new URL("records.js", folder));

let texts = {};

function sayer(lang) {
  return (key, values = {}) => {
    if (!(key in texts[lang])) throw new Error(`no text ${key}`);
    return texts[lang][key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  };
}

function told({ edges }) {
  return edges.map(({ name, verdict, record, code, values }) => ({
    name,
    verdict,
    record: record && [record.kind, record.stated_by ?? "", record.id],
    code,
    values,
  }));
}

function walked({ question, records, roots, now }) {
  const set = new RecordSet(records.map((one) => recordFromJson(one)));
  const both = walkBoth(question, set, readRoots(roots), now);
  const broken = (toldChain(both)?.edges ?? []).filter(({ code }) => code !== null);
  return {
    finding: findingOf(both),
    issue: told(both.issue),
    hindsight: told(both.hindsight),
    now: told(both.now),
    order: set.records.map((one) => recordJson(one)),
    ...Object.fromEntries(
      ["zh", "en"].flatMap((lang) => [
        [lang, explain(both, lang, sayer(lang))],
        [`remedies.${lang}`, broken.map((edge) => remedy(edge, lang, sayer(lang)))],
      ]),
    ),
  };
}

/** Ask about a list of records: as `checkListing`, bytes as base64. */
async function listed({ listing, stated, logs, place: [origin, index], now, log }) {
  const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
  const records = new Map(Object.entries(stated).map(([name, record]) => [name, recordFromJson(record)]));
  const inclusion = { index: BigInt(index), checkpoint: { origin } };
  const readLog = log && (async (path) => (path in log ? bytes(log[path]) : null));
  const { subtle } = globalThis.crypto;
  return checkListing(readListing(bytes(listing)), records, { trust: { logs }, inclusion, now, readLog, subtle });
}

async function answer(request) {
  if (request.texts) {
    texts = request.texts;
    return {};
  }
  try {
    if (request.record !== undefined) return { record: recordJson(recordFromJson(request.record)) };
    if (request.listing !== undefined) return await listed(request);
    if (request.plain) return { plain: request.plain.map(plainName) };
    if (request.key !== undefined) {
      const jwk = fromDidKey(request.key);
      return { jwk, thumbprint: await thumbprint(jwk, globalThis.crypto.subtle) };
    }
    return walked(request);
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    return { refused: problem.code, ...(request.listing === undefined ? {} : { unknown: problem instanceof Unavailable }) };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line === "") continue;
  const text = JSON.stringify(await answer(JSON.parse(line))) + "\n";
  if (!process.stdout.write(text)) await new Promise((resume) => process.stdout.once("drain", resume));
}
