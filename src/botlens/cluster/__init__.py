"""Which of several processes has a company, by rows in PostgreSQL: slots, leases, epochs, nodes."""
