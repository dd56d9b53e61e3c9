"""What every piece of HTML is made with: words as text, addresses as links or as nothing.

Every word from an article, a file's name, a question or a model passes `text`; nothing else makes it harmless.
"""

import html
import re
from typing import TypeGuard
from urllib.parse import urlsplit

from ui.words import clean


def text(words: str | None) -> str:
    """Words as HTML text or attribute value. Newlines become spaces, and the white space at both ends stays.

    >>> text('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return html.escape(re.sub(r"\s+", " ", clean(words or "")))


def safe(url: str | None) -> TypeGuard[str]:
    """Say whether an address may become a link: http or https, with a host, without white space or control characters.

    >>> safe("https://e.org/a"), safe("javascript:alert(1)"), safe("https:///a")
    (True, False, False)
    """
    if not url or url != clean(url) or any(character.isspace() for character in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def link(label: str, url: str | None) -> str:
    """Link a label that is HTML already, when the address is safe."""
    return f'<a href="{text(url)}" target="_blank" rel="noopener noreferrer nofollow">{label}</a>' if safe(url) else label


def button(label: str, act: str, **data: object) -> str:
    """Make a button that the page's script acts on; `label` is HTML already, `aria` among the data its spoken name."""
    aria = f' aria-label="{text(str(data.pop("aria")))}"' if "aria" in data else ""
    kind = f' class="{text(str(data.pop("kind")))}"' if "kind" in data else ""
    rest = "".join(f' data-{name}="{text(str(value))}"' for name, value in data.items() if value is not None)
    return f'<button type="button" data-act="{act}"{kind}{aria}{rest}>{label}</button>'
