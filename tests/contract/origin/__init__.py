"""A model of the router that the seed contract comes from, written anew from what is known of it.

It fetches rows and counts them in Python, over a stand-in for the PostgREST that it asks, with its faults.
"""
