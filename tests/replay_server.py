"""pywb on an archive of ours, on a free port of loopback; prints the port, serves until killed.

Runs in an environment of its own (``.venv-replay``, from ``replay.lock``) and imports nothing of
this project: pywb reads our WARC files and the index beside them.

``python tests/replay_server.py ARCHIVE``
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from gevent.pywsgi import WSGIServer
from pywb.apps.frontendapp import FrontEndApp


def main() -> None:
    """Serve the collection ``archive``."""
    archive = Path(sys.argv[1]).resolve()
    config = {
        "framed_replay": False,
        "collections": {
            "archive": {
                "index_paths": str(archive / "cdxj"),
                "archive_paths": f"{archive / 'warc'}/",
            }
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # pywb looks for its configuration and templates here
        Path("config.yaml").write_text(json.dumps(config), "utf-8")  # JSON is YAML
        server = WSGIServer(("127.0.0.1", 0), FrontEndApp(), log=None)
        server.init_socket()
        print(server.address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
