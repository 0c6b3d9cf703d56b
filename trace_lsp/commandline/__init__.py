"""The commands of the command line, which `cli` finds and starts."""
