"""How a script of ours talks with the bench, line by line, while both take turns."""

import json
import os
import queue
import sys
import threading
import time


def requests():
    """Lines of standard input. The bench ends its processes without notice: this one must not outlive them, whatever it is doing."""
    lines = queue.SimpleQueue()

    def read():
        for line in sys.stdin:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return iter(lines.get, None)


def say(what):
    print(json.dumps(what), flush=True)


def seconds_of(run, runs):
    """The seconds of each of so many runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return seconds


def serve(main):
    """Runs a script to its end; an error is said in a line, as the bench reads it."""
    try:
        main()
    except Exception as error:
        words = str(error).strip().splitlines() or [""]
        say({"error": f"{type(error).__name__}: {words[0]}"})
        os._exit(0)
