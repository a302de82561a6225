"""Runs commands of the openstack client in one process, as starting it anew for each takes seconds.

Each line of the input is a command as a JSON list of arguments, each line of the output what came of it.
"""

import contextlib
import io
import json
import sys

from openstackclient import shell


def taken(text):
    """What was written since the last time."""
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written


def main():
    app = shell.OpenStackShell()
    # The client's log keeps the standard error that it finds when it is set up.
    out, err = io.StringIO(), io.StringIO()
    app.stdout, app.stderr = out, err
    answers, logged_in = sys.stdout, False
    for line in sys.stdin:
        command = app.run_subcommand if logged_in else app.run
        logged_in = True
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = command(json.loads(line))
            except SystemExit as end:  # the arguments were refused
                status = end.code
        print(json.dumps({"status": status, "out": taken(out), "err": taken(err)}), file=answers, flush=True)


main()
