"""The command's exit codes, as cron meets them."""

OK = 0  # all went well
LOST = 1  # something wanted was lost, or a source failed
USAGE = 2  # wrong usage or configuration; nothing was fetched
INTERRUPTED = 130  # by Ctrl-C or SIGTERM; what was stored is stored
