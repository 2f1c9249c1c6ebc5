/**
 * The public page of a certificate: fetch, ask `check.js`, show. All judgement is there; here are only the page and its words.
 *
 * The words come from the page itself, in its one language. Nothing is ever put into the page as markup.
 */
import { checkLater, checkLists, checkRecognition, checkRecord, decide } from "./check.js";
import { explain, remedy, said, sentence as brokenSentence } from "./explain.js";
import { legalDay } from "./moments.js";
import { toldChain } from "./recognise.js";

const TIME_LIMIT = 20_000; // [ms] a sound package takes well below one second
const FIRST_ROWS = 20;
const MOST = {
  token: 400_000,
  event: 65_536,
  proof: 2_000_000,
  trust: 1_000_000,
  log: 17_000_000,
  around: 400_000,
  listing: 4_000_000,
  package: 64 * 1024 * 1024,
};
const SMALL = ["signature", "page", "validity", "recognition", "lists", "log", "status"];
const LARGE = ["package", "recompute"];
const ORDER = [...SMALL, ...LARGE];
const ICONS = {
  authentic: "shield",
  verified: "shield-check",
  "package-tampered": "package",
  "recompute-differs": "differs",
  "signature-invalid": "pen",
  "page-differs": "differs",
  "not-in-log": "chain",
  "log-rewritten": "chain",
  "not-witnessed": "chain",
  "status-invalid": "pen",
  "records-invalid": "pen",
  "not-entitled": "ban",
  "entitlement-ended": "ban",
  suspended: "ban",
  withdrawn: "ban",
  cancelled: "ban",
  unverifiable: "question",
  "status-unknown": "question",
  "entitlement-unknown": "question",
};
const KINDS = {
  authentic: "good",
  verified: "best",
  unverifiable: "unknown",
  "status-unknown": "caution",
  "entitlement-unknown": "caution",
};
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,12}(?:Z|[+-][0-9]{2}:[0-9]{2})$/;
const ENDED = ["expired", "not-yet", "suspended", "withdrawn", "cancelled", "entitlement-ended"];

const data = JSON.parse(document.getElementById("page-data").textContent);
const subtle = globalThis.crypto && globalThis.crypto.subtle;
const shown = { results: new Map(), read: null, inclusion: null, event: null, tree: new Map() };

// ------------------------------------------------------------------------------------------------ words

/** Return a text of the page with its braces filled; a text that is missing shows its name. */
function say(key, values = {}) {
  const text = data.texts[key];
  return text === undefined ? key : text.replace(/\{(\w+)\}/g, (whole, name) => spoken(values[name]) ?? whole);
}

/** Return a value in the language of the page, an age in its units, and a time by the clock of this device. */
function spoken(value) {
  if (value !== null && typeof value === "object") {
    return value.unit === undefined ? value[data.lang] : say(`ui.age_${value.unit}`, { count: value.count });
  }
  return typeof value === "string" && TIME.test(value) ? localTime(new Date(value)) : value;
}

/** Return the plain sentence about a result: of its code where there is one, else of its check and state. */
function sentence({ id, state, code, detail = {}, both = null }) {
  if (both !== null) return explain(both, data.lang, say).map(asSentence).join(data.lang === "en" ? " " : "");
  const stale = id === "lists" && state === "passed" && !detail.fresh;
  if (stale) return [say("check.lists.passed", detail), say("ui.lists_stale")].join(data.lang === "en" ? " " : "");
  const special = code !== "" && data.texts[`code.${code}`] !== undefined;
  return say(special ? `code.${code}` : `check.${id}.${state}`, detail);
}

/** Return a clause as a sentence of its own. */
function asSentence(text) {
  return data.lang === "en" ? `${text[0].toUpperCase()}${text.slice(1)}.` : `${text}。`;
}

// ------------------------------------------------------------------------------------------------ page

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

function setState(state) {
  document.body.dataset.state = state;
}

function showVerdict() {
  const { id, because } = decide([...shown.results.values()]);
  const kind = KINDS[id] ?? (ENDED.includes(id) ? "caution" : "bad");
  const box = document.getElementById("verdict");
  document.body.dataset.verdict = id;
  document.body.dataset.kind = kind;
  box.querySelector(".verdict-icon").replaceChildren(icon(ICONS[id] ?? "clock"));
  box.querySelector("h1").replaceChildren(...clauses(say(`verdict.${id}.title`)));
  box.querySelector(".lead").textContent = say(`verdict.${id}.lead`);
  const reason = box.querySelector(".reason");
  reason.hidden = kind === "good" || kind === "best";
  reason.textContent = reason.hidden ? "" : sentence(shown.results.get(because));
  box.querySelector(".asof").replaceChildren(...ages().map((text) => element("span", {}, text)));
  document.getElementById("struck").hidden = kind !== "bad";
  document.title = `${say(`verdict.${id}.title`)} · ${data.title}`;
}

/** Return a Chinese headline in parts that break only after a comma, never within a word. */
function clauses(text) {
  return (text.match(/[^，]+，?/g) ?? [text]).map((part) => element("span", { class: "clause" }, part));
}

/** Return when this was checked, and how old the newest entry of the log and the older of the status lists are. */
function ages() {
  const now = new Date();
  const texts = [say("ui.checked_at", { time: localTime(now) })];
  const newest = shown.results.get("status")?.detail?.newest;
  const time = newest ? new Date(newest) : null;
  if (time && !Number.isNaN(time.getTime())) {
    const days = Math.floor((now - time) / 86_400_000);
    texts.push(say(days < 1 ? "ui.log_today" : "ui.log_age", { time: localTime(time), days }));
  }
  const { asOf, age } = shown.results.get("lists")?.detail ?? {};
  if (asOf && age) texts.push(say("ui.lists_age", { time: asOf, age }));
  return texts;
}

function localTime(time) {
  const two = (number) => String(number).padStart(2, "0");
  return `${localDay(time)} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function localDay(time) {
  const two = (number) => String(number).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function showResult(result) {
  shown.results.set(result.id, result);
  const row = document.getElementById(`check-${result.id}`);
  row.hidden = false;
  row.dataset.state = result.state;
  const details = row.querySelector("details");
  const open = details !== null && details.open;
  const head = element("span", { class: "check-head" }, element("b", {}, say(`check.${result.id}.name`)));
  head.append(element("span", { class: "state" }, say(`state.${result.state}`)));
  const body = element("div", { class: "check-body" }, head, element("p", {}, sentence(result)));
  if (result.both) body.append(chainOf(result.both));
  const more = expertDetail(result);
  if (more !== null) {
    more.open = open;
    body.append(more);
  }
  row.replaceChildren(icon(`s-${result.state}`), body);
}

function expertDetail({ code, detail = {} }) {
  const list = element("dl", { class: "expert" });
  const add = (label, value) => list.append(element("dt", {}, label), element("dd", {}, String(value)));
  if (code) add(say("ui.code"), code);
  for (const [key, value] of Object.entries(detail)) {
    if (value !== "" && data.texts[`detail.${key}`] !== undefined) add(say(`detail.${key}`), value[data.lang] ?? value);
  }
  if (list.childElementCount === 0) return null;
  return element("details", {}, element("summary", {}, say("ui.expert")), list);
}

// ------------------------------------------------------------------------------------------------ recognition

const PLAIN = ["giver", "owner", "authority", "holder", "name", "number", "key", "rule", "scheme"];

/** Return the chain that is told, edge by edge, each to be opened. */
function chainOf(both) {
  const chain = toldChain(both) ?? both.now;
  const edges = chain.edges.map((edge) => edgeOf(edge));
  const title = element("p", { class: "chain-title" }, say("ui.chain", { at: chain.at }));
  return element("div", { class: "chain" }, title, element("ol", { class: "edges" }, ...edges));
}

function edgeOf(edge) {
  const { name, verdict, record } = edge;
  const head = [
    icon({ ok: "s-passed", broken: "s-failed" }[verdict] ?? "s-pending"),
    element("span", { class: "edge-name" }, say(`edge.${name}`), ...partyOf(edge)),
    element("span", { class: "state" }, say(`recognise.verdict.${verdict}`)),
  ];
  const row = element("li", { "data-verdict": verdict, "data-edge": name });
  if (record === null && edge.code === null) {
    row.append(element("p", { class: "edge-head" }, ...head));
    return row;
  }
  const inside = element("details", {}, element("summary", { class: "edge-head" }, ...head));
  if (edge.code !== null) {
    inside.open = true;
    const advice = element("b", {}, say("ui.remedy"));
    inside.append(
      element("p", { class: "broken" }, asSentence(brokenSentence(edge, data.lang, say))),
      element("p", {}, advice, data.lang === "en" ? ": " : "：", asSentence(remedy(edge, data.lang, say))),
    );
  }
  if (record !== null) inside.append(recordFacts(record));
  row.append(inside);
  return row;
}

/** Return who stands behind an edge, where its record names somebody. */
function partyOf({ name, record }) {
  if (record === null || name === "key") return [];
  const who = name === "body" ? record.holder.name : (record.giver?.name ?? record.name ?? record.authority?.name);
  return who === undefined ? [] : [element("small", {}, who[data.lang])];
}

/** Return what a record says, in the words of this page. */
function recordFacts(record) {
  const list = element("dl", { class: "expert" });
  const add = (label, ...values) => {
    list.append(element("dt", {}, say(`record.${label}`)));
    values.forEach((value) => list.append(element("dd", {}, value)));
  };
  add("kind", `${say(`recognise.word.${record.kind}`)} ${record.id}`);
  for (const field of PLAIN) {
    const value = record[field] ?? null;
    if (value !== null) add(field, typeof value === "string" ? value : (value.name ?? value)[data.lang]);
  }
  if (record.first !== undefined) add("term", termOf(record));
  if (record.scopes) add("scopes", ...record.scopes.map(scopeText));
  if (record.changes?.length > 0) add("changes", ...record.changes.map(changeText));
  add("known", record.known);
  add("stated_by", record.stated_by);
  return list;
}

function termOf({ first, last }) {
  return last === null ? say("ui.holds", { first }) : say("ui.holds_until", { first, last });
}

function scopeText(scope) {
  const items = (name) => scope[name].map((pattern) => (pattern === "*" ? { word: "any" } : pattern));
  const dimensions = ["activities", "schemes", "categories", "places"];
  const values = Object.fromEntries(dimensions.map((name) => [name, said(items(name), data.lang, say)]));
  return `${say("ui.scope", values)} (${termOf(scope)})`;
}

function changeText({ kind, on, known, reason }) {
  const text = say("ui.change", { kind: say(`changed.${kind}`), on, known });
  return reason === null ? text : `${text} ${reason[data.lang]}`;
}

function showRaw(id, text) {
  const pre = document.querySelector(`#${id} pre`);
  pre.textContent = text;
  document.getElementById(id).hidden = false;
}

// ------------------------------------------------------------------------------------------------ fetch

/**
 * Fetch a file beside the page, up to a size.
 *
 * @returns {Promise<Uint8Array | null | undefined>} null where the server has none, undefined where it could not be asked
 */
async function fetchFile(path, most, cache = "default") {
  try {
    const answer = await fetch(path, { cache, credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" });
    if (answer.status === 404 || answer.status === 410) return null;
    if (!answer.ok) return undefined;
    return await readUpTo(answer, most);
  } catch {
    return undefined;
  }
}

async function readUpTo(answer, most) {
  const reader = answer.body.getReader();
  const pieces = [];
  let length = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    length += step.value.length;
    if (length > most) {
      await reader.cancel();
      return undefined;
    }
    pieces.push(step.value);
  }
  const whole = new Uint8Array(length);
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}

// ------------------------------------------------------------------------------------------------ checks

/** Return what the page shows, by the name of each fact. */
function pageFacts() {
  const facts = {};
  for (const item of document.querySelectorAll("[data-fact]")) {
    const name = item.dataset.fact;
    // One fact may stand in several places; a second text for it can then equal no certificate.
    const text = item.dataset.exact ?? figureText(name, item.textContent.trim());
    facts[name] = name in facts && facts[name] !== text ? `${facts[name]} | ${text}` : text;
  }
  const place = /\/c\/([^/]+)\/(?:en\/)?(?:index\.html)?$/.exec(location.pathname);
  if (place && decodeURIComponent(place[1]) !== facts.number) facts.number += ` | ${decodeURIComponent(place[1])}`;
  return facts;
}

/** Return a figure as it is signed: the page writes a true minus sign, the certificate a hyphen. */
function figureText(name, text) {
  const figure = name === "value" || name === "shown" || name === "base-value" || name.startsWith("stage:");
  return figure ? text.replace("−", "-") : text;
}

async function checkSmallFiles() {
  const here = data.here;
  readTree("recognition/index.json"); // wanted soon; nothing before it says so
  const [token, event, proof, trust] = await Promise.all([
    fetchFile(`${here}certificate.jwt`, MOST.token),
    fetchFile(`${here}event.json`, MOST.event),
    fetchFile(`${here}proof.txt`, MOST.proof),
    fetchFile(`${data.root}trust.json`, MOST.trust),
  ]);
  const context = { facts: pageFacts(), today: legalDay(Date.now()), subtle };
  const found = await checkRecord({ token, event, proof, trust }, context);
  found.results.forEach(showResult);
  Object.assign(shown, { read: found.read, inclusion: found.inclusion, event });
  if (found.read) showRaw("raw-certificate", JSON.stringify(found.read.credential, null, 2));
  if (event) showRaw("raw-event", new TextDecoder().decode(event));
  if (proof) showRaw("raw-proof", new TextDecoder().decode(proof));
  return { found, today: context.today };
}

/** Ask what lies around the certificate, and what the log says since; the three do not depend on each other. */
async function checkAround({ found, today }) {
  await Promise.all([
    checkRecognition(found, readTree, { today, now: Date.now(), readLog, subtle }).then(showResult),
    checkLists(found, readTree, { now: Date.now(), subtle }).then(showResult),
    checkStatus(),
  ]);
}

/** Read a status list or a recognition record, once a visit; both may have changed since the last. */
function readTree(path) {
  const most = path.endsWith(".json") ? MOST.listing : MOST.around;
  if (!shown.tree.has(path)) shown.tree.set(path, fetchFile(`${data.root}${path}`, most, "no-cache"));
  return shown.tree.get(path);
}

/** Read a file of the log; an answer that never came is not the same as a file that is not there. */
async function readLog(path) {
  const cache = path === "checkpoint" ? "no-store" : "default";
  return (await fetchFile(`${data.root}log/${path}`, MOST.log, cache)) ?? null;
}

async function checkStatus() {
  const number = shown.read ? shown.read.certificate.number : data.number;
  const known = { number, event: shown.event, inclusion: shown.inclusion };
  showResult(await checkLater(known, readLog, subtle));
}

/** Run the checks that need no more than a few kilobytes. */
async function runSmall() {
  setState("running");
  SMALL.forEach((id) => showResult({ id, state: "running", code: "" }));
  LARGE.forEach((id) => showResult({ id, state: "pending", code: "" }));
  await checkAround(await checkSmallFiles());
  showVerdict();
  document.getElementById("recompute").disabled = shown.read === null;
  setState("done");
}

/** Do the rest in a worker, or say why it could not be done. */
function inWorker(message) {
  return new Promise((resolve) => {
    let worker;
    const end = (answer) => {
      if (worker) worker.terminate();
      resolve(answer);
    };
    try {
      worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    } catch {
      end(nothing("E-PAGE-WORKER"));
      return;
    }
    const timer = setTimeout(() => end(nothing("E-PAGE-TIMEOUT", { seconds: TIME_LIMIT / 1000 })), TIME_LIMIT);
    worker.addEventListener("error", () => (clearTimeout(timer), end(nothing("E-PAGE-WORKER"))));
    worker.addEventListener("message", ({ data: answer }) => {
      clearTimeout(timer);
      end(answer.fault ? nothing("E-PAGE-FAULT") : answer);
    });
    worker.postMessage(message, [message.data]);
  });
}

function nothing(code, detail = {}) {
  return { results: LARGE.map((id) => ({ id, state: "unavailable", code, detail })), report: null };
}

/** Fetch the package, recompute, show. */
async function runRecompute() {
  const button = document.getElementById("recompute");
  button.disabled = true;
  button.querySelector("span").textContent = say("ui.working");
  setState("working");
  LARGE.forEach((id) => showResult({ id, state: "running", code: "" }));
  document.getElementById("outcome").replaceChildren();
  const file = await fetchFile(`${data.here}package.footproof`, MOST.package);
  const start = performance.now();
  const answer = await recomputed(file);
  answer.results.forEach(showResult);
  const sound = answer.results.every(({ state }) => state === "passed");
  if (answer.report) showReport(answer.report, Math.max(1, Math.round(performance.now() - start)), sound);
  showVerdict();
  button.disabled = false;
  button.querySelector("span").textContent = say("ui.again");
  setState("done");
}

function recomputed(file) {
  if (file === undefined) return nothing("E-PAGE-UNREACHABLE", { file: "package.footproof" });
  if (file === null) return nothing("E-PAGE-MISSING", { file: "package.footproof" });
  return inWorker({ data: file.buffer, certificate: shown.read.certificate });
}

// ------------------------------------------------------------------------------------------------ report

function showReport(report, ms, sound) {
  const outcome = document.getElementById("outcome");
  const lines = [
    `${say("ui.from_terms", report)}${data.lang === "en" ? " " : ""}${say("ui.took", { ms })}`,
    say("ui.inputs", { single: report.single, share: report.singleShare }),
  ];
  if (report.hidden > 0) lines.push(say("ui.withheld", report));
  if (report.weak > 0) lines.push(say("ui.weak", report));
  outcome.dataset.sound = String(sound);
  outcome.replaceChildren(
    element("p", { class: "result" }, element("b", {}, report.declared), " ", unitText(report.unit)),
    ...lines.map((line) => element("p", {}, line)),
    element("details", {}, element("summary", {}, say("ui.exact")), element("p", { class: "long" }, report.value)),
  );
  showTerms(report);
}

/** Return a unit with the 2 of CO2e lowered. */
function unitText(unit) {
  const pieces = unit.split("CO2");
  return element("span", {}, pieces[0], ...pieces.slice(1).flatMap((piece) => ["CO", element("sub", {}, "2"), piece]));
}

const COLUMNS = [
  { key: "name", text: true },
  { key: "stage", text: true },
  { key: "amount" },
  { key: "factor" },
  { key: "sum", by: "size" },
  { key: "source", text: true },
  { key: "year" },
  { key: "confidence", text: true },
];

function showTerms(report) {
  const section = document.getElementById("terms");
  const state = { key: "sum", down: true, all: false };
  const body = element("tbody");
  const heads = COLUMNS.map((column) => headOf(column, state, () => draw()));
  const more = element("button", { type: "button", class: "plain", onclick: () => ((state.all = true), draw()) });
  more.textContent = say("ui.show_all", report);
  function draw() {
    const sorted = sortedRows(report.rows, state);
    body.replaceChildren(...sorted.slice(0, state.all ? sorted.length : FIRST_ROWS).map(rowOf));
    more.hidden = state.all || sorted.length <= FIRST_ROWS;
    heads.forEach((head, at) => head.setAttribute("aria-sort", sortOf(COLUMNS[at], state)));
  }
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body);
  section.querySelector(".holder").replaceChildren(
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("ui.terms") }, table),
    more,
  );
  draw();
  section.hidden = false;
}

function headOf(column, state, draw) {
  const sort = () => {
    state.down = state.key === column.key ? !state.down : !column.text;
    state.key = column.key;
    draw();
  };
  const button = element("button", { type: "button", onclick: sort }, say(`ui.col_${column.key}`));
  return element("th", { scope: "col", class: column.text ? "" : "figure-column" }, button);
}

function sortOf({ key }, state) {
  if (key !== state.key) return "none";
  return state.down ? "descending" : "ascending";
}

function sortedRows(rows, { key, down }) {
  const column = COLUMNS.find((item) => item.key === key);
  const value = (row) => (column.by ? row[column.by] : column.text ? String(spoken(row[key])) : Number(row[key]));
  const turn = down ? -1 : 1;
  const compare = column.text
    ? (a, b) => value(a).localeCompare(value(b), document.documentElement.lang)
    : (a, b) => (value(a) || 0) - (value(b) || 0);
  return [...rows].sort((a, b) => turn * compare(a, b));
}

function rowOf(row) {
  const confidence = row.confidence ? say(`confidence.${row.confidence}`) : "—";
  const last = element("td", { class: "confidence" });
  if (row.weak) last.append(element("span", { class: "weak" }, say("ui.weak_flag")), " ");
  last.append(confidence);
  const cells = [
    element("th", { scope: "row" }, spoken(row.name)),
    element("td", { class: "stage-name" }, spoken(row.stage)),
    figure("amount", row.amount, ` ${row.unit}`),
    figure("factor", row.factor),
    figure("sum", row.sum, row.share === "" ? "" : ` · ${row.share.replace("-", "−")} %`),
    element("td", { class: "source" }, spoken(row.source) || "—"),
    element("td", { class: "figure-column year" }, row.year || "—"),
    last,
  ];
  return element("tr", row.weak ? { class: "is-weak" } : {}, ...cells);
}

function figure(name, text, after = "") {
  const cell = element("td", { class: `figure-column ${name}` }, text === "" ? "—" : text.replace("-", "−"));
  if (after) cell.append(element("small", {}, after));
  return cell;
}

// ------------------------------------------------------------------------------------------------ start

/** Copy a text; off https there is no clipboard, so the text is selected instead. */
async function copy(button) {
  const target = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(target.dataset.exact ?? target.textContent.trim());
    button.textContent = say("ui.copied");
  } catch {
    const long = target.closest("details") ?? button.parentElement.querySelector("details");
    if (long) long.open = true;
    getSelection().selectAllChildren((long && long.querySelector("code")) ?? target);
  }
}

function start() {
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  });
  const button = document.getElementById("recompute");
  button.addEventListener("click", () => runRecompute().catch(fault));
  document.getElementById("live").hidden = false;
  runSmall().catch(fault);
}

/** A fault of this program ends without a verdict, and says so. */
function fault(problem) {
  ORDER.forEach((id) => {
    const state = shown.results.get(id)?.state;
    if (state === "running" || state === undefined) showResult({ id, state: "unavailable", code: "E-PAGE-FAULT" });
  });
  console.error(problem);
  showVerdict();
  setState("done");
}

start();
