"""What leaves the house: a document of few kinds of blocks, written as Markdown or as one HTML file."""
