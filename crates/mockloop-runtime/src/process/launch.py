"""Runs the project in the current folder: HOST PORT [SCRATCH].

Says first where it listens. Ends when standard input does: however the parent ends, no server is
left, and neither is the folder SCRATCH. Only if the last line of standard input was "stay", the
server goes on without its parent.
"""

import os
import shutil
import socket
import sys
import threading
import time

host, port, *scratch = sys.argv[1:]
# Listening before anything else is loaded: from here on nobody else can have the port.
family = socket.AF_INET6 if ":" in host else socket.AF_INET
try:
    listener = socket.create_server((host, int(port)), family=family, backlog=2048)
except OSError as error:
    sys.exit(f"can't listen on {host} port {port}: {error}")
port = str(listener.getsockname()[1])
print("mockloop listens on port", port, flush=True)
# So that the server's settings tell where it really is.
os.environ.update(MOCKLOOP_HOST=host, MOCKLOOP_PORT=port)

try:
    import uvicorn
except ModuleNotFoundError as error:
    sys.exit(
        f"{sys.executable} has no {error.name}: install requirements_mock.txt of the project into it,"
        " or name no Python, and mockloop makes an environment"
    )

config = uvicorn.Config(
    "main:app", access_log=False, log_level="warning", timeout_graceful_shutdown=2
)
server = uvicorn.Server(config)


def clear():
    for folder in scratch:
        shutil.rmtree(folder, ignore_errors=True)


def end_with_parent():
    last = b""
    while read := os.read(0, 1024):
        last = read
    if last.endswith(b"stay\n"):
        return
    server.should_exit = True
    time.sleep(5)
    clear()
    os._exit(1)


threading.Thread(target=end_with_parent, daemon=True).start()
try:
    server.run(sockets=[listener])
finally:
    clear()
if not server.started:
    sys.exit(3)
