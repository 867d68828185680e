"""What the business does: each service is one transaction, with its events."""
