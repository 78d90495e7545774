"""Read the settings: built-in values, then settings.toml, then FKS_SECTION__KEY."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from fks_desk.core.errors import ConfigError


def _empty_as_none(value: object) -> object:
    return None if value == "" else value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(_Section):
    """Choose the database."""

    url: Annotated[SecretStr | None, BeforeValidator(_empty_as_none)] = Field(
        default=None,
        description=(
            "URL of a PostgreSQL server, or the word container; empty means the embedded one"
        ),
    )


class DemoSettings(_Section):
    """Shape the built-in exchange."""

    seed: int = Field(default=7, description="seed of the made-up prices")
    messages_per_second: float = Field(
        default=25.0, gt=0, le=20_000, description="market messages a second, all symbols together"
    )
    cash: Decimal = Field(default=Decimal(10_000), gt=0, description="USDT to start with")


class AccountSettings(_Section):
    """Name the account that the desk opens with; its key is in the keyring, never here."""

    id: Annotated[str | None, BeforeValidator(_empty_as_none)] = Field(
        default=None,
        description="name of an account of `fks-desk accounts list`; empty means the chosen one",
    )
    stand_in: Annotated[str | None, BeforeValidator(_empty_as_none)] = Field(
        default=None,
        pattern=r"^http://127\.0\.0\.1:\d{1,5}/?$",
        description="a simulated exchange on this machine in place of the real one, to rehearse",
    )


class FeedSettings(_Section):
    """Follow an exchange's public data; no key is needed."""

    exchange: str = Field(
        pattern="^[a-z][a-z0-9]{1,31}$", description="ccxt's id, such as kraken or binanceusdm"
    )
    symbols: tuple[str, ...] = Field(
        min_length=1,
        description="pairs such as BTC/USDT; BTC/USDT:USDT is the perpetual settled in USDT",
    )
    ccxt: dict[str, Any] = Field(
        default_factory=dict, description="options that ccxt takes, such as httpsProxy"
    )


class TradingSettings(_Section):
    """Limit what the desk may send."""

    max_order_notional: Decimal = Field(
        default=Decimal(250_000), gt=0, description="largest order, in the quote currency"
    )
    max_open_orders: int = Field(default=100, gt=0, description="orders open at once")
    max_orders_per_minute: int = Field(default=120, gt=0, description="orders sent in a minute")
    max_exposure: Decimal = Field(
        default=Decimal(500_000), gt=0, description="largest exposure of all instruments together"
    )
    price_collar_pct: Decimal = Field(
        default=Decimal(5), gt=0, le=100, description="how far past the last price, in %"
    )
    stale_after_s: Decimal = Field(
        default=Decimal(30), gt=0, description="seconds after which a price is too old to trade on"
    )
    max_symbol_exposure: Decimal = Field(
        default=Decimal(500_000), gt=0, description="largest exposure of one instrument"
    )
    max_positions: int = Field(default=50, gt=0, description="positions open at once")
    risk_per_trade_pct: Decimal = Field(
        default=Decimal(2), gt=0, le=100, description="what a stop may lose, in % of equity"
    )
    max_daily_loss_pct: Decimal = Field(
        default=Decimal(5),
        gt=0,
        le=100,
        description="loss since midnight UTC that locks out, in % of the day's first equity",
    )
    max_drawdown_pct: Decimal = Field(
        default=Decimal(20), gt=0, le=100, description="fall from the best equity that locks out"
    )
    cooldown_losses: int = Field(default=5, gt=0, description="losses in a row before a pause")
    cooldown_s: Decimal = Field(default=Decimal(900), gt=0, description="length of that pause")
    lock_after_min: int = Field(
        default=0,
        ge=0,
        le=480,
        description="minutes without key or mouse that lock orders by hand, 0 for never",
    )


class LiveSettings(_Section):
    """Cap the limits of accounts with real money; a fresh account starts small."""

    max_order_notional: Decimal = Field(
        default=Decimal(100), gt=0, description="largest order, in the quote currency"
    )
    max_exposure: Decimal = Field(
        default=Decimal(500), gt=0, description="largest exposure of all instruments together"
    )
    max_symbol_exposure: Decimal = Field(
        default=Decimal(250), gt=0, description="largest exposure of one instrument"
    )
    max_open_orders: int = Field(default=10, gt=0, description="orders open at once")
    max_orders_per_minute: int = Field(default=20, gt=0, description="orders sent in a minute")
    max_positions: int = Field(default=5, gt=0, description="positions open at once")
    max_daily_loss_pct: Decimal = Field(
        default=Decimal(2), gt=0, le=100, description="loss since midnight UTC that locks out, in %"
    )
    lock_after_min: int = Field(
        default=15,
        ge=1,
        le=480,
        description="minutes without key or mouse that disarm and lock an account",
    )


class AssistantSettings(_Section):
    """Choose the models of the chat."""

    model_file: Annotated[Path | None, BeforeValidator(_empty_as_none)] = Field(
        default=None, description="GGUF file of a language model; empty means evidence alone"
    )
    embeddings: Literal["auto", "words", "sentence-transformers"] = Field(
        default="auto", description="how texts are turned into vectors"
    )
    gpu_layers: int = Field(default=-1, ge=-1, description="layers on the GPU, -1 for all")
    context_tokens: int = Field(default=4096, ge=512, description="context window of the model")


class WindowSettings(_Section):
    """Shape the window."""

    theme: Literal["dark", "light", "color-blind"] | None = Field(
        default=None, description="colours; empty means those of the last time"
    )


class NotifySettings(_Section):
    """Tell of alerts outside the window."""

    webhook_url: Annotated[SecretStr | None, BeforeValidator(_empty_as_none)] = Field(
        default=None, description="a Discord webhook that alerts are posted to; empty means none"
    )


class LogSettings(_Section):
    """Shape the log files."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO")


class Settings(BaseSettings):
    """Hold every setting, checked."""

    model_config = SettingsConfigDict(
        env_prefix="FKS_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database: DatabaseSettings = DatabaseSettings()
    demo: DemoSettings = DemoSettings()
    account: AccountSettings = AccountSettings()
    feeds: tuple[FeedSettings, ...] = ()
    trading: TradingSettings = TradingSettings()
    live: LiveSettings = LiveSettings()
    assistant: AssistantSettings = AssistantSettings()
    window: WindowSettings = WindowSettings()
    notify: NotifySettings = NotifySettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic names it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, and the file over the built-in values."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(file: Path) -> Settings:
    """Return the settings, or raise `ConfigError` naming file, field and remedy."""

    class _FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        return _FromFile()
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{file} is not readable as TOML: {error}. Mend the line, or move the file away "
            "to start with the built-in settings.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{file} is not a UTF-8 text. Move it away to start with the built-in settings."
        ) from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from error
    except SettingsError as error:
        raise ConfigError(
            f"a variable of the settings cannot be read: {error}. A section is written as JSON, "
            "a single setting as FKS_SECTION__KEY, such as FKS_LOG__LEVEL=DEBUG."
        ) from error
    except ValidationError as error:
        raise ConfigError(_sentence(error, file)) from error


def _sentence(error: ValidationError, file: Path) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    given = "" if _is_secret(name) else f", was {first.get('input')!r}"
    variable = "FKS_" + name.replace(".", "__").upper()
    if first["type"] == "extra_forbidden":
        return (
            f"there is no setting {name}; look for a slip in its name or take it out of {file}, "
            f"or unset {variable} if it comes from there"
        )
    return (
        f"the setting {name} cannot be used: {first['msg'].lower()}{given}. "
        f"Correct it in {file} or in the variable {variable}."
    )


def _is_secret(name: str) -> bool:
    return any(word in name for word in ("url", "key", "secret", "token", "password"))
