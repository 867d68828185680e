"""The command line, one file per noun.

`maild --help` must be there at once, so whatever is heavy is imported inside the command.
"""
