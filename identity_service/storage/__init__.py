"""The database: its tables, the statements that use them, and the transactions journeys open."""
