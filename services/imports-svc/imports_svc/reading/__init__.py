"""Reads files in a process of its own.

What a huge or hostile file does to it happens to no other job, and its memory goes with it.
"""
