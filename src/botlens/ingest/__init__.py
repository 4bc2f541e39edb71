"""From a request body to durable events: named steps, counted rejections, group commit."""
