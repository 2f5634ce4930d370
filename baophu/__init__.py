"""The command line: thin, one function per command; the only room that may import all the
others."""
