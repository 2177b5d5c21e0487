"""Tokens: their form."""

from __future__ import annotations

import re

from monitor.tokens import digest, new_token, well_formed


def test_a_token_has_its_form_and_checksum() -> None:
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    for token in tokens:
        assert re.fullmatch(r"omt_[0-9A-Za-z]{36}", token)
        assert well_formed(token)
        assert re.fullmatch(r"[0-9a-f]{64}", digest(token))


def test_a_mistyped_token_is_known_without_asking() -> None:
    token = new_token()
    swapped = token[:10] + ("A" if token[10] != "A" else "B") + token[11:]
    for wrong in (swapped, token[:-1], token + "0", token.replace("omt_", "ghp_"), "", "omt_"):
        assert not well_formed(wrong)
