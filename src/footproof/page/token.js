/**
 * The envelope of what others sign around a certificate, status lists and recognition records: `vc+jwt`.
 *
 * The open profile of credential/jose.py: header members that are not understood are ignored, as the standard wants,
 * except those that would change how the token is read or bring a key along. ES256 and EdDSA are verified here; tokens
 * under other algorithms, or under keys that stand in a DID document, are said to be beyond this page.
 */
import { decodeText, encodeText, fromBase64Url, need, Refused, Unavailable } from "./bytes.js";
import { fromDidKey, signatureHolds } from "./keys.js";

const MOST_PAYLOAD = 256 * 1024;
const MOST_HEADER = 2048;
const DEEPEST = 64;
const DANGEROUS = ["crit", "b64", "zip", "enc", "jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256"];
const ALGORITHMS = { ES256: "EC", EdDSA: "OKP", Ed25519: "OKP" };
const ELSEWHERE = ["ES384", "ES512"];

/** The largest token that can be sound. [bytes] */
export const MOST_TOKEN = Math.floor(((MOST_PAYLOAD + MOST_HEADER) * 4) / 3) + 256;

/**
 * Return the credential of a token, once its signature holds under the key it names and that key is its issuer's.
 *
 * @param {Uint8Array} token the compact form and nothing else
 * @param {function(string): object} findKey a JSON Web Key by the name of the key
 * @returns {Promise<object>}
 * @throws {Refused} E-CRED-SIZE, E-CRED-FORM, E-CRED-HEADER, E-CRED-SIGNATURE, E-CRED-CLAIMS, E-CRED-ISSUER
 * @throws {Unavailable} where this browser or this page cannot tell
 */
export async function openCredential(token, findKey, subtle) {
  need(token.length <= MOST_TOKEN, "E-CRED-SIZE");
  const text = decodeText(token, "E-CRED-FORM");
  const segments = text.split(".");
  need(segments.length === 3, "E-CRED-FORM");
  const [head, payload, signature] = segments.map(fromBase64Url);
  need(head !== null && payload !== null && signature !== null, "E-CRED-FORM");
  need(head.length <= MOST_HEADER && payload.length <= MOST_PAYLOAD, "E-CRED-SIZE");
  const header = readHeader(head);
  need(signature.length === 64, "E-CRED-FORM");
  const key = findKey(header.kid);
  need(ALGORITHMS[header.alg] === key.kty, "E-CRED-HEADER", { found: header.alg });
  const signed = encodeText(segments[0] + "." + segments[1]);
  need(await signatureHolds(key, signature, signed, subtle), "E-CRED-SIGNATURE", { kid: header.kid });
  const credential = readObject(payload);
  refuseClaims(credential, header);
  return credential;
}

/**
 * Return a function that finds keys: among those of the trust list, else in the name itself.
 *
 * @throws {Unavailable} E-PAGE-DID where the key stands in a DID document, which this page does not fetch
 */
export function keyFinder(trust) {
  const known = new Map(trust.bodies.flatMap(({ keys }) => Object.entries(keys)));
  return (kid) => {
    if (!known.has(kid)) {
      if (!kid.startsWith("did:key:")) throw new Unavailable("E-PAGE-DID", { kid: kid.slice(0, 200) });
      known.set(kid, fromDidKey(kid));
    }
    return known.get(kid);
  };
}

function readHeader(bytes) {
  const header = readObject(bytes);
  const has = (name) => Object.prototype.hasOwnProperty.call(header, name);
  need(!DANGEROUS.some(has), "E-CRED-HEADER");
  if (ELSEWHERE.includes(header.alg)) throw new Unavailable("E-PAGE-KEY-KIND", { found: header.alg });
  need(typeof header.alg === "string" && Object.keys(ALGORITHMS).includes(header.alg), "E-CRED-HEADER", {
    found: String(header.alg).slice(0, 40),
  });
  need(["vc+jwt", "application/vc+jwt"].includes(header.typ), "E-CRED-HEADER");
  need(!has("cty") || ["vc", "application/vc"].includes(header.cty), "E-CRED-HEADER");
  const kid = has("kid") || !has("iss") ? header.kid : header.iss;
  need(typeof kid === "string" && kid !== "", "E-CRED-HEADER");
  return { ...header, kid };
}

/** Refuse wrapped credentials, claims that contradict the credential, and a key that belongs to another party. */
function refuseClaims(credential, header) {
  const has = (record, name) => Object.prototype.hasOwnProperty.call(record, name);
  need(!has(credential, "vc") && !has(credential, "vp"), "E-CRED-CLAIMS");
  const party = issuerOf(credential);
  need(party !== null, "E-CRED-ISSUER");
  need(!has(credential, "iss") || credential.iss === party, "E-CRED-CLAIMS");
  need(!has(credential, "jti") || credential.jti === credential.id, "E-CRED-CLAIMS");
  const subject = credential.credentialSubject;
  const named = typeof subject === "object" && subject !== null && !Array.isArray(subject) && has(subject, "id");
  need(!has(credential, "sub") || !named || credential.sub === subject.id, "E-CRED-CLAIMS");
  need(!has(header, "iss") || header.iss === party, "E-CRED-CLAIMS");
  need(header.kid.split("#")[0] === party, "E-CRED-ISSUER", { kid: header.kid, found: party });
}

/** Return the identifier of a credential's issuer, or null where it states none. */
export function issuerOf({ issuer }) {
  const name = typeof issuer === "object" && issuer !== null ? issuer.id : issuer;
  return typeof name === "string" && name !== "" ? name : null;
}

/** Read one JSON object that every reader understands alike: no duplicate key, no fraction, no -0, no depth beyond 64. */
function readObject(bytes) {
  const text = decodeText(bytes, "E-CRED-FORM");
  let record = null;
  try {
    record = JSON.parse(text);
  } catch {
    throw new Refused("E-CRED-FORM");
  }
  need(typeof record === "object" && record !== null && !Array.isArray(record), "E-CRED-FORM");
  refuseAmbiguous(text);
  return record;
}

/** Refuse what `JSON.parse` would pass over; the text is JSON already, so its marks can be counted off one by one. */
function refuseAmbiguous(text) {
  const open = [];
  for (const [mark, words, colon] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")([ \t\n\r]*:)?|[{}[\]]|-?[0-9][0-9.eE+-]*/g)) {
    if (words !== undefined) {
      if (colon === undefined) continue;
      const [key, keys] = [JSON.parse(words), open.at(-1)];
      need(!keys.has(key), "E-CRED-FORM");
      keys.add(key);
    } else if (mark === "{" || mark === "[") {
      need(open.push(new Set()) <= DEEPEST, "E-CRED-FORM");
    } else if (mark === "}" || mark === "]") {
      open.pop();
    } else {
      need(Number.isSafeInteger(Number(mark)) && /^(0|-?[1-9][0-9]*)$/.test(mark), "E-CRED-FORM");
    }
  }
}
