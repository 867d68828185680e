"""The client area: read-only pages for people who hold a link or a password."""
