"""Bytes to text: every encoding that a hospital's spreadsheet writes, and mixtures."""

import codecs
import io

import pytest

from retina_vae.cohort.tables.encodings import Encoding, decode, recognise_encoding
from retina_vae.errors import InputError

TEXT = "id,größe\r\n1,µ\r\n2,é\n"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("cp1252", "Windows-1252"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
def test_an_encoding_is_recognised(codec: str, name: str) -> None:
    assert decode(TEXT.encode(codec), "t.csv") == (TEXT, name)


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "utf-16-be"])
def test_an_encoding_is_recognised_by_what_stands_beyond_the_first_blocks(codec: str) -> None:
    data = ("a,b\n" + "1,2\n" * 700_000 + "3,é\n").encode(codec)
    found = recognise_encoding(io.BytesIO(data), "t.csv")
    assert found.codec == codec
    marked = recognise_encoding(io.BytesIO(codecs.BOM_UTF8 + b"\xe9"), "t.csv")
    assert marked == Encoding("utf-8", "UTF-8", 3)


def test_windows_signs_and_latin_1_beyond_them() -> None:
    assert decode("id,€\n1,“x”\n".encode("cp1252"), "t.csv")[0] == "id,€\n1,“x”\n"
    assert decode(b"id\n\xe9\x81\n", "t.csv") == ("id\né\x81\n", "Latin-1")


def test_mixed_encodings_are_refused_with_both_rows() -> None:
    data = b"id,x\n1,a\n" + "2,é\n".encode() + "3,b\n4,é\n".encode("cp1252")
    with pytest.raises(InputError, match=r"UTF-8 in line 3 \(row 2\) and another in line 5 \(row 4\)\. Save"):
        decode(data, "t.csv")


def test_what_contradicts_its_mark_is_refused_with_the_line() -> None:
    with pytest.raises(InputError, match="expected UTF-8 throughout, found other bytes in line 2"):
        decode("id\né\n".encode("utf-8-sig")[:3] + "id\né\n".encode("cp1252"), "t.csv")
    with pytest.raises(InputError, match="expected UTF-16 throughout, found other bytes in line 2"):
        decode("id\n1".encode("utf-16") + b"\x00", "t.csv")


def test_no_text_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="expected a text file"):
        decode(b"PK\x03\x04\x00\x00\x08\x00" + bytes(range(256)), "t.csv")
