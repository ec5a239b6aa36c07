"""Keeps pages away from the HTML parser that would hold it up or fill the memory.

A tag's attributes cost the square of their number: 500,000 take minutes and fit into four megabytes.
"""

import re

MOST_ATTRIBUTES = 5_000
MOST_NODES = 100_000
# As HTML's tokenizer cuts them (WHATWG HTML 13.2.5.32 and on); possessive: no text takes longer than its length.
ATTRIBUTE = re.compile(r"""[\s/]*+(?:=[^\s/>=]*+|[^\s/>=]++)(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+""")
TAG = re.compile(rf"<[a-zA-Z][^\s/>]*+(?P<attributes>(?:{ATTRIBUTE.pattern}){{1,{MOST_ATTRIBUTES + 1}}}+)")


def unbearable(text: str) -> str | None:
    """Return what makes a page more than a parser can bear; None of any page that people read."""
    nodes = text.count("<")
    if nodes > MOST_NODES:
        return f"more than {MOST_NODES} tags"
    for tag in TAG.finditer(text):
        attributes = sum(1 for _ in ATTRIBUTE.finditer(tag["attributes"]))
        nodes += attributes
        if attributes > MOST_ATTRIBUTES or nodes > MOST_NODES:
            return f"more than {MOST_ATTRIBUTES} attributes in a tag, or {MOST_NODES} in all"
    return None
