"""The interview in the browser. Plain forms that redirect; with htmx the same answers are swapped into the stage instead of a new page."""
