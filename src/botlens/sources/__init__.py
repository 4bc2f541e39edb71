"""Other systems' data turned into botlens events, and how they are brought in.

A source (`source`) gives plain dicts in the wire format of `POST /v1/events`; `importing` hands them to a
receiver. Nothing here stores an event.
"""
