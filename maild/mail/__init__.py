"""The craft of mail, without I/O: composing, parsing, understanding and deciding."""
