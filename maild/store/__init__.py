"""Everything kept: the seam to a database, and every SQL statement, one file per noun."""
