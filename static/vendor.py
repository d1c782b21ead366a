"""Takes GOV.UK Frontend into this repository without the font and the crest of GOV.UK.

The kit's licence covers its code; its font and crest belong to government services only.
The result is committed, so this runs only when the kit's version changes:

    npm pack govuk-frontend@6.3.0 && tar xzf govuk-frontend-6.3.0.tgz
    python static/vendor.py package

The client for uploads in pieces is taken over as it is, without its source map:

    npm pack tus-js-client@4.3.1 && tar xzf tus-js-client-4.3.1.tgz
    python static/vendor.py package
"""

import json
import re
import sys
from pathlib import Path

FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
FONT_NAME = re.compile(r"GDS Transport,\s*arial,\s*sans-serif", re.IGNORECASE)
CREST = re.compile(r"url\([^)]*crest[^)]*\)")
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=.*")
NOT_OURS = re.compile(r"GDS Transport|@font-face|crest|url\(", re.IGNORECASE)

LICENCE = """The MIT License (MIT)

Copyright (C) 2017 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of
this software and associated documentation files (the "Software"), to deal in
the Software without restriction, including without limitation the rights to
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies
of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def without_brand(css: str) -> str:
    css = FONT_FACE.sub("", css)
    css = FONT_NAME.sub("var(--app-font)", css)
    css = CREST.sub("none", css)
    return SOURCE_MAP.sub("", css)


def take_tus(package: Path, version: str) -> None:
    target = Path(__file__).parent / "vendor" / f"tus-js-client-{version}"
    target.mkdir(parents=True, exist_ok=True)
    script = SOURCE_MAP.sub("", (package / "dist" / "tus.min.js").read_text())
    (target / "tus.min.js").write_text(script)
    (target / "LICENCE.txt").write_text((package / "LICENSE").read_text())
    print(f"{target}: {len(script)} characters of script")


def main(package: Path) -> None:
    described = json.loads((package / "package.json").read_text())
    version = described["version"]
    if described["name"] == "tus-js-client":
        take_tus(package, version)
        return
    built = package / "dist" / "govuk"
    target = Path(__file__).parent / "vendor" / f"govuk-frontend-{version}"
    target.mkdir(parents=True, exist_ok=True)
    css = without_brand((built / "govuk-frontend.min.css").read_text())
    # The word stays in class names; what must not stay is anything that draws the crest.
    left = [m.group() for m in NOT_OURS.finditer(re.sub(r"[.#][\w-]*crest[\w-]*", "", css))]
    if left:
        sys.exit(f"GOV.UK brand left in the style sheet: {sorted(set(left))}")
    script = SOURCE_MAP.sub("", (built / "govuk-frontend.min.js").read_text())
    (target / "govuk-frontend.min.css").write_text(css)
    (target / "govuk-frontend.min.js").write_text(script)
    (target / "LICENCE.txt").write_text(LICENCE)
    print(f"{target}: {len(css)} characters of style, {len(script)} of script")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
