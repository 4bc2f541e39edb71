"""How the accounts database came to its present shape; run by `botlens.database.database`."""
