"""What the bytes of a page stand for: evidence beats declaration, and losses are counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.charset import decode

CHINESE = "本单位全年收到政府信息公开申请九件，均已按时答复。\n"
TRADITIONAL = "本單位全年收到政府資訊公開申請九件，均已按時答復。\n"
META = '<html><head><meta charset="{}"></head><body>{}</body></html>'
PAGE = META.format("{}", CHINESE)


@pytest.mark.parametrize(
    ("body", "header", "encoding"),
    [
        pytest.param(CHINESE.encode(), None, "utf-8", id="nothing declared, utf-8"),
        pytest.param(CHINESE.encode("gbk"), None, "gb18030", id="nothing declared, gbk"),
        pytest.param(TRADITIONAL.encode("big5"), None, "big5hkscs", id="nothing declared, big5"),
        pytest.param(CHINESE.encode(), "text/html; charset=gbk", "utf-8", id="header lies"),
        pytest.param(
            CHINESE.encode("gbk"), "text/html; charset=UTF-8", "gb18030", id="header lies on gbk"
        ),
        pytest.param(
            CHINESE.encode("gbk"), "text/html;charset=ISO-8859-1", "gb18030", id="server default"
        ),
        pytest.param(PAGE.format("gb2312").encode(), None, "utf-8", id="meta lies"),
        pytest.param(PAGE.format("utf-8").encode("gbk"), None, "gb18030", id="meta lies on gbk"),
        pytest.param("安乡县".encode("gbk"), None, "gb18030", id="three characters"),
        pytest.param("安乡县".encode(), None, "utf-8", id="three characters of utf-8"),
        pytest.param("写".encode("gbk"), None, "gb18030", id="写 is valid utf-8 by accident"),
        pytest.param("© 2018 office".encode(), None, "utf-8", id="a sign in English"),
        pytest.param(
            "café, naïve".encode("cp1252"), "text/html; charset=latin1", "cp1252", id="latin"
        ),
        pytest.param(
            "\ufeff".encode() + CHINESE.encode(), "a; charset=gbk", "utf-8", id="utf-8 mark"
        ),
        pytest.param(
            b"\xff\xfe" + CHINESE.encode("utf-16-le"), None, "utf-16-le", id="utf-16-le mark"
        ),
        pytest.param(
            b"\xfe\xff" + CHINESE.encode("utf-16-be"), None, "utf-16-be", id="utf-16-be mark"
        ),
        pytest.param(
            f"<p>{CHINESE}</p>".encode("utf-16-le"), None, "utf-16-le", id="utf-16-le by zeros"
        ),
        pytest.param(
            f"<p>{CHINESE}</p>".encode("utf-16-be"), None, "utf-16-be", id="utf-16-be by zeros"
        ),
    ],
)
def test_reads_what_the_bytes_show(body: bytes, header: str | None, encoding: str) -> None:
    """The encoding that explains the bytes is found, whatever is declared."""
    decoded = decode(body, header, "text/html")
    assert (decoded.encoding, decoded.undecodable) == (encoding, 0)
    marks = {b"\xff\xfe": 2, b"\xfe\xff": 2, b"\xef\xbb": 3}
    assert decoded.text == body[marks.get(body[:2], 0) :].decode(encoding)
    assert decoded.evidence


@pytest.mark.parametrize(
    ("body", "header", "evidence"),
    [
        (b"plain", None, ("only ASCII",)),
        (b"", None, ("only ASCII",)),
        (b"plain", "text/html; charset=GB2312", ("header declares gb2312", "only ASCII")),
        (
            b'<?xml version="1.0" encoding="big5"?><a/>',
            None,
            ("xml declaration declares big5", "only ASCII"),
        ),
        (
            b"<meta http-equiv='Content-Type' content='text/html; charset=gbk'>",
            None,
            ("meta declares gbk", "only ASCII"),
        ),
        (b'<script src="a.js" charset="gb2312"></script>', None, ("only ASCII",)),
        (b"<script>var m = '<meta charset=gb2312>'</script>", None, ("only ASCII",)),
        (b"<!-- <meta charset=gb2312> -->", None, ("only ASCII",)),
    ],
)
def test_says_what_was_declared_and_where(
    body: bytes, header: str | None, evidence: tuple[str, ...]
) -> None:
    """Declarations are evidence; a charset inside a script or comment is none."""
    decoded = decode(body, header, "text/html")
    assert decoded.evidence == evidence
    assert decoded.encoding == "utf-8"
    assert decoded.text == body.decode()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_reads_around_a_stray_byte(encoding: str) -> None:
    """One bad byte costs one U+FFFD and leaves the rest of the page in its encoding."""
    body = CHINESE.encode(encoding) * 20 + b"\xff" + CHINESE.encode(encoding) * 20
    decoded = decode(body, None, "text/html")
    assert (decoded.encoding, decoded.undecodable) == (encoding, 1)
    assert decoded.text == CHINESE * 20 + "\ufffd" + CHINESE * 20


@pytest.mark.parametrize(("encoding", "cut"), [("utf-8", 1), ("utf-8", 2), ("gb18030", 1)])
def test_reads_a_truncated_page(encoding: str, cut: int) -> None:
    """A page cut inside its last character loses that character and no other."""
    body = (CHINESE * 10).rstrip("\n").encode(encoding)
    decoded = decode(body[:-cut], None, "text/html")
    assert decoded.encoding == encoding
    assert decoded.text == (CHINESE * 10).rstrip("\n")[:-1] + "\ufffd"
    assert decoded.undecodable >= 1


def test_reads_the_euro_of_windows() -> None:
    """Byte 80 in a GBK page is the euro sign, as Windows writes it."""
    body = (CHINESE * 3 + "收费5").encode("gbk") + b"\x80" + CHINESE.encode("gbk")
    decoded = decode(body, None, "text/html")
    assert decoded.text == CHINESE * 3 + "收费5€" + CHINESE
    assert decoded.undecodable == 0


@pytest.mark.parametrize(("own", "foreign"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
def test_reads_foreign_lines_in_their_own_encoding(own: str, foreign: str) -> None:
    """A page whose header stands in another encoding is read whole."""
    body = CHINESE.encode(foreign) + CHINESE.encode(own) * 30
    decoded = decode(body, None, "text/html")
    assert decoded.text == CHINESE * 31
    assert decoded.undecodable == 0
    assert any("lines in" in one for one in decoded.evidence)


@pytest.mark.parametrize("media_type", ["application/pdf", "image/png", "application/zip"])
def test_leaves_binary_files_alone(media_type: str) -> None:
    """A binary file has no text and no encoding."""
    decoded = decode(b"%PDF-1.4 \xb1\xa8", "application/pdf", media_type)
    assert (decoded.text, decoded.encoding, decoded.undecodable) == ("", None, 0)


@given(
    st.binary(max_size=300),
    st.one_of(
        st.none(),
        st.text(max_size=40),
        st.sampled_from(
            ["a; charset=undefined", "a; charset=idna", "a;charset=utf-7", "a;charset=utf-16"]
        ),
    ),
)
def test_never_raises_on_any_bytes(body: bytes, header: str | None) -> None:
    """Any bytes under any header give text, and U+FFFD stands where bytes are lost."""
    decoded = decode(body, header, "text/html")
    assert decoded.body == body
    assert decoded.undecodable == 0 or "\ufffd" in decoded.text


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x4FFF), max_size=60))
def test_utf8_with_its_mark_comes_back(text: str) -> None:
    """UTF-8 with a byte order mark comes back exactly, without the mark."""
    decoded = decode(b"\xef\xbb\xbf" + text.encode(), None, "text/plain")
    assert (decoded.text, decoded.undecodable) == (text, 0)


@pytest.mark.parametrize("folder", ["gb2312", "big5"])
def test_tells_real_gb_and_big5_files_apart(corpus: Path, folder: str) -> None:
    """Real files read in their true encoding without a declaration to help or mislead."""
    expected = {"gb2312": "gb18030", "big5": "big5hkscs"}[folder]
    for path in sorted((corpus / "data" / "encodings" / folder).iterdir()):
        body = path.read_bytes().replace(b"encoding=", b"enc0ding=")
        decoded = decode(body, None, "text/xml")
        assert (path.name, decoded.encoding) == (path.name, expected)
        assert decoded.undecodable == 0


@pytest.mark.parametrize("name", ["gb2312", "gbk", "big5"])
def test_reads_the_same_text_as_its_utf8_twin(corpus: Path, name: str) -> None:
    """A file and its copy in UTF-8 give the same characters."""
    folder = corpus / "data" / "encodings" / "cpython"
    legacy = decode((folder / f"{name}.txt").read_bytes(), None, "text/plain")
    twin = decode((folder / f"{name}-utf8.txt").read_bytes(), None, "text/plain")
    assert legacy.text == twin.text


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("163_declgb2312_bytesUTF8.html", "utf-8"),
        ("people_declGB2312_bytesUTF8.html", "utf-8"),
        ("stcn_declutf8_innergb2312.html", "utf-8"),
        ("gb2312_html4.html", "gb18030"),
        ("gb2312_html5.html", "gb18030"),
    ],
)
def test_sees_through_lying_pages(corpus: Path, name: str, encoding: str) -> None:
    """Real pages with a false or misleading declaration are read as they are written."""
    decoded = decode(
        (corpus / "data" / "encodings" / "lying" / name).read_bytes(), None, "text/html"
    )
    assert (decoded.encoding, decoded.undecodable) == (encoding, 0)
