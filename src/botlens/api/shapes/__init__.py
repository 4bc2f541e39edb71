"""The shapes of requests and answers, for OpenAPI."""
