"""What an operator may set, and what is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import ROOT, Settings


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DECLIC_{name.upper()}", raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")


def test_everything_has_a_default() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.dialogue_port, settings.actions_port) == (
        "127.0.0.1",
        8000,
        5005,
        5055,
    )
    assert settings.models == ROOT / "var" / "models"
    assert settings.database_url is None
    assert settings.demo


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"DECLIC_PORT": "5005"}, "must differ"),
        ({"DECLIC_OIDC_ISSUER": "https://identity.example.org", "DECLIC_OIDC_CLIENT_ID": "a"}, "all three, or none"),
        ({"DECLIC_TELEGRAM_TOKEN": "1:a", "DECLIC_PUBLIC_URL": "https://a.fr"}, "DECLIC_TELEGRAM_WEBHOOK_SECRET"),
        (
            {
                "DECLIC_TELEGRAM_TOKEN": "1:a",
                "DECLIC_PUBLIC_URL": "https://a.fr",
                "DECLIC_TELEGRAM_WEBHOOK_SECRET": "short",
            },
            "16 to 256",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], expected: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=expected):
        Settings()


def test_secrets_mask_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECLIC_TELEGRAM_TOKEN", "123:very-secret")
    assert "very-secret" not in repr(Settings())


def test_each_setting_is_explained_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text()
    assert [name for name in Settings.model_fields if f"#DECLIC_{name.upper()}=" not in example] == []
