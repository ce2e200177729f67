"""Which lines an output writes: by their level and logger, and by a function of the user's."""
