"""The doors: a command line and a page in the browser. They parse, make one library call, and show what it gave."""
