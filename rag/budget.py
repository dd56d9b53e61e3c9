"""What models may cost in one day, reserved before each call and kept across restarts and processes."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rag.generate import Failure
from rag.limits import Limits

FILE = "budget.db"
WAIT = 5.0  # seconds for another process that reserves
_TABLE = "CREATE TABLE IF NOT EXISTS spent (day TEXT PRIMARY KEY, calls INTEGER, tokens INTEGER, money REAL)"


class Spent(Failure):
    """The day's budget does not hold another call. No model is to blame, and none stands in."""


def today() -> str:
    """The day that a budget is of, in UTC."""
    return datetime.now(UTC).date().isoformat()


class Budget:
    """Calls, tokens and US dollars of a day. Without any limit nothing is written. Threads and processes may share one."""

    def __init__(self, limits: Limits, day: Callable[[], str] = today) -> None:
        self._limits, self._day = limits, day
        self._kept = any(limit is not None for limit in (limits.daily_calls, limits.daily_tokens, limits.daily_money))

    def reserve(self, tokens: int, money: float) -> str:
        """Set aside one call and what it may take at most. Raises Spent; the day that comes back goes to `settle`."""
        day = self._day()
        if self._kept:
            self._change(day, 1, tokens, money, check=True)
        return day

    def settle(self, day: str, tokens: int, money: float) -> None:
        """Add what a call took more, or less, than was set aside for it."""
        if self._kept and (tokens or money):
            self._change(day, 0, tokens, money, check=False)

    def _change(self, day: str, calls: int, tokens: int, money: float, *, check: bool) -> None:
        folder = self._limits.folder
        if folder is None:
            raise Spent("was not asked, since a daily budget needs a folder to be kept in")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(_open(folder / FILE)) as kept, kept:
                kept.execute("BEGIN IMMEDIATE")
                found = kept.execute("SELECT calls, tokens, money FROM spent WHERE day = ?", (day,)).fetchone() or (0, 0, 0.0)
                now = (found[0] + calls, found[1] + tokens, found[2] + money)
                if check:
                    self._check(now)
                kept.execute("INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?)", (day, *now))
        except (OSError, sqlite3.Error) as error:
            if check:  # a budget that cannot be kept must not be overspent
                raise Spent(f"was not asked, since the daily budget cannot be kept ({error})") from error

    def _check(self, now: tuple[int, int, float]) -> None:
        limits = self._limits
        for spent, limit, name in zip(
            now, (limits.daily_calls, limits.daily_tokens, limits.daily_money), ("calls", "tokens", "dollars"), strict=True
        ):
            if limit is not None and spent > limit:
                raise Spent(f"was not asked, since it would go over the day's budget of {limit:g} {name}")


def _open(file: Path) -> sqlite3.Connection:
    kept = sqlite3.connect(file, timeout=WAIT, isolation_level=None)
    kept.execute(_TABLE)
    return kept
