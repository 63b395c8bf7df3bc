"""Between messages of the contract and the values of the journeys. Nothing is decided here."""
