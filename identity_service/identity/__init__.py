"""What people do with their accounts: one file a journey, and beside them the rules they share."""
