"""The command line and the process tree. Starts, watches and stops programs; must not compile or route anything."""
