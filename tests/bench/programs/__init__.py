"""What the bench runs as processes of their own: peers, and maild with a hand on its lever."""
