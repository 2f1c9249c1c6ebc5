/**
 * Keys as a browser meets them: a JSON Web Key of the trust list, or a did:key that names itself; P-256 and Ed25519.
 *
 * W3C CCG did:key 0.9 over multibase base58btc, RFC 7638 thumbprints. Strict: one text per key. Signatures are the
 * browser's work; only a compressed point is unpacked here, since no browser promises to read one.
 */
import { encodeText, fromBase58, need, sha256, toBase64Url, Unavailable } from "./bytes.js";
import { canonicalise } from "./evaluator.js";

const LONGEST = 128;
const PREFIX = "did:key:";
const FIELD = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const CURVE_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * Return the public key that a did:key names, as a JSON Web Key, with or without the fragment that names its only key.
 *
 * @throws {Refused} E-CRED-KEY-NAME where it is no did:key, its fragment names another key, or the text names no key
 * @throws {Unavailable} E-PAGE-KEY-KIND for P-384, which this page does not read
 */
export function fromDidKey(did) {
  const refused = { kid: did.slice(0, LONGEST) };
  const [name, fragment, ...more] = did.slice(PREFIX.length).split("#");
  need(did.startsWith(PREFIX) && (fragment ?? name) === name && more.length === 0, "E-CRED-KEY-NAME", refused);
  need(name.length <= LONGEST, "E-CRED-KEY-NAME", refused);
  const data = name.startsWith("z") ? fromBase58(name.slice(1)) : null;
  need(data !== null, "E-CRED-KEY-NAME", refused);
  const [kind, length] = [data[0] * 256 + data[1], data.length];
  if (kind === 0xed01 && length === 34) return { kty: "OKP", crv: "Ed25519", x: toBase64Url(data.subarray(2)) };
  if (kind === 0x8124 && length === 51) throw new Unavailable("E-PAGE-KEY-KIND", { ...refused, found: "P-384" });
  need(kind === 0x8024 && length === 35, "E-CRED-KEY-NAME", refused);
  return unpacked(data.subarray(2), refused);
}

/** Return the P-256 key of a compressed point (SEC 1, 2.3.4). */
function unpacked(point, refused) {
  const x = point.subarray(1).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  need((point[0] === 2 || point[0] === 3) && x < FIELD, "E-CRED-KEY-NAME", refused);
  const square = (((x * x - 3n) * x + CURVE_B) % FIELD + FIELD) % FIELD;
  const root = power(square, (FIELD + 1n) / 4n);
  need((root * root) % FIELD === square, "E-CRED-KEY-NAME", refused);
  const y = (root % 2n === 1n) === (point[0] === 3) ? root : FIELD - root;
  return { kty: "EC", crv: "P-256", x: coordinate(x), y: coordinate(y) };
}

function power(base, exponent) {
  let [result, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % FIELD;
    square = (square * square) % FIELD;
  }
  return result;
}

function coordinate(number) {
  const hex = number.toString(16).padStart(64, "0");
  return toBase64Url(Uint8Array.from({ length: 32 }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16)));
}

/** Return the RFC 7638 SHA-256 thumbprint of a public key, base64url. */
export async function thumbprint(jwk, subtle) {
  const { crv, kty, x, y } = jwk;
  const members = kty === "OKP" ? { crv, kty, x } : { crv, kty, x, y };
  return toBase64Url(await sha256(subtle, encodeText(canonicalise(members))));
}

/**
 * Return whether a signature of 64 bytes is that of a key.
 *
 * @param {{kty: string, crv: string, x: string, y?: string}} jwk P-256 or Ed25519
 * @throws {Refused} E-CRED-KEY where the key is none
 * @throws {Unavailable} E-PAGE-NO-CRYPTO, E-PAGE-NO-ES256, E-PAGE-NO-ED25519
 */
export async function signatureHolds(jwk, signature, data, subtle) {
  if (!subtle) throw new Unavailable("E-PAGE-NO-CRYPTO");
  const { kty, crv, x, y } = jwk;
  const edwards = kty === "OKP" && crv === "Ed25519";
  need(edwards || (kty === "EC" && crv === "P-256"), "E-CRED-KEY");
  const [key, named, scheme] = edwards
    ? [{ kty, crv, x }, { name: "Ed25519" }, { name: "Ed25519" }]
    : [{ kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }];
  try {
    const imported = await subtle.importKey("jwk", key, named, false, ["verify"]);
    return await subtle.verify(scheme, imported, signature, data);
  } catch (problem) {
    // A browser that knows the algorithm calls a wrong key DataError; one that does not, says NotSupportedError.
    need(problem.name !== "DataError", "E-CRED-KEY");
    throw new Unavailable(edwards ? "E-PAGE-NO-ED25519" : "E-PAGE-NO-ES256");
  }
}
