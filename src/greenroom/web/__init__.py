"""The web door: server-rendered pages and a JSON API over one ``Room``. It knows nothing of the command line."""
