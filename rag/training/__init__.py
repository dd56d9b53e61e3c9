"""How the shipped weights are made. Nothing that answers imports this."""
