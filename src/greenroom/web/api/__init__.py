"""The JSON API, a module a word: everything that the pages can do, with the domain's own values; ``shapes``: what all share."""
