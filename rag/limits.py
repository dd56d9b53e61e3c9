"""How long, how often and for how much a language model may be asked. Every limit can be set, none is the provider's."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

from index.errors import UsageError

PREFIX = "FOOTNOTE_"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, counts and sums. `Limits.from_environment()` reads each from FOOTNOTE_CONNECT, FOOTNOTE_FIRST_TOKEN, ...

    `folder` is where the daily budget and answers already given are kept; None keeps neither.
    """

    connect: float = 5.0  # seconds until a connection stands, the look-up of the name included
    first_token: float = 20.0  # seconds from the request to the first word
    silence: float = 15.0  # seconds without a further word
    whole: float = 60.0  # seconds for an answer: every attempt, every model, the repair
    retries: int = 2  # further attempts of one model, only after 429, 5xx and dropped connections
    retry_after: float = 10.0  # seconds that a server may ask to be left alone for
    failures: int = 5  # in a row, after which a model is not asked for `rest` seconds
    rest: float = 30.0
    prompt_tokens: int = 6000
    reply_tokens: int = 800
    daily_calls: int | None = None
    daily_tokens: int | None = None
    daily_money: float | None = None  # US dollars, as litellm's price list has it
    folder: Path | None = None
    cache: bool = True  # whether answers are kept in `folder`

    @classmethod
    def from_environment(cls, **given: object) -> "Limits":
        """The limits that the environment sets, those `given` first. Raises UsageError for what is no number above zero."""
        found: dict[str, object] = {"folder": state_folder()}
        for field in fields(cls):
            text = os.environ.get(PREFIX + field.name.upper())
            if text is not None and field.name != "folder":
                found[field.name] = _number(field.name, text)
        return cls(**{**found, **given})  # type: ignore[arg-type]


def state_folder() -> Path:
    """Where Footnote keeps what it must remember of models: FOOTNOTE_FOLDER, or this user's own folder for state."""
    from platformdirs import user_state_path

    named = os.environ.get(f"{PREFIX}FOLDER")
    return Path(named) if named else user_state_path("footnote")


def _number(name: str, text: str) -> int | float | bool:
    if name == "cache":
        return text.strip().lower() not in {"0", "no", "off", "false", ""}
    whole = name in {"retries", "failures", "prompt_tokens", "reply_tokens", "daily_calls", "daily_tokens"}
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = -1
    if not (0 <= value < float("inf")) or (value == 0 and name not in {"retries", "retry_after", "rest"}):
        variable = PREFIX + name.upper()
        raise UsageError(f"{variable} is {text!r}, not a {'whole ' if whole else ''}number.", next_step=f"unset {variable}")
    return value
