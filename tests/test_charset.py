"""What the bytes of a page stand for: evidence beats declaration, and losses are counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.charset import decode
from parsers.charset.signs import looks_mixed
from parsers.model import Decoded
from tests.timing import takes_less_than

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
def test_reads_foreign_runs_in_their_own_encoding(own: str, foreign: str) -> None:
    """A page whose header stands in another encoding is read whole."""
    body = CHINESE.encode(foreign) + CHINESE.encode(own) * 30
    decoded = decode(body, None, "text/html")
    assert decoded.text == CHINESE * 31
    assert decoded.undecodable == 0
    assert any(f"bytes in {foreign}" in one for one in decoded.evidence)


@pytest.mark.parametrize("edge", ["\n", "</div><div>", " | "])
@pytest.mark.parametrize(
    ("own", "foreign", "text"),
    [
        ("utf-8", "gb18030", CHINESE),
        ("gb18030", "utf-8", CHINESE),
        ("big5", "utf-8", TRADITIONAL),
        ("utf-8", "big5", TRADITIONAL),
        ("gb18030", "big5", TRADITIONAL),
    ],
)
def test_reads_a_fragment_between_ascii_bytes(own: str, foreign: str, text: str, edge: str) -> None:
    """An included fragment needs no line of its own to be read in its own encoding."""
    ends = edge.encode()
    body = ends.join([text.encode(own), text.encode(own), text.encode(foreign), text.encode(own)])
    decoded = decode(body, None, "text/html")
    assert decoded.text == edge.join([text] * 4)
    assert decoded.undecodable == 0


@pytest.mark.parametrize(
    ("fragment", "mixed"),
    [
        pytest.param("接到臧棣电话".encode("gb18030"), False, id="馵绰 is rare as well"),
        pytest.param("政府信息公开".encode(), True, id="common in UTF-8"),
        pytest.param("政府資訊公開申請".encode("big5"), True, id="letters between lead bytes"),
        pytest.param("甲A乙B丙C".encode("gb18030"), False, id="letters after characters"),
    ],
)
def test_looks_closely_only_at_signs_of_another_encoding(*, fragment: bytes, mixed: bool) -> None:
    """Bytes that could be UTF-8 by chance are no sign of it; common characters are."""
    body = CHINESE.encode("gb18030") + b"A\x81B" + fragment + CHINESE.encode("gb18030")
    assert looks_mixed(body, "gb18030") is mixed


def test_loses_one_character_where_a_byte_is_lost() -> None:
    """A missing first byte costs its character; what follows is not read out of step."""
    whole = CHINESE.strip().encode("gb18030")
    decoded = decode(CHINESE.encode("gb18030") * 5 + whole[:10] + whole[11:], None, "text/html")
    assert decoded.text == CHINESE * 5 + "本单位全年\ufffd到政府信息公开申请九件，均已按时答复。"
    assert decoded.undecodable == 1


def test_leaves_damage_older_than_the_bytes_alone() -> None:
    """Rare characters that GB18030 takes as they are stay for the repair to judge."""
    shifted = "　?。ㄒ唬┕\ue0a6_渠道更加暢" * 3
    body = (CHINESE * 3 + shifted).encode("gb18030")
    assert decode(body, None, "text/html").text == CHINESE * 3 + shifted


@pytest.mark.parametrize("edge", range(20))
def test_cuts_nothing_but_the_last_character(edge: int) -> None:
    """Wherever a page of any encoding is cut, all characters before the cut are read."""
    for encoding in ("utf-8", "gb18030", "big5", "utf-16-le"):
        text = TRADITIONAL * 4
        body = text.encode(encoding)
        body = body[: len(body) - edge]
        decoded = decode(body, None, "text/html")
        assert decoded.text.rstrip("\ufffd") == body.decode(encoding, "ignore")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("㑇家塘㛃䶮", "gb18030"),
        ("姓名：\U00020164", "gb18030"),
        ("自造字\ue000\ue233\ue4c6，其余照旧", "gb18030"),
        ("本县共有六千余家", "big5hkscs"),
        ("香港嘅㗎喺啲", "big5hkscs"),
    ],
)
def test_reads_rare_characters(text: str, encoding: str) -> None:
    """Four bytes, user-defined areas and Hong Kong characters are read as they are."""
    text = text.translate(str.maketrans("余县", "餘縣")) if encoding == "big5hkscs" else text
    decoded = decode(text.encode(encoding), None, "text/html")
    assert (decoded.text, decoded.encoding, decoded.undecodable) == (text, encoding, 0)


@pytest.mark.parametrize("text", ["政府信息", "公開申請", "二〇一八年", "一丁不下", "办公厅印发"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be"])
def test_reads_pages_of_four_characters(text: str, encoding: str) -> None:
    """Four or five characters are enough, in any encoding that has them."""
    try:
        body = text.encode(encoding)
    except UnicodeEncodeError:
        body = "政府公報".encode(encoding)
        text = "政府公報"
    assert decode(body, None, "text/html").text == text


@pytest.mark.parametrize(
    ("body", "header", "text", "encoding"),
    [
        (b"1 ~{<:Ky2;S{~}.~~\n", "text/plain; charset=hz-gb-2312", "1 己所不欲.~\n", "hz"),
        (b"1 ~{<:Ky2;S{~}.", None, "1 ~{<:Ky2;S{~}.", "utf-8"),
        (
            b"\x1b$)A\x0e1>5%N;\x0fABC\n\x1b$)A\x0eJ.<~\x0f",
            "text/plain; charset=ISO-2022-CN",
            "本单位ABC\n十件",
            "iso-2022-cn",
        ),
        (
            b"\x1b$)G\x0e^LHm\x0f \x1b$*H\x1bN!!",
            "text/plain; charset=iso-2022-cn",
            "單位 乂",
            "iso-2022-cn",
        ),
        (b"\x1b$)A\x0e1\x0f\x1b$)X\x0eAB", "a;charset=iso-2022-cn", "\ufffd\ufffd", "iso-2022-cn"),
        (b"no escapes", "text/plain; charset=iso-2022-cn", "no escapes", "utf-8"),
    ],
)
def test_reads_seven_bit_chinese_where_it_is_declared(
    body: bytes, header: str | None, text: str, encoding: str
) -> None:
    """HZ and ISO-2022-CN are read when the page says so and shows their escapes."""
    decoded = decode(body, header, "text/plain")
    assert (decoded.text, decoded.encoding) == (text, encoding)
    assert (decoded.undecodable > 0) == ("\ufffd" in text)


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-8"])
def test_finds_the_few_chinese_characters_of_a_long_page(encoding: str) -> None:
    """Where the Chinese stands on a page, and how little it is, does not matter."""
    row = '<tr class="row"><td style="width: 30px">1,024</td><td>ABC-7</td></tr>\n'
    text = row * 900 + "<p>縣人民政府</p>\n" + row * 300
    decoded = decode(text.encode(encoding), "text/html; charset=iso-8859-1", "text/html")
    assert decoded.text == text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_keeps_nul_bytes(encoding: str) -> None:
    """A stray NUL is a character like another and makes no page UTF-16."""
    text = ("\0" + CHINESE + "<p>\0\0</p>") * 5
    assert decode(text.encode(encoding), None, "text/html").text == text


def test_a_declaration_settles_what_is_even() -> None:
    """Bytes that are as likely in two encodings are read as the page says."""
    body = "豐碩".encode("big5")
    assert decode(body, None, "text/html").text == "伦河"
    assert decode(body, "text/html; charset=big5", "text/html").text == "豐碩"


def test_finds_the_declaration_behind_scripts() -> None:
    """The true meta element counts, however many charsets stand in scripts before it."""
    script = b"<script src='a.js' charset='big5'></script><script>'<meta charset=\"x\">'</script>"
    decoded = decode(script * 40 + b"<META Charset = 'GB2312'>", None, "text/html")
    assert decoded.evidence == ("meta declares gb2312", "only ASCII")


@pytest.mark.parametrize(
    "body",
    [
        bytes(range(128, 256)) * 780,
        b"\x80" * 100_000,
        b"\xff\n" * 50_000,
        b"\xb9\xfa" * 50_000 + b"\xff",
        ("中".encode() + "国".encode("gbk")) * 20_000,
        b"\x81\x30" * 50_000,
        b"<meta charset " * 7_000,
        b"\x1b$)A\x0e" * 20_000,
    ],
)
@pytest.mark.parametrize("name", ["utf-8", "gb18030", "iso-2022-cn"])
def test_reads_hostile_bytes_in_little_time(body: bytes, name: str) -> None:
    """The time of decoding grows with the bytes, whatever they are."""
    read: list[Decoded] = []
    declared = f"text/html; charset={name}"
    assert takes_less_than(2, lambda: read.append(decode(body, declared, "text/html")))
    assert read[0].body == body


def test_says_what_it_did_not_look_at_closely() -> None:
    """Where more bytes are doubtful than are worth cutting into runs, the evidence counts them."""
    body = (CHINESE.encode() + CHINESE.encode("gb18030")) * 2500
    told = " · ".join(decode(body, None, "text/html").evidence)
    assert "more doubtful bytes were read in gb18030 alone" in told


def test_looks_at_every_doubtful_byte_of_an_ordinary_page() -> None:
    """A mixed page of a hundred kilobytes is cut into runs to its end."""
    body = (CHINESE.encode() + CHINESE.encode("gb18030")) * 700
    decoded = decode(body, None, "text/html")
    assert decoded.text == CHINESE * 1400
    assert "doubtful" not in " · ".join(decoded.evidence)


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


@given(
    st.lists(
        st.sampled_from("本单位全年收到政府信息公开申请九件均已按时答复，。2018%"), min_size=8
    ),
    st.sampled_from(["utf-8", "gb18030", "utf-16-le", "utf-16-be"]),
    st.sampled_from([None, "utf-8", "gb2312", "big5", "iso-8859-1", "utf-16"]),
)
def test_common_text_comes_back_under_any_declaration(
    characters: list[str], encoding: str, declared: str | None
) -> None:
    """Common characters come back in every encoding, declared or not, truly or not."""
    text = "政府信息" + "".join(characters)
    header = declared and f"text/html; charset={declared}"
    assert decode(text.encode(encoding), header, "text/html").text == text


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
