"""What an operator may set, from the environment or a `.env` file; `.env.example` explains each."""

from datetime import date
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent.parent


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name} is no time zone; write it like Europe/Paris or America/Cayenne") from error
    return name


def _postgresql(address: SecretStr | None) -> SecretStr | None:
    if address is not None and not address.get_secret_value().startswith(("postgresql://", "postgresql+")):
        raise ValueError("expected an address like postgresql://user:password@host:5432/database")
    return address


Port = Annotated[int, Field(ge=1, le=65535)]
DatabaseUrl = Annotated[SecretStr | None, AfterValidator(_postgresql)]


class Settings(BaseSettings):
    """Read once at start-up; secrets mask themselves when printed."""

    model_config = SettingsConfigDict(
        env_prefix="DECLIC_", env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = "127.0.0.1"
    port: Port = 8000
    dialogue_port: Port = 5005
    actions_port: Port = 5055
    data_dir: Path = ROOT / "var"
    models_dir: Path | None = None
    database_url: DatabaseUrl = None
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Paris"
    demo: bool = True
    today: date | None = None
    telegram_token: SecretStr | None = None
    telegram_api_url: HttpUrl = HttpUrl("https://api.telegram.org")
    public_url: HttpUrl | None = None
    telegram_webhook_secret: SecretStr | None = None
    # which of several bots these processes are; each has a token, a bot process and a worker of its own
    telegram_bot: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,20}$")] = ""
    # Telegram takes 30 a second from one bot: the rest is for answers
    telegram_a_second: Annotated[int, Field(ge=1, le=1000)] = 25
    # hours of work after which somebody whom nobody took care of is shown to the whole team
    team_hours: Annotated[int, Field(ge=1, le=35)] = 4
    # of an identity provider, as it writes it in its tokens
    oidc_issuer: Annotated[str | None, Field(pattern=r"^https?://\S+$")] = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "ProConnect"
    # take its e-mail addresses for verified even where it does not say so
    oidc_trust_email: bool = False
    clock_file: Path | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({self.port, self.dialogue_port, self.actions_port}) < 3:
            raise ValueError("DECLIC_PORT, DECLIC_DIALOGUE_PORT and DECLIC_ACTIONS_PORT must differ")
        oidc = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(oidc) and not all(oidc):
            raise ValueError(
                "an identity provider needs DECLIC_OIDC_ISSUER, DECLIC_OIDC_CLIENT_ID and DECLIC_OIDC_CLIENT_SECRET: "
                "set all three, or none"
            )
        telegram = self.telegram_token is not None and "telegram.org" in str(self.telegram_api_url)
        if self.clock_file is not None and telegram:
            raise ValueError(
                "DECLIC_CLOCK_FILE sets the clock for a rehearsal, and real messages would leave on wrong days: remove "
                "it, or DECLIC_TELEGRAM_TOKEN"
            )
        if self.telegram_token is not None and self.public_url is not None:
            if self.telegram_webhook_secret is None:
                raise ValueError(
                    "with DECLIC_PUBLIC_URL Telegram calls a webhook: set DECLIC_TELEGRAM_WEBHOOK_SECRET "
                    "(16 to 256 letters, digits, _ or -), or remove DECLIC_PUBLIC_URL to poll"
                )
            secret = self.telegram_webhook_secret.get_secret_value()
            if not 16 <= len(secret) <= 256 or not secret.replace("_", "").replace("-", "").isalnum():
                raise ValueError("DECLIC_TELEGRAM_WEBHOOK_SECRET takes 16 to 256 letters, digits, _ or -")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def models(self) -> Path:
        return self.models_dir or self.data_dir / "models"

    @property
    def dialogue_url(self) -> str:
        return f"http://127.0.0.1:{self.dialogue_port}"

    @property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}"
