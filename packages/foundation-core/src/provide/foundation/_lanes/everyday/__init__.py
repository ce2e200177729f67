"""The second tier of the fast lanes: common calls that their one flat function does not write."""
