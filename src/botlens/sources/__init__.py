"""Other systems' data turned into botlens events, and the demo's made-up data.

Everything here gives plain dicts in the wire format of `POST /v1/events`; nothing here stores anything.
"""
