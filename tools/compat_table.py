"""Write the trust table of `perdure.compat` from the list in `perdure.migrate.compat`."""

from __future__ import annotations

import json
from pathlib import Path

from perdure.migrate.compat import COMPAT

TABLE = Path(__file__).parent.parent / "src/perdure/trust/tables/perdure.json"


def table() -> dict[str, object]:
    """What the file has to say: each class is built from its state, and saved under the name of its stock class."""
    stock = sorted({name for name, _ in COMPAT})
    return {
        "library": "perdure",
        "ways": {"state": sorted(COMPAT.values())},
        "logical": {
            name: {"way": "state", "stands_for": sorted(kind for (of, _), kind in COMPAT.items() if of == name)}
            for name in stock
        },
    }


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=1) + "\n", encoding="utf-8")
