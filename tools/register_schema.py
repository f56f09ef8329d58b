"""Write the register's JSON Schema where it is published; run after changing `public/register/values.py`."""

import json
from pathlib import Path

from hygie.public.register.values import schema

PLACE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "register.schema.json"


def text() -> str:
    """Return the schema as it is published."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), "utf-8")
