"""How records become durable and counted."""
