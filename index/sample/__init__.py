"""The sample archive: articles written for Footnote. `README.md` beside this file says what each is for."""
