"""What runs inside the user's interpreter: the standard library alone, on Python 3.9 and newer."""
