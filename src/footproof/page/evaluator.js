/**
 * Evaluate a calculation sheet (核算表), exactly, on the machine of whoever wants to check it.
 *
 * Follows docs/reference/sheet.md, language version 1; the numbers in the headings below are its sections.
 * Written from that text alone, beside and not after the Python evaluator, so that two programs must agree.
 * It reads no clock, no network and no page: bytes in, result out. Baseline ES2020, nothing to install or build.
 *
 * A value is a text, a truth value, or an exact fraction `{n, d}`: two BigInts with d > 0, not in lowest terms.
 *
 * @typedef {{n: bigint, d: bigint}} Fraction
 * @typedef {Fraction | string | boolean} Value
 */

const VERSION = "footproof-sheet/1";
const ORIGINS = ["fossil", "biogenic_emission", "biogenic_removal", "dluc", "land_use", "undifferentiated"];
const KINDS = ["axis", "allocation", "companion"];
const ID = /^[A-Za-z0-9][A-Za-z0-9_.:/@#-]{0,127}$/;
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?$/;
const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;

const MOST = {
  bytes: 16 * 1024 * 1024,
  nesting: 64, // of the JSON itself, as in the project's canonical form; keeps every walk off the stack's end
  depth: 32,
  steps: 2_000_000,
  characters: 200,
  arguments: 1_000,
  tables: 64,
  rows: 10_000,
  stages: 100,
  nodes: 20_000,
  checks: 20_000,
  terms: 50_000,
  entries: 200,
  beside: 20_000,
  alternatives: 64,
  digits: 15,
};
/** What costs steps beyond the one of every expression; where three stand: for small, large and huge integers. */
const STEPS = {
  expression: 1,
  entry: 4,
  sum: [0, 100, 4_000],
  product: [0, 2, 40],
  comparison: [0, 2, 40],
  value: [0, 100, 4_000],
};
const LARGE = 1n << 1024n;
const HUGE = 1n << 8192n;
const SIZE = 1n << 65536n; // every integer of a calculation stays below
const [MINUS_LARGE, MINUS_HUGE, MINUS_SIZE] = [-LARGE, -HUGE, -SIZE]; // once, as each negation makes a new integer
const STORED = 1n << 4096n; // every integer of a ["ratio", p, q] stays below
const LONGEST_NUMBER = 43; // sign and 42 digits: longer text cannot be a number, so no pattern need run over it
const LONGEST_INTEGER = 1235; // sign and the 1,234 digits of 2^4096
const PLACES = 60; // more places than this are written as p/q
const SCALE = 10n ** BigInt(PLACES);
const LONGEST_EXACT = BigInt(Number.MAX_SAFE_INTEGER); // up to here a Number is as exact as a BigInt, and faster
const ZERO = Object.freeze({ n: 0n, d: 1n });

/** Why a sheet is refused: a stable code, and the place once it is known. */
class SheetError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
    this.at = "";
  }
}

/** Stop with a code unless something holds. */
function need(holds, code) {
  if (!holds) throw new SheetError(code);
}

/** Do some work; an error in it is reported with this place. */
function at(place, work) {
  try {
    return work();
  } catch (problem) {
    if (problem instanceof SheetError) problem.at = place;
    throw problem;
  }
}

/**
 * Evaluate a sheet. Never throws for a bad sheet: what is wrong comes back as `error`.
 *
 * @param {Uint8Array} bytes the sheet in canonical form
 * @returns {object} the result of section 6, or `{error: {code, at}}`
 */
export function evaluate(bytes) {
  try {
    return compute(readSheet(readDocument(bytes)));
  } catch (problem) {
    if (problem instanceof SheetError) return { error: { code: problem.code, at: problem.at } };
    throw problem; // a fault of this program must not look like a fault of the sheet
  }
}

// ---------------------------------------------------------------------------------------------- 1 Bytes

/** Read bytes that must be the canonical form of one JSON object. */
function readDocument(bytes) {
  need(bytes.length <= MOST.bytes, "E-SHEET-JSON");
  let document;
  let same = false;
  try {
    // ignoreBOM keeps a byte order mark in the text, where JSON.parse refuses it.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    document = JSON.parse(text);
    // Writing it again and comparing finds blanks, key order, duplicate keys and odd escapes at one stroke.
    same = canonicalise(document) === text;
  } catch {
    // Not UTF-8, not JSON, too deep for this machine's parser, or without a canonical form.
  }
  need(same && isRecord(document), "E-SHEET-JSON");
  return document;
}

/**
 * Write a JSON value in RFC 8785 form. Numbers must be integers below 2^53. Whether text is in NFC is not asked:
 * that depends on the Unicode version of the machine, and no two machines may differ over the same bytes.
 *
 * @param {unknown} value what JSON.parse may return
 * @returns {string} the one canonical text
 * @throws {TypeError} where the value has no single form
 */
export function canonicalise(value) {
  return write(value, 0);
}

function write(value, depth) {
  if (depth > MOST.nesting) throw new TypeError("nested too deep");
  if (typeof value === "string") return writeText(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (Number.isSafeInteger(value)) return String(value); // -0 is written 0
  if (Array.isArray(value)) return "[" + value.map((item) => write(item, depth + 1)).join(",") + "]";
  if (!isRecord(value)) throw new TypeError("no canonical form");
  // Array.sort compares UTF-16 code units, which is the order RFC 8785 asks for.
  const members = Object.keys(value).sort().map((key) => writeText(key) + ":" + write(value[key], depth + 1));
  return "{" + members.join(",") + "}";
}

function writeText(text) {
  // Half a surrogate pair has no UTF-8; under the u flag this class matches only halves.
  if (/[^\x20-\x7e]/.test(text) && /\p{Surrogate}/u.test(text)) throw new TypeError("text holds half a character");
  return JSON.stringify(text);
}

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// -------------------------------------------------------------------------------------------- 2 Numbers

/** Read a number of the sheet: at most 12 significant digits between 10^-30 and 10^41. */
function readNumber(text) {
  need(typeof text === "string", "E-SHEET-FORM");
  need(text.length <= LONGEST_NUMBER && NUMBER.test(text) && text !== "-0", "E-SHEET-NUMBER");
  const [whole, fraction = ""] = text.replace("-", "").split(".");
  const significant = (whole + fraction).replace(/^0+/, "").replace(/0+$/, "");
  need(significant.length <= 12 && whole.length <= 42 && fraction.length <= 30, "E-SHEET-NUMBER");
  return parseDecimal(text);
}

function parseDecimal(text) {
  const [whole, fraction = ""] = text.split(".");
  return { n: BigInt(whole + fraction), d: 10n ** BigInt(fraction.length) };
}

/** Read the two integers of a stored ratio, which must be in lowest terms and not whole. */
function readRatio(p, q) {
  const n = readStored(p);
  const d = readStored(q);
  need(d > 1n && gcd(n, d) === 1n, "E-SHEET-NUMBER");
  return { n, d };
}

function readStored(text) {
  need(typeof text === "string", "E-SHEET-FORM");
  need(text.length <= LONGEST_INTEGER && INTEGER.test(text) && text !== "-0", "E-SHEET-NUMBER");
  const integer = BigInt(text);
  need(integer < STORED && integer > -STORED, "E-SHEET-NUMBER");
  return integer;
}

/** Make a fraction, unless one of its integers has grown too long. */
function sized(n, d) {
  need(n < SIZE && n > MINUS_SIZE && d < SIZE, "E-SHEET-SIZE");
  return { n, d };
}

/** Tell whether a fraction is (0, 1): adding that leaves the other pair as it is, so nothing need be computed. */
function isNothing(a) {
  return a.n === 0n && a.d === 1n;
}

function add(budget, a, b) {
  if (isNothing(a)) return b; // costs no steps, as (0, 1) has the smallest of denominators
  if (isNothing(b)) return a;
  charge(budget, STEPS.sum[Math.min(rank(a.d), rank(b.d))]);
  if (a.d === b.d) return sized(a.n + b.n, a.d);
  const common = gcd(a.d, b.d);
  const widen = b.d / common;
  return sized(a.n * widen + b.n * (a.d / common), a.d * widen);
}

function subtract(budget, a, b) {
  return add(budget, a, { n: -b.n, d: b.d });
}

function multiply(budget, a, b) {
  return charged(budget, STEPS.product, sized(a.n * b.n, a.d * b.d));
}

function divide(budget, a, b) {
  need(b.n !== 0n, "E-SHEET-DIVISION");
  const quotient = b.n < 0n ? sized(-a.n * b.d, -a.d * b.n) : sized(a.n * b.d, a.d * b.n);
  return charged(budget, STEPS.product, quotient);
}

/** Tell whether a < b. */
function less(a, b) {
  return a.n * b.d < b.n * a.d;
}

function equal(a, b) {
  return a.n * b.d === b.n * a.d;
}

/** Count steps against the budget that all runs of one evaluation share. */
function charge(budget, steps) {
  budget.steps += steps;
  need(budget.steps <= MOST.steps, "E-SHEET-STEPS");
}

/** Count the steps that a fraction costs by the longer of its integers, and give it back. */
function charged(budget, steps, fraction) {
  charge(budget, steps[Math.max(rank(fraction.n), rank(fraction.d))]);
  return fraction;
}

/** Return 0 for a small integer, 1 for a large and 2 for a huge one, whatever its sign. */
function rank(integer) {
  if (integer < LARGE && integer > MINUS_LARGE) return 0;
  return integer < HUGE && integer > MINUS_HUGE ? 1 : 2;
}

/**
 * Return the greatest common divisor of two integers.
 *
 * Euclid's algorithm. Of long integers only the leading bits are divided, and what those divisions amount to is then
 * done to the long integers at once (D. H. Lehmer 1938; Knuth, The Art of Computer Programming 2, 4.5.2). A sum over a
 * thousand divisors has 40,000 bits, and one division at a time would keep the reader waiting.
 * The leading bits may foretell a quotient wrongly. That does no harm: what is done to the two integers always has
 * determinant 1 or -1, so their common divisors stay the same, and only the speed rests on the guess.
 *
 * @param {bigint} a
 * @param {bigint} b
 * @returns {bigint} never negative
 */
export function gcd(a, b) {
  let [long, short] = [a < 0n ? -a : a, b < 0n ? -b : b];
  if (short > long) [long, short] = [short, long];
  // One plain division first: when fractions are added, one denominator is mostly far longer than the other.
  if (short > LONGEST_EXACT) [long, short] = [short, long % short];
  for (const { stop, width } of PACES) {
    if (short >= stop) [[long], [short]] = shorten([[long], [short]], stop, width);
  }
  if (short === 0n) return long;
  let [high, low] = [Number(short), Number(long % short)];
  while (low !== 0) [high, low] = [low, high % low];
  return BigInt(high);
}

/** How many leading bits are looked at while the shorter integer is at least `stop`. */
const PACES = [
  { stop: 1n << 1600n, width: 800 },
  { stop: LONGEST_EXACT + 1n, width: 50 },
];

/** Go on with Euclid's algorithm on two rows, led by their first integers, until the second is below `stop`. */
function shorten(rows, stop, width) {
  let [first, second] = inOrder(rows[0], rows[1]);
  let shift = 0;
  while (second[0] >= stop) {
    shift = leadingShift(first[0], shift, width);
    const [x, y] = [first[0] >> BigInt(shift), second[0] >> BigInt(shift)];
    const [a, b, c, d] = width > 50 ? foretell(x, y, width) : foretellShort(Number(x), Number(y));
    [first, second] =
      b === 0n // nothing foretold: the second is much shorter, so one division brings the most
        ? [second, mix(1n, first, -(first[0] / second[0]), second)]
        : inOrder(mix(a, first, b, second), mix(c, first, d, second));
  }
  return [first, second];
}

/** Foretell divisions of two integers of `width` bits, to half their length: the four factors that `mix` applies. */
function foretell(x, y, width) {
  const [first, second] = shorten([[x, 1n, 0n], [y, 0n, 1n]], 1n << BigInt(width / 2), 50);
  return [first[1], first[2], second[1], second[2]];
}

/** The same for integers of at most 50 bits, which the machine's own numbers hold exactly. */
function foretellShort(x, y) {
  let [a, b, c, d] = [1, 0, 0, 1];
  while (y >= 2 ** 25) {
    const quotient = Math.floor(x / y);
    [x, y] = [y, x - quotient * y];
    [a, b, c, d] = [c, d, a - quotient * c, b - quotient * d];
  }
  return [BigInt(a), BigInt(b), BigInt(c), BigInt(d)];
}

/** Return a·first + b·second, led by an integer that is not negative. */
function mix(a, first, b, second) {
  const row = first.map((item, index) => a * item + b * second[index]);
  return row[0] < 0n ? row.map((item) => -item) : row;
}

function inOrder(first, second) {
  return first[0] < second[0] ? [second, first] : [first, second];
}

/** Return how far to shift an integer right to leave about `width` bits, never more; `last` was right a moment ago. */
function leadingShift(integer, last, width) {
  const rest = Number(integer >> BigInt(last)); // Infinity from 1,024 bits on
  // Rounding may hide one bit of the length: hence width - 1.
  if (last > 0 && rest >= 1 && rest < Infinity) return Math.max(0, last + Math.ceil(Math.log2(rest)) - (width - 1));
  return Math.max(0, integer.toString(16).length * 4 - width);
}

// ---------------------------------------------------------------------------------------- 3 Expressions

/** Give back numbers as they are; anything else among them is of the wrong kind. */
function numbers(values) {
  need(values.every(isNumber), "E-SHEET-TYPE");
  return values;
}

function truths(values) {
  need(values.every((value) => typeof value === "boolean"), "E-SHEET-TYPE");
  return values;
}

function isNumber(value) {
  return typeof value === "object";
}

/** Make a comparison of two fractions cost its steps, by the longest of the four integers. */
function comparing(compare) {
  return (budget, a, b) => {
    charge(budget, STEPS.comparison[Math.max(rank(a.n), rank(a.d), rank(b.n), rank(b.d))]);
    return compare(a, b);
  };
}

const isLess = comparing(less);
const isEqual = comparing(equal);

/** Compare two numbers or two texts; a truth value, or one of each, is of the wrong kind. */
function same(budget, [a, b]) {
  if (typeof a === "string" && typeof b === "string") return a === b;
  numbers([a, b]);
  return isEqual(budget, a, b);
}

/** Apply an operation to numbers from left to right, starting with the first. */
function fold(operation) {
  return (budget, values) => numbers(values).reduce((a, b) => operation(budget, a, b));
}

/** Apply a function to exactly two numbers. */
function pair(work) {
  return (budget, values) => work(budget, ...numbers(values));
}

/** Operators whose arguments are all evaluated first: fewest and most arguments, and what they do. */
const OPERATORS = new Map([
  ["+", { least: 2, most: MOST.arguments, apply: fold(add) }],
  ["*", { least: 2, most: MOST.arguments, apply: fold(multiply) }],
  ["-", { least: 2, most: 2, apply: pair(subtract) }],
  ["/", { least: 2, most: 2, apply: pair(divide) }],
  ["min", { least: 1, most: MOST.arguments, apply: fold((budget, a, b) => (isLess(budget, b, a) ? b : a)) }],
  ["max", { least: 1, most: MOST.arguments, apply: fold((budget, a, b) => (isLess(budget, a, b) ? b : a)) }],
  ["<", { least: 2, most: 2, apply: pair((budget, a, b) => isLess(budget, a, b)) }],
  ["<=", { least: 2, most: 2, apply: pair((budget, a, b) => !isLess(budget, b, a)) }],
  [">", { least: 2, most: 2, apply: pair((budget, a, b) => isLess(budget, b, a)) }],
  [">=", { least: 2, most: 2, apply: pair((budget, a, b) => !isLess(budget, a, b)) }],
  ["=", { least: 2, most: 2, apply: same }],
  ["!=", { least: 2, most: 2, apply: (budget, values) => !same(budget, values) }],
  ["and", { least: 2, most: MOST.arguments, apply: (_, values) => truths(values).every(Boolean) }],
  ["or", { least: 2, most: MOST.arguments, apply: (_, values) => truths(values).some(Boolean) }],
  ["not", { least: 1, most: 1, apply: (_, values) => !truths(values)[0] }],
]);

/** Forms that are not like the operators above: how each is read. */
const FORMS = new Map([
  ["ref", readReference],
  ["text", readConstantText],
  ["ratio", readConstantRatio],
  ["if", readChoice],
  ["lookup", readLookup],
]);

/**
 * Read an expression into a tree that is quick to evaluate, or refuse its form.
 *
 * @param {unknown} raw the expression as JSON
 * @param {object} scope `nodes` and `tables` of the sheet; `before`: only nodes before this one may be named;
 *   `divides`: the expression is the whole of a node, where a division or a ratio may stand
 * @returns {{depth: number, run: function(object): Value}} `run` computes it, given the state of an evaluation
 */
function readExpression(raw, scope) {
  const expression = Array.isArray(raw) ? readArray(raw, scope) : readConstantNumber(raw);
  need(expression.depth <= MOST.depth, "E-SHEET-DEPTH");
  return expression;
}

function readConstantNumber(raw) {
  need(typeof raw === "string", "E-SHEET-FORM");
  return constant(readNumber(raw));
}

function constant(value) {
  return { depth: 1, run: (state) => (countStep(state), value) };
}

function readArray([name, ...rest], scope) {
  need(rest.length <= MOST.arguments, "E-SHEET-LIMIT");
  const inner = { ...scope, divides: false };
  const readForm = FORMS.get(name);
  if (readForm !== undefined) return readForm(rest, name === "ratio" ? scope : inner);
  const operator = OPERATORS.get(name);
  need(operator !== undefined && (name !== "/" || scope.divides), "E-SHEET-FORM");
  need(rest.length >= operator.least && rest.length <= operator.most, "E-SHEET-FORM");
  const parts = rest.map((part) => readExpression(part, inner));
  return {
    depth: 1 + Math.max(...parts.map((part) => part.depth)),
    run(state) {
      countStep(state);
      return operator.apply(state.budget, parts.map((part) => part.run(state)));
    },
  };
}

function readReference(rest, scope) {
  need(rest.length === 1 && typeof rest[0] === "string", "E-SHEET-FORM");
  const index = scope.nodes.get(rest[0]);
  need(index !== undefined && index < scope.before, "E-SHEET-REFERENCE");
  return { depth: 1, run: (state) => (countStep(state), state.values[index]) };
}

function readConstantText(rest) {
  need(rest.length === 1, "E-SHEET-FORM");
  return constant(readText(rest[0]));
}

function readConstantRatio(rest, scope) {
  need(scope.divides && rest.length === 2, "E-SHEET-FORM");
  return constant(readRatio(rest[0], rest[1]));
}

function readChoice(rest, scope) {
  need(rest.length === 3, "E-SHEET-FORM");
  const [condition, yes, no] = rest.map((part) => readExpression(part, scope));
  return {
    depth: 1 + Math.max(condition.depth, yes.depth, no.depth),
    run(state) {
      countStep(state);
      const [chosen] = truths([condition.run(state)]);
      return (chosen ? yes : no).run(state);
    },
  };
}

function readLookup(rest, scope) {
  need(rest.length === 2 && typeof rest[0] === "string", "E-SHEET-FORM");
  const table = scope.tables.get(rest[0]);
  need(table !== undefined, "E-SHEET-REFERENCE");
  const key = readExpression(rest[1], scope);
  return {
    depth: 1 + key.depth,
    run(state) {
      countStep(state);
      const wanted = key.run(state);
      need(typeof wanted === "string", "E-SHEET-TYPE");
      const found = table.get(wanted);
      need(found !== undefined, "E-SHEET-LOOKUP");
      return found;
    },
  };
}

/** Count the step that every expression costs when its evaluation begins. */
function countStep(state) {
  charge(state.budget, STEPS.expression);
}

// --------------------------------------------------------------------------------------- 4 The document

/** Check the form of the whole document and read it into what an evaluation needs. */
function readSheet(document) {
  need(!has(document, "sheet") || document.sheet === VERSION, "E-SHEET-VERSION");
  const keys = ["sheet", "info", "unit", "rounding", "stages", "gwp", "tables", "nodes", "checks", "terms"];
  readRecord(document, [...keys, "beside", "alternatives"]);
  const scope = { nodes: new Map(), tables: readTables(document.tables), before: 0, divides: false };
  const nodes = readNodes(document.nodes, scope);
  scope.before = nodes.length;
  const stages = readStages(document.stages);
  return {
    unit: readText(document.unit),
    digits: readRounding(document.rounding),
    stages: [...stages.keys()],
    nodes,
    checks: readItems(document.checks, ["expr"], MOST.checks, ({ id, expr }) => ({
      id,
      expr: readExpression(expr, scope),
    })),
    terms: readTerms(document.terms, scope, stages, readGwp(document.gwp)),
    beside: readItems(document.beside, ["unit", "expr"], MOST.beside, ({ id, unit, expr }) => {
      readText(unit);
      return { id, expr: readExpression(expr, scope) };
    }),
    alternatives: readAlternatives(document.alternatives, scope),
  };
}

function has(record, key) {
  return Object.prototype.hasOwnProperty.call(record, key);
}

/** Insist on an object with exactly these keys; its `info` is looked at here and nowhere else. */
function readRecord(record, keys) {
  need(isRecord(record), "E-SHEET-FORM");
  need(Object.keys(record).length === keys.length && keys.every((key) => has(record, key)), "E-SHEET-FORM");
  if (keys.includes("info")) {
    need(isRecord(record.info), "E-SHEET-FORM");
    refuseNumbers(record.info);
  }
}

function refuseNumbers(value) {
  need(typeof value !== "number", "E-SHEET-FORM");
  if (typeof value === "object" && value !== null) Object.values(value).forEach(refuseNumbers);
}

function readText(text) {
  need(typeof text === "string" && text.length <= MOST.characters, "E-SHEET-FORM");
  return text;
}

function readId(id) {
  need(typeof id === "string" && ID.test(id), "E-SHEET-FORM");
  return id;
}

/** Read an array of records with `id`, `info` and more keys; ids must differ. */
function readItems(items, keys, most, readItem) {
  need(Array.isArray(items), "E-SHEET-FORM");
  need(items.length <= most, "E-SHEET-LIMIT");
  const seen = new Set();
  return items.map((item, index) => {
    readRecord(item, ["id", "info", ...keys]);
    need(!seen.has(readId(item.id)), "E-SHEET-REFERENCE");
    seen.add(item.id);
    return readItem(item, index);
  });
}

function readRounding(rounding) {
  readRecord(rounding, ["digits", "mode"]);
  const { digits, mode } = rounding;
  need(Number.isInteger(digits) && digits >= 1 && digits <= MOST.digits, "E-SHEET-FORM");
  need(mode === "half-even", "E-SHEET-FORM");
  return digits;
}

/** Read the stages into a map from id to position. */
function readStages(stages) {
  need(Array.isArray(stages) && stages.length >= 1, "E-SHEET-FORM");
  need(stages.length <= MOST.stages, "E-SHEET-LIMIT");
  const positions = new Map(stages.map((id, index) => [readId(id), index]));
  need(positions.size === stages.length, "E-SHEET-REFERENCE");
  return positions;
}

/** Read an object of numbers into a map; how its keys are read differs. */
function readNumbers(record, readKey, most) {
  need(isRecord(record), "E-SHEET-FORM");
  const rows = Object.entries(record);
  need(rows.length <= most, "E-SHEET-LIMIT");
  return new Map(rows.map(([key, text]) => [readKey(key), readNumber(text)]));
}

function readTables(tables) {
  need(isRecord(tables), "E-SHEET-FORM");
  const names = Object.keys(tables);
  need(names.length <= MOST.tables, "E-SHEET-LIMIT");
  return new Map(names.map((name) => [readId(name), readNumbers(tables[name], readText, MOST.rows)]));
}

function readGwp(gwp) {
  need(isRecord(gwp), "E-SHEET-FORM");
  return new Map(
    Object.keys(gwp).map((origin) => {
      need(ORIGINS.includes(origin), "E-SHEET-FORM");
      return [origin, readNumbers(gwp[origin], readId, Infinity)];
    }),
  );
}

function readNodes(nodes, scope) {
  return readItems(nodes, ["unit", "expr"], MOST.nodes, ({ id, unit, expr }, index) => {
    readText(unit);
    const read = readExpression(expr, { ...scope, before: index, divides: true });
    scope.nodes.set(id, index); // only now, so that a node cannot name itself or a later one
    return { id, expr: read };
  });
}

function readTerms(terms, scope, stages, gwp) {
  const keys = ["stage", "process", "unit", "amount", "factor"];
  return readItems(terms, keys, MOST.terms, ({ id, stage, process, unit, amount, factor }) => {
    readText(process);
    readText(unit);
    need(typeof stage === "string", "E-SHEET-FORM");
    need(stages.has(stage), "E-SHEET-REFERENCE");
    return {
      id,
      stage: stages.get(stage),
      amount: readExpression(amount, scope),
      factor: readFactor(factor, gwp),
    };
  });
}

function readFactor(factor, gwp) {
  need(Array.isArray(factor) && factor.length >= 1, "E-SHEET-FORM");
  need(factor.length <= MOST.entries, "E-SHEET-LIMIT");
  return factor.map((entry) => readEntry(entry, gwp));
}

/** Read `[origin, gas, number]`, perhaps tagged "aircraft". */
function readEntry(entry, gwp) {
  need(Array.isArray(entry) && (entry.length === 3 || entry.length === 4), "E-SHEET-FORM");
  const [origin, gas, number, tag] = entry;
  need(typeof origin === "string" && typeof gas === "string", "E-SHEET-FORM");
  const tagged = entry.length === 4;
  need(!tagged || (tag === "aircraft" && origin === "fossil"), "E-SHEET-FORM");
  const gases = gwp.get(origin);
  need(gases !== undefined && gases.has(gas), "E-SHEET-REFERENCE");
  return { origin: ORIGINS.indexOf(origin), value: readNumber(number), gwp: gases.get(gas), aircraft: tagged };
}

function readAlternatives(alternatives, scope) {
  return readItems(alternatives, ["kind", "set"], MOST.alternatives, ({ id, kind, set }) => {
    need(KINDS.includes(kind) && isRecord(set), "E-SHEET-FORM");
    const overrides = new Map();
    for (const [node, expr] of Object.entries(set)) {
      const index = scope.nodes.get(node);
      need(index !== undefined, "E-SHEET-REFERENCE");
      overrides.set(index, readExpression(expr, { ...scope, before: index, divides: true }));
    }
    return { id, kind, overrides };
  });
}

// ---------------------------------------------------------------------------------------- 5 Evaluation

/** Evaluate a sheet whose form is right; the order of the steps decides which error is the first. */
function compute(sheet) {
  const budget = { steps: 0 };
  const state = { budget, values: [] };
  const sums = runModel(sheet, state, new Map(), "");
  const beside = sheet.beside.map(({ id, expr }) => {
    const [value] = at(`beside/${id}`, () => numbers([keep(budget, expr.run(state))]));
    return [id, value];
  });
  const totals = at("totals", () => addTotals(sheet, sums.cells, budget));
  const alternatives = sheet.alternatives.map(({ id, kind, overrides }) => {
    const place = `alternatives/${id}/`;
    const changed = runModel(sheet, { budget, values: [] }, overrides, place);
    return { id, kind, value: at(`${place}totals`, () => addTotals(sheet, changed.cells, budget)).value };
  });
  return present(sheet, { values: state.values, sums, beside, totals, alternatives });
}

/** Count the steps of a value that is kept: of a node, of a term, of a figure beside. Only numbers cost any. */
function keep(budget, value) {
  return isNumber(value) ? charged(budget, STEPS.value, value) : value;
}

/** Evaluate nodes, checks and terms once, with some nodes' expressions replaced. */
function runModel(sheet, state, overrides, place) {
  sheet.nodes.forEach(({ id, expr }, index) => {
    const chosen = overrides.has(index) ? overrides.get(index) : expr;
    state.values.push(at(`${place}nodes/${id}`, () => keep(state.budget, chosen.run(state))));
  });
  for (const { id, expr } of sheet.checks) {
    at(`${place}checks/${id}`, () => {
      const [residual] = numbers([expr.run(state)]);
      need(residual.n === 0n, "E-SHEET-RESIDUAL");
    });
  }
  const sums = { terms: [], cells: sheet.stages.map(() => ORIGINS.map(() => ZERO)), aircraft: ZERO };
  for (const term of sheet.terms) at(`${place}terms/${term.id}`, () => addTerm(term, state, sums));
  return sums;
}

/** Add what one term contributes to itself, to the cells of its stage, and to the aircraft's share. */
function addTerm(term, state, sums) {
  const { budget } = state;
  const [amount] = numbers([term.amount.run(state)]);
  const cells = sums.cells[term.stage];
  let total = ZERO;
  for (const { origin, value, gwp, aircraft } of term.factor) {
    charge(budget, STEPS.entry);
    const contribution = multiply(budget, multiply(budget, amount, value), gwp);
    total = add(budget, total, contribution);
    cells[origin] = add(budget, cells[origin], contribution);
    if (aircraft) sums.aircraft = add(budget, sums.aircraft, contribution);
  }
  sums.terms.push(keep(budget, total));
}

/** Sum the cells by stage, by origin and altogether. */
function addTotals(sheet, cells, budget) {
  const sum = (fractions) => fractions.reduce((a, b) => add(budget, a, b), ZERO);
  const stages = cells.map(sum);
  const origins = ORIGINS.map((_, column) => sum(cells.map((row) => row[column])));
  const value = sum(stages);
  // Where all is of one origin, that origin's sum is the value: as one object it is reduced and written only once.
  return { stages, origins: origins.map((part) => (part.n === value.n && part.d === value.d ? value : part)), value };
}

// -------------------------------------------------------------------------------------------- 6 Result

/** Put the result into the shape that is compared, digit by digit, with what a package declares. */
function present(sheet, { values, sums, beside, totals, alternatives }) {
  const axes = alternatives.filter(({ kind }) => kind === "axis").map(({ value }) => value);
  const range = [totals.value, ...axes];
  return {
    value: formatExact(totals.value),
    declared: roundSignificant(totals.value, sheet.digits),
    unit: sheet.unit,
    interval: {
      low: formatExact(range.reduce((a, b) => (less(b, a) ? b : a))),
      high: formatExact(range.reduce((a, b) => (less(a, b) ? b : a))),
    },
    stages: byId(sheet.stages, (_, row) => ({
      total: formatExact(totals.stages[row]),
      ...byId(ORIGINS, (_origin, column) => formatExact(sums.cells[row][column])),
    })),
    origins: byId(ORIGINS, (_, column) => formatExact(totals.origins[column])),
    aircraft: formatExact(sums.aircraft),
    nodes: byId(sheet.nodes.map(({ id }) => id), (_, index) => formatValue(values[index])),
    terms: byId(sheet.terms.map(({ id }) => id), (_, index) => formatExact(sums.terms[index])),
    beside: Object.fromEntries(beside.map(([id, value]) => [id, formatExact(value)])),
    alternatives: Object.fromEntries(alternatives.map(({ id, value }) => [id, formatExact(value)])),
  };
}

function byId(ids, work) {
  return Object.fromEntries(ids.map((id, index) => [id, work(id, index)]));
}

function formatValue(value) {
  return isNumber(value) ? formatExact(value) : value;
}

/** Texts already written: a total over one cell is that cell, and reducing 40,000 bits once is enough. */
const written = new WeakMap();

/**
 * Write a fraction exactly: as a plain decimal where 60 places are enough, else as p/q in lowest terms.
 *
 * @param {Fraction} fraction
 * @returns {string}
 */
export function formatExact(fraction) {
  if (!written.has(fraction)) written.set(fraction, writeFraction(fraction));
  return written.get(fraction);
}

function writeFraction({ n, d }) {
  if (d === 1n) return n.toString();
  // d divides 10^60 just where it is 2^a·5^b with a and b up to 60; most need no reduction to show it.
  if (SCALE % d === 0n) return writeDecimal(n * (SCALE / d), PLACES);
  const common = gcd(n, d);
  const [p, q] = [n / common, d / common];
  return SCALE % q === 0n ? writeDecimal(p * (SCALE / q), PLACES) : `${p}/${q}`;
}

/** Write integer × 10^-places without exponent and without zeros at the end of the fraction. */
function writeDecimal(integer, places) {
  const sign = integer < 0n ? "-" : "";
  const digits = (integer < 0n ? -integer : integer).toString().padStart(places + 1, "0");
  const point = digits.length - places;
  let end = digits.length;
  while (end > point && digits[end - 1] === "0") end -= 1;
  return sign + digits.slice(0, point) + (end > point ? "." + digits.slice(point, end) : "");
}

/**
 * Round a fraction to some significant digits, half to even (GB/T 8170), and write it as a plain decimal.
 *
 * @param {Fraction} fraction
 * @param {number} digits how many, at least 1
 * @returns {string}
 */
export function roundSignificant({ n, d }, digits) {
  if (n === 0n) return "0";
  const size = n < 0n ? -n : n;
  const places = digits - 1 - leadingPower(size, d);
  const dividend = places > 0 ? size * 10n ** BigInt(places) : size;
  const divisor = places < 0 ? d * 10n ** BigInt(-places) : d;
  let rounded = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  if (twice > divisor || (twice === divisor && rounded % 2n === 1n)) rounded += 1n;
  const signed = n < 0n ? -rounded : rounded;
  return places > 0 ? writeDecimal(signed, places) : (signed * 10n ** BigInt(-places)).toString();
}

/** Return e with 10^e <= n/d < 10^(e+1), for n > 0. */
function leadingPower(n, d) {
  // The lengths in base 16 give e to within two or three; comparing exactly settles it.
  let power = Math.floor((n.toString(16).length - d.toString(16).length) * Math.log10(16));
  while (!reaches(n, d, power)) power -= 1;
  while (reaches(n, d, power + 1)) power += 1;
  return power;
}

/** Tell whether n/d >= 10^power. */
function reaches(n, d, power) {
  return power >= 0 ? n >= d * 10n ** BigInt(power) : n * 10n ** BigInt(-power) >= d;
}

/**
 * Read back a figure that `formatExact` or `roundSignificant` wrote, so that the page can compute with it.
 *
 * @param {string} text a plain decimal, or p/q
 * @returns {Fraction}
 */
export function parseExact(text) {
  const [p, q] = text.split("/");
  return q === undefined ? parseDecimal(p) : { n: BigInt(p), d: BigInt(q) };
}
