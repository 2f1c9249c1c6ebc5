"""Look an edition over: everything that would surprise somebody who computes, checks or signs under it.

What the reader refuses comes first; then what can be read but is wrong: parts nobody uses, units that do not fit,
clauses without a test, texts that drift apart, examples that do not hold.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.expressions.dimension import infer
from footproof.expressions.parse import parse
from footproof.expressions.tree import references
from footproof.formats.toml import Path, parse_path, read_toml, show_path
from footproof.model.rulebook import Clause, ClauseKind, Rulebook, Status
from footproof.rules.cases import in_order, kinds_of, run_cases, table_units, unused_given
from footproof.rules.compile import word_inputs
from footproof.rules.drift import braces, figures_apart, wrong_language
from footproof.rules.lint_book import Book, Source
from footproof.rules.reach import alike, lookups, roots, texts_in
from footproof.rules.reading import CLAUSES, ITEMS, LOCK, RULE
from footproof.rules.rulebook import survey
from footproof.rules.sense import RECYCLING_NUMBERS
from footproof.units import ONE, Unit, unit

_KG = unit("kg")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend.

    Args:
        problem: Code, place and figures, worded by `footproof.texts`.
        clause: Clause it belongs to, or empty.
    """

    problem: FootproofError
    clause: str

    @property
    def code(self) -> str:
        """Return the code of the problem."""
        return self.problem.code


def lint(
    files: Mapping[str, bytes], parents: Callable[[str], Rulebook], facts: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """Return everything that is wrong with an edition, in the order of its files and lines.

    Args:
        files: Content by path inside the folder of the edition.
        parents: Gives an edition by name, for the parent.
        facts: Unit of each fact that a study can have, "text" or "truth"; None where they are not known here.

    Returns:
        Findings; none where the edition can be sealed.
    """
    rule, problems = survey(files, parents)
    sources = _sources(files)
    found = list(problems)
    found += _stray(files)
    found += chain.from_iterable(_drift(name, source) for name, source in sources.items())
    if rule is not None and RULE in sources and CLAUSES in sources:
        book = Book(rule, sources)
        for look in (_units, _clauses):
            found += look(book)
        found += _standing(book, parents)
        # Where a part could not be read, whatever needs it would be blamed for the same fault again.
        for look in () if book.broken() else (_dead, _options, _rows, _cases):
            found += look(book)
        found += _facts(book, facts) if facts is not None else []
    findings = {_key(problem): Finding(problem, _clause_of(problem.where, sources, rule)) for problem in found}
    return tuple(sorted(findings.values(), key=_order))


def _key(problem: FootproofError) -> str:
    return str(problem)


def _order(finding: Finding) -> tuple[int, str, int]:
    where = finding.problem.where
    if where is None:
        return -1, "", 0
    files = (RULE, CLAUSES)
    return files.index(where.file) if where.file in files else len(files), where.file, where.line or 0


def _sources(files: Mapping[str, bytes]) -> dict[str, Source]:
    found = {}
    for name, data in files.items():
        if name.endswith(".toml"):
            try:
                found[name] = Source(*read_toml(data, name))
            except FootproofError:  # the reader has said so
                continue
    return found


def _stray(files: Mapping[str, bytes]) -> Iterator[FootproofError]:
    for name in files:
        case = name.startswith("cases/") and name.endswith(".toml")
        if name not in (RULE, CLAUSES, LOCK) and not case and not name.endswith(".md"):
            yield FootproofError("E-LINT-FILE", Where(name), file=name)


def _clause_of(where: Where | None, sources: Mapping[str, Source], rule: Rulebook | None) -> str:
    """Return the clause that a place belongs to: the nearest `clause`, or the `id` inside clauses.toml."""
    if where is None or where.file not in sources:
        return ""
    value: Any = sources[where.file].values
    found = str(value.get("clause", "")) if isinstance(value.get("clause"), str) else ""
    formula = value.get("formula")
    if isinstance(formula, str) and rule is not None and formula in rule.formulas:
        found = rule.formulas[formula].clause
    for step in _steps(where.field or ""):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(value, dict):
            mark = "id" if where.file == CLAUSES else "clause"
            found = str(value.get(mark, found)) if isinstance(value.get(mark, found), str) else found
    return found


def _steps(field: str) -> Path:
    try:
        steps = parse_path(field)
    except ValueError:
        return ()
    return tuple(int(step) if isinstance(step, str) and step.isdigit() else step for step in steps)


# ---- texts


def _drift(name: str, source: Source) -> Iterator[FootproofError]:
    for path, record in _texts((), source.values):
        if set(record) != {"zh", "en"}:
            missing = "en" if "zh" in record else "zh"
            where = Where(name, source.lines(path), show_path(path))
            yield FootproofError("E-TEXT-LANGUAGE", where, key=path[-1], missing=missing)
            continue
        where = Where(name, source.lines(path), show_path(path))
        zh, en = figures_apart(record["zh"], record["en"])
        if zh or en:
            yield FootproofError("E-LINT-FIGURES", where, zh=_listed(zh), en=_listed(en))
        zh, en = braces(record["zh"]) - braces(record["en"]), braces(record["en"]) - braces(record["zh"])
        if zh or en:
            yield FootproofError("E-LINT-BRACES", where, zh=_listed(zh), en=_listed(en))
        for lang in wrong_language(record):
            yield FootproofError("E-LINT-LANGUAGE", where, lang=lang, text=record[lang][:60])


def _texts(path: Path, value: object) -> Iterator[tuple[Path, Mapping[str, str]]]:
    if isinstance(value, dict):
        if path and value and set(value) <= {"zh", "en"} and all(isinstance(item, str) for item in value.values()):
            yield path, value
            return
        for key, item in value.items():
            yield from _texts((*path, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts((*path, index), item)


def _listed(found: Collection[str]) -> str:
    return ", ".join(sorted(found)) or "–"


# ---- units


def _units(book: Book) -> Iterator[FootproofError]:
    rule = book.rule
    kinds, tables = kinds_of(rule), table_units(rule)
    wanted = [(book.at("formula", name, "expr"), name) for name in book.own("formula")]
    wanted += [(book.at("decision", name), name) for name in book.own("decision")]
    for place, name in wanted:
        if name in rule.formulas:
            formula = rule.formulas[name]
            yield from _unit(place, formula.expr, formula.unit, kinds, tables)
            yield from _ring(rule, name, place)
    if book.own("electricity"):
        place = book.at("electricity", "admitted")
        yield from _unit(place, rule.electricity.admitted, "1", kinds, tables)
    if rule.functional_unit and book.own("functional_unit"):
        place = book.at("functional_unit", "flow")
        yield from _unit(place, rule.functional_unit.flow, None, kinds, tables)
    numbers: dict[str, Unit | str] = {**dict.fromkeys(RECYCLING_NUMBERS, ONE), "amount": _KG}
    own = book.own_recycling()
    for term in rule.recycling:
        if term.id in own:
            place = book.at("recycling", own[term.id], "amount")
            yield from _unit(place, term.amount, "kg", {**kinds, **numbers}, tables)


def _unit(
    place: Where, text: str, wanted: str | None, kinds: Mapping[str, Unit | str], tables: Mapping[str, Unit]
) -> Iterator[FootproofError]:
    tree = parse(text)
    if not references(tree) <= kinds.keys():
        return  # the reader has said so
    try:
        kind = infer(tree, kinds, tables)
    except FootproofError as problem:
        yield problem.at(place)
        return
    if isinstance(kind, str):
        yield FootproofError("E-SHEET-TYPE", place, found=kind, needed="number")
    elif kind is not None and wanted is not None and kind.dimensions != unit(wanted).dimensions:
        found = " ".join(f"{name}^{power}" if power != 1 else name for name, power in kind.dimensions) or "1"
        yield FootproofError("E-UNIT-MISMATCH", place, found=found, needed=wanted)


def _ring(rule: Rulebook, name: str, place: Where) -> Iterator[FootproofError]:
    try:
        in_order(rule, name)
    except FootproofError as problem:
        yield problem.at(place)


# ---- standing


def _standing(book: Book, parents: Callable[[str], Rulebook]) -> Iterator[FootproofError]:
    """What is in force has decided every choice, and rests on nothing that is not in force itself."""
    rule = book.rule
    if rule.status is not Status.IN_FORCE:
        return
    for name, axis in rule.axes.items():
        if axis.open:
            yield FootproofError(
                "E-LINT-IN-FORCE-OPEN",
                book.at("axis", name) if name in book.own("axis") else book.at("status"),
                axis=name,
            )
    if rule.parent and (above := parents(rule.parent)).status is not Status.IN_FORCE:
        yield FootproofError("E-LINT-IN-FORCE-PARENT", book.at("status"), parent=above.name, found=above.status.value)


# ---- parts nobody uses


def _dead(book: Book) -> Iterator[FootproofError]:
    of_words = {name for name, item in book.rule.decisions.items() if not item.unit}
    alive = book.alive | (of_words & book.written_names())
    for group in ("require", "formula", "decision", "axis"):
        for name in book.own(group):
            if name not in alive:
                yield FootproofError("E-LINT-DEAD", book.at(group, name), item=ITEMS[group], id=name)
    used = {name for case in book.rule.cases for name in case.given}
    for name in book.own_given():
        if name not in alive or name not in used:
            yield FootproofError("E-LINT-DEAD", book.at("given"), item=ITEMS["given"], id=name)
    looked = lookups(book.rule, alive)
    reached = {table for table, _ in looked.rows} | looked.free
    for name in book.own("table"):
        if name not in reached:
            yield FootproofError("E-LINT-DEAD", book.at("table", name), item=ITEMS["table"], id=name)


def _options(book: Book) -> Iterator[FootproofError]:
    """Words between which no formula tells: all of a name, or several that no formula or table mentions.

    Words that an author lists together, such as two categories of a decision table, are alike on purpose.
    """
    rule = book.rule
    words = word_inputs(rule)
    alive = book.alive
    texts = [*roots(rule).values(), *(rule.formulas[name].expr for name in sorted(alive & rule.formulas.keys()))]
    trees = [parse(text) for text in texts]
    mentioned = {text for tree in trees for text in texts_in(tree)}
    for decision in rule.decisions.values():
        for row in decision.rows:
            mentioned |= {
                word for item in row.conditions.values() for word in ([item] if isinstance(item, str) else item)
            }
    for group in ("axis", "require"):
        for name in book.own(group):
            if name not in words or name not in alive:
                continue
            for same in alike(trees, name, words):
                silent = [word for word in same if word not in mentioned]
                if len(same) < len(words[name]) and len(silent) < 2:
                    continue
                options = ", ".join(same)
                yield FootproofError("E-LINT-OPTION", book.at(group, name), id=name, options=options)


def _rows(book: Book) -> Iterator[FootproofError]:
    """Rows that are looked up and missing, and rows that nothing looks up."""
    looked = lookups(book.rule, book.alive)
    tables = book.rule.tables
    for (table, key), words in looked.rows.items():
        if table in tables and key not in tables[table][1]:
            example = ", ".join(f"{name} = {word}" for name, word in words.items()) or "-"
            place = book.at("table", table) if table in book.own("table") else book.at("formula")
            yield FootproofError("E-LINT-TABLE-KEY", place, table=table, key=key, example=example)
    for table in book.own("table"):
        reached = any(name == table for name, _ in looked.rows)
        if table in looked.free or not reached or table not in tables:
            continue
        for key in tables[table][1]:
            if (table, key) not in looked.rows:
                place = book.at("table", table, "rows", key)
                yield FootproofError("E-LINT-DEAD", place, item=ITEMS["row"], id=f"{table}.{key}")


# ---- clauses and cases

_READ = {"check": (ClauseKind.CHECK, ClauseKind.COMPUTE), "needs": (ClauseKind.EVIDENCE,)}
_NEEDED = {ClauseKind.CHECK: "check", ClauseKind.EVIDENCE: "needs"}


def _clauses(book: Book) -> Iterator[FootproofError]:
    tested = _tested(book.rule)
    for clause in book.own_clauses():
        place = book.at_clause(clause.id)
        needed = _NEEDED.get(clause.kind)
        present = {"check": bool(clause.check), "needs": bool(clause.needs)}
        if needed and not present[needed]:
            yield FootproofError("E-LINT-CLAUSE-EMPTY", place, clause=clause.id, kind=clause.kind.value, needed=needed)
        for key, there in present.items():
            if there and clause.kind not in _READ[key]:
                at = book.at_clause(clause.id, key)
                yield FootproofError("E-LINT-CLAUSE-KEY", at, clause=clause.id, kind=clause.kind.value, key=key)
        if clause.kind is ClauseKind.CHECK and clause.check and (clause.finding is None or not clause.where):
            yield FootproofError("E-LINT-CLAUSE-FINDING", place, clause=clause.id)
        if _needs_case(book, clause) and clause.id not in tested:
            yield FootproofError("E-LINT-CASE-MISSING", place, clause=clause.id)


def _needs_case(book: Book, clause: Clause) -> bool:
    if clause.kind is ClauseKind.CHECK:
        return bool(clause.check)
    formulas = [*book.own("formula"), *book.own("decision")]
    return any(book.rule.formulas[name].clause == clause.id for name in formulas if name in book.rule.formulas)


def _tested(rule: Rulebook) -> set[str]:
    """Return the clauses whose check or some formula of which an example tries."""
    found = {check.clause for check in rule.check_cases}
    for case in rule.cases:
        try:
            names = in_order(rule, case.formula, frozenset(case.given))
        except FootproofError:
            continue
        found |= {rule.formulas[name].clause for name in names if name in rule.formulas}
        if case.formula in rule.decisions:
            found.add(rule.decisions[case.formula].clause)
    return found


def _cases(book: Book) -> Iterator[FootproofError]:
    for result in run_cases(book.rule):
        if result.problem is not None:
            yield result.problem
        elif not result.holds:
            yield FootproofError(
                "E-LINT-CASE", result.place, name=result.name, expected=result.expected, found=result.found
            )
    for case in book.rule.cases:
        try:
            unused = list(unused_given(book.rule, case))
        except FootproofError:
            continue
        for name in unused:
            yield FootproofError("E-LINT-CASE-GIVEN", Where(case.file, case.line), name=case.name, given=name)


def _facts(book: Book, facts: Mapping[str, str]) -> Iterator[FootproofError]:
    rule = book.rule
    kinds: dict[str, Unit | str] = dict(kinds_of(rule))
    kinds |= {name: item if item in ("text", "truth") else ONE for name, item in facts.items()}
    for clause in book.own_clauses():
        used = {"needs": set(clause.needs), "check": references(parse(clause.check)) if clause.check else set()}
        for key, names in used.items():
            for name in sorted(names - kinds.keys()):
                at = book.at_clause(clause.id, key)
                yield FootproofError("E-LINT-FACT", at, clause=clause.id, fact=name)
        if clause.check and used["check"] <= kinds.keys():
            yield from _truth(book.at_clause(clause.id, "check"), clause.check, kinds, table_units(rule))


def _truth(
    at: Where, text: str, kinds: Mapping[str, Unit | str], tables: Mapping[str, Unit]
) -> Iterator[FootproofError]:
    try:
        kind = infer(parse(text), kinds, tables)
    except FootproofError as problem:
        yield problem.at(at)
        return
    if kind != "truth":
        yield FootproofError("E-SHEET-TYPE", at, found="text" if kind == "text" else "number", needed="truth value")
