/**
 * Bytes and their texts: hex, strict base64, UTF-8, SHA-256, and the two ways in which a check can end badly.
 *
 * `Refused` means: looked at, and it does not hold. `Unavailable` means: could not be looked at here. They must never be
 * mistaken for each other, so each is a class of its own. Hashing and signatures are the browser's (WebCrypto), never ours.
 */

/** Something was checked and does not hold: a stable code, and what was found. */
export class Refused extends Error {
  constructor(code, detail = {}) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

/** Something could not be checked on this machine, or its material could not be had. */
export class Unavailable extends Refused {}

/** Stop with a code unless something holds. */
export function need(holds, code, detail = {}) {
  if (!holds) throw new Refused(code, detail);
}

/** Return bytes as lower-case hex. */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the bytes of lower-case hex, which the caller has checked to be that. */
export function fromHex(text) {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** Return text as UTF-8. */
export function encodeText(text) {
  return new TextEncoder().encode(text);
}

/** Return the text of UTF-8 bytes; a byte order mark stays in the text, where every reader of ours refuses it. */
export function decodeText(bytes, code) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused(code);
  }
}

/** Return standard base64 with padding. */
export function toBase64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Return the bytes of base64, or null where the text is not exactly what `toBase64` writes. */
export function fromBase64(text) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  let binary;
  try {
    binary = atob(text);
  } catch {
    return null;
  }
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : null;
}

/** Return the bytes of base64url without padding, or null where the text is a second spelling or none. */
export function fromBase64Url(text) {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
  const padded = text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded);
}

/** Return base64url without padding. */
export function toBase64Url(bytes) {
  return toBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Return the bytes of base58 with Bitcoin's alphabet, or null where a letter is outside it. Takes quadratic time. */
export function fromBase58(text) {
  let number = 0n;
  for (const letter of text) {
    const value = BASE58.indexOf(letter);
    if (value < 0) return null;
    number = number * 58n + BigInt(value);
  }
  const hex = number === 0n ? "" : number.toString(16);
  const zeros = /^1*/.exec(text)[0].length;
  const whole = "00".repeat(zeros) + (hex.length % 2 === 1 ? "0" : "") + hex;
  return Uint8Array.from({ length: whole.length / 2 }, (_, at) => parseInt(whole.slice(2 * at, 2 * at + 2), 16));
}

/** Return the bytes one after the other. */
export function concat(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}

export function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/**
 * Return the SHA-256 of some bytes.
 *
 * @param {SubtleCrypto | undefined} subtle what the browser offers; nothing off https and localhost
 * @throws {Unavailable} E-PAGE-NO-CRYPTO
 */
export async function sha256(subtle, bytes) {
  if (!subtle) throw new Unavailable("E-PAGE-NO-CRYPTO");
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

/** Return `sha256:<hex>` of some bytes. */
export async function digestText(subtle, bytes) {
  return "sha256:" + toHex(await sha256(subtle, bytes));
}
