"""The application that every web framework here has, in Django."""
