"""How each library is set up, as its own documentation recommends for speed.

rivals.toml has them all; an adapter is a class of `library.Library`, which only the library's own
process loads, because a library is imported when its adapter is made.
"""
