"""The work of the command line, from files to files: a module a command."""
