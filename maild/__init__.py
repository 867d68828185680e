"""maild sends invoices and estimates, shows the documents behind them, and acts on the answers."""

__version__ = "0.1.0"
