// Judges proof files of a log with the checkpoint and Merkle code of @sigstore/verify, which shares nothing with ours.
// Reads JSON lines {vkey, proof, entry} (proof as text, entry in base64) and answers "true" or "false" for each.
import { createRequire } from "node:module";
import { createHash, createPublicKey } from "node:crypto";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import path from "node:path";

const require = createRequire(import.meta.url);
const folder = path.dirname(require.resolve("@sigstore/verify"));
const { verifyCheckpoint } = await import(pathToFileURL(path.join(folder, "tlog", "checkpoint.js")));
const { verifyMerkleInclusion } = await import(pathToFileURL(path.join(folder, "tlog", "merkle.js")));

// An Ed25519 key as SubjectPublicKeyInfo begins with these bytes (RFC 8410).
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

function keyOf(vkey) {
  const [name, id, typed] = vkey.split(/\+(.*?)\+(.*)/s);
  const bytes = Buffer.from(typed, "base64");
  const hint = createHash("sha256").update(`${name}\n`).update(bytes).digest().subarray(0, 4);
  if (hint.toString("hex") !== id || bytes[0] !== 1) throw new Error("vkey");
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, bytes.subarray(1)]), format: "der", type: "spki" });
  const always = { start: new Date(0), end: new Date(8.64e15) };
  return { logID: hint, publicKey, validFor: always, baseURL: `https://${name}` };
}

function judge({ vkey, proof, entry }) {
  const cut = proof.indexOf("\n\n");
  const lines = proof.slice(0, cut).split("\n").filter((line) => !line.startsWith("extra "));
  const inclusionProof = {
    logIndex: lines[1].replace("index ", ""),
    hashes: lines.slice(2).map((line) => Buffer.from(line, "base64")),
    checkpoint: { envelope: proof.slice(cut + 2) },
  };
  const found = { inclusionProof, canonicalizedBody: Buffer.from(entry, "base64"), integratedTime: "1" };
  verifyMerkleInclusion(found, verifyCheckpoint(found, [keyOf(vkey)]));
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    judge(JSON.parse(line));
    console.log("true");
  } catch (error) {
    console.log("false");
    if (process.env.WHY) console.error(error);
  }
}
