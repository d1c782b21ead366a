"""Texts and what a search makes of them, in Python and in each database."""

EXAMPLES = [
    ("Amira Khan", "amira khan"),
    ("  Zoë   O’Brien-Smith ", "zoe obrien smith"),
    ("Łukasz ŻÓŁĆ", "lukasz zolc"),
    ("Straße, 50% [new]", "strasse 50 new"),
    ("Ærøskøbing & Þór", "aeroskobing thor"),
    ("ﬁne ①", "fine 1"),
    ("a_b.c+d@e-f.example", "a b c d e f example"),
    ("ΑΘΗΝΑ Привет", "αθηνα привет"),
    ("Nguyễn Đức İz", "nguyen duc iz"),
    ("«Ça va»—“très” bien…", "ca va tres bien"),
    ("tab\tnew\nline\u00a0here", "tab new line here"),
]
