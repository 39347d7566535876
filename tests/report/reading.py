"""Reads HTML as a browser would."""

import html.parser


class Page(html.parser.HTMLParser):
    """Elements with the text in each, as a browser reads them; refuses what doesn't close."""

    EMPTY = frozenset({"meta", "link"})

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def text_in(self, tag):
        return [text for where, text in self.texts if where == tag]
