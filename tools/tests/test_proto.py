"""The checks of the contracts can fail, and only for what is ours."""

from pathlib import Path

import pytest

import proto

MESSAGE = 'syntax = "proto3";\n\npackage pm.common.v1;\n\n// An amount.\nmessage Money {{\n{fields}}}\n'
# The fields of the committed contract.
FIELDS = "  string amount = 1;\n  string currency = 2;\n"


def money(root: Path, fields: str, package: str = "pm/common/v1") -> Path:
    """A tree of contracts that holds one message."""
    path = root / package / "money.proto"
    path.parent.mkdir(parents=True)
    path.write_text(MESSAGE.format(fields=fields))
    return root


def test_the_contracts_pass() -> None:
    assert proto.lint() == 0


def test_style_is_judged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert proto.lint(money(tmp_path, "  string Amount = 1;\n")) != 0
    assert "lower_snake_case" in capfd.readouterr().out


@pytest.mark.parametrize("fields", ["  int32 amount = 1;\n  string currency = 2;\n", "  string amount = 1;\n"])
def test_a_changed_or_missing_field_breaks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fields: str
) -> None:
    monkeypatch.setattr(proto, "BASELINE", tmp_path / "baseline.binpb")
    proto.compile_image(proto.BASELINE, root=money(tmp_path / "before", FIELDS))
    assert proto.breaking(money(tmp_path / "after", fields)) != 0
    assert "money.proto" in capfd.readouterr().out


def test_a_new_field_does_not_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proto, "BASELINE", tmp_path / "baseline.binpb")
    proto.compile_image(proto.BASELINE, root=money(tmp_path / "before", FIELDS))
    assert proto.breaking(money(tmp_path / "after", f"{FIELDS}  string note = 3;\n")) == 0


def test_what_protoc_refuses_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(proto.CompileError):
        proto.compile_image(tmp_path / "image", root=money(tmp_path, "  strong amount = 1;\n"))
