"""How plans and runs look: for people as text, for programs as JSON, on a terminal as progress."""
