"""`python -m ui` is the `footnote` command."""

import sys

from ui.cli import main

sys.exit(main())
