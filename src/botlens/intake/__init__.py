"""From bytes to records: unpacking, decoding, checking; pure."""
