"""Signs that no font of ours has."""

from dispatch.typesetting.glyphs import drawable


def test_signs_of_symbol_fonts_are_what_they_show():
    assert drawable("\uf0b7 punkt \uf0e0 \ue123", frozenset()) == "• punkt → •"
