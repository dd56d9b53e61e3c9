"""Which addresses of articles may become links."""

from typing import TypeGuard
from urllib.parse import urlsplit

from ui.words import clean


def safe(url: str | None) -> TypeGuard[str]:
    """Whether an address is http or https, with a host, and without anything hidden in it.

    >>> safe("https://example.org/a"), safe("javascript:alert(1)"), safe("https:///path"), safe(None)
    (True, False, False, False)
    """
    if not url or url != clean(url) or any(character.isspace() for character in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
