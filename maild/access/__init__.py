"""Who may see what, through which link or password, and how often they may try."""
