"""XML: what a data set needs is read, what only an attacker needs is refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footproof.errors import FootproofError
from footproof.formats import xml as xml_module
from footproof.formats.xml import DEEPEST, Element, parse, root_name, stream

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><lolz>&j;</lolz>"
)
HOSTILE = {
    "billion laughs": LAUGHS,
    "quadratic blow-up": b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 100_000 + b'">]><a>' + b"&x;" * 10_000 + b"</a>",
    "entity in an attribute": b'<!DOCTYPE a [<!ENTITY x "xx">]><a b="&x;"/>',
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "external document type": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>',
    "in sixteen bits": LAUGHS.decode().encode("utf-16"),
    "behind a comment": b"<!-- > --><?x > ?><!DOCTYPE a><a/>",
}


def _code(data: bytes) -> str:
    with pytest.raises(FootproofError) as caught:
        parse(data, "a.xml")
    return caught.value.code


@pytest.mark.parametrize("attack", sorted(HOSTILE))
def test_a_document_type_is_refused_at_once(attack: str) -> None:
    begin = time.process_time()
    assert _code(HOSTILE[attack]) == "E-DB-XML-ENTITY"
    assert time.process_time() - begin < 1


def test_an_undeclared_entity_is_no_xml() -> None:
    assert _code(b"<a>&x;</a>") == "E-DB-SYNTAX"


def test_nesting_is_bounded() -> None:
    fine = b"<a>" * DEEPEST + b"</a>" * DEEPEST
    assert parse(fine, "a.xml").name == "a"
    assert _code(b"<a>" * 1_000_000) == "E-DB-DEPTH"


def test_elements_held_are_bounded_and_streamed_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_module, "MOST_ELEMENTS", 10)
    data = b"<a>" + b"<b><c/></b>" * 100 + b"</a>"
    assert _code(data) == "E-DB-XML-SIZE"
    assert len(list(stream(data, "a.xml", {"b"}))) == 100


def test_tokens_and_prolog_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _code(b"<!--" + b">" * 100_000 + b"--><a/>") == "E-DB-XML-SIZE"
    assert _code(b" " * 100_000 + b"<a/>") == "E-DB-XML-SIZE"
    monkeypatch.setattr(xml_module, "CHUNK", 1000)
    monkeypatch.setattr(xml_module, "LONGEST_TOKEN", 10_000)
    assert _code(b'<a><b c="' + b"x" * 100_000 + b'"/></a>') == "E-DB-XML-SIZE"


@pytest.mark.parametrize(
    "data",
    [b"", b"no xml", b"<a>", b"<a></b>", b"<a/><b/>", b"<x:a/>", b"\xff\xfe<", b"\x00" * 50, b"<a b=1/>"],
)
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    assert _code(data) == "E-DB-SYNTAX"


@pytest.mark.parametrize("encoding", ["klingon", "big5", "utf-7", "rot13"])
def test_an_encoding_that_cannot_be_read_is_no_xml(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>\u00e9</a>'.encode("latin-1")
    assert _code(data) == "E-DB-SYNTAX"


def test_an_error_names_its_line() -> None:
    with pytest.raises(FootproofError) as caught:
        parse(b"<a>\n<b>\n</c></a>", "a.xml")
    assert str(caught.value.where) == "a.xml, line 3"


def test_elements_know_name_namespace_line_and_text() -> None:
    root = parse(b'<p:a xmlns:p="urn:p" xmlns="urn:q">\n <b x="1" p:y="2"> t&amp;u </b><b/>\n</p:a>', "a.xml")
    assert (root.name, root.namespace, root.line) == ("a", "urn:p", 1)
    first, second = root.all("b")
    assert (first.namespace, first.line, first.attributes) == ("urn:q", 2, {"x": "1", "y": "2"})
    assert root.text_at("b") == "t&u"
    assert second.text == ""
    assert root.at("b", "c") is None
    assert root.text_at("none", "b") == ""


def test_what_is_skipped_is_checked_but_not_kept() -> None:
    data = b'<a xmlns="urn:q"><s><b>1</b></s><b>2<s/></b><c/></a>'
    root = parse(data, "a.xml", {"s", "urn:q}c"})
    assert [child.name for child in root.children] == ["b"]
    assert root.text_at("b") == "2"
    with pytest.raises(FootproofError, match="E-DB-DEPTH"):
        parse(b"<a><s>" + b"<b>" * 200 + b"</b>" * 200 + b"</s></a>", "a.xml", {"s"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb2312", "GBK", "gb18030"])
def test_chinese_encodings_are_read(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a b="产品">碳足迹</a>'.encode(encoding)
    root = parse(data, "a.xml")
    assert (root.text, root.attributes["b"]) == ("碳足迹", "产品")


def test_a_root_is_recognised_from_its_beginning() -> None:
    head = b'\xef\xbb\xbf<?xml version="1.0"?><?s a?><!-- <no/> --><p:data a="1" xmlns:p="urn:p" xmlns="urn:q"'
    assert root_name(head) == ("data", "urn:p")
    assert root_name('<?xml version="1.0"?><data xmlns="urn:q">'.encode("utf-16")) == ("data", "urn:q")
    assert root_name(b"{}") == ("", "")


_NAME = st.sampled_from("abc")
_TREE: st.SearchStrategy[Element] = st.recursive(
    st.builds(Element, _NAME, text=st.text("xyz<&>\"' é碳", max_size=5).map(str.strip)),
    lambda inner: st.builds(Element, _NAME, children=st.lists(inner, max_size=4)),
    max_leaves=20,
)


def _write(element: Element) -> str:
    text = element.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{element.name}>{text}{''.join(map(_write, element.children))}</{element.name}>"


def _plain(element: Element) -> object:
    return element.name, element.text.strip(), [_plain(child) for child in element.children]


@given(_TREE, st.integers(1, 50))
def test_what_was_written_is_read_whatever_the_chunks(tree: Element, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_module, "CHUNK", chunk)
        assert _plain(parse(_write(tree).encode(), "a.xml")) == _plain(tree)


@given(st.binary(max_size=300) | st.text("<>/ab!?&;[]-DOCTYPE ", max_size=100).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        parse(data, "a.xml")
    except FootproofError as problem:
        assert problem.code.startswith("E-DB-")  # noqa: PT017
