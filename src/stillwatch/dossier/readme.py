"""`README.txt`: how a third party checks a dossier with DuckDB and OpenSSL alone."""

from __future__ import annotations

from collections.abc import Sequence

_TEXT = """\
DOSSIER

  dossier.html, dossier.pdf   the document; both say the same
  tables/*.parquet            the rows behind it
  manifest.json               every number of the document with its query, and the hash of every file
  manifest.sig                Ed25519 signature over manifest.json, 64 bytes
  signing-key.pub             the public key, PEM

CHECK IT WITH OUR PROGRAM

  stillwatch dossier verify FOLDER --key THE-KEY-YOU-HAVE-FROM-ELSEWHERE

CHECK IT WITHOUT OUR PROGRAM

1. The signature. With the key in this folder it proves that nothing was changed since it was signed, and not by whom.
   To know who signed, use the key that the sender gave you on another way.

     openssl pkeyutl -verify -pubin -inkey signing-key.pub -rawin -in manifest.json -sigfile manifest.sig

2. The files. Every file but manifest.json and manifest.sig is named in "files" of manifest.json with its SHA-256; no
   other file belongs here.

     sha256sum dossier.html tables/*.parquet

3. The numbers. Start DuckDB (https://duckdb.org) in this folder and name the tables:

{views}

   Then run the "query" of any figure in manifest.json and compare with its "value" or "rows". In dossier.html each
   number stands in an element <data> whose attribute data-figure names its figure; after a colon follow row and column,
   counted from 0. All queries are at once:

     SELECT f.id, f.words, f.query FROM (SELECT unnest(figures) AS f FROM read_json('manifest.json'));

   Times are UTC. A figure "from" the scan is "quoted": a probability, a strength or a sentence that the tables only
   repeat. To reckon it again takes the log. All others are "counted" from the rows.
"""


def readme(tables: Sequence[str]) -> str:
    """The text, for a folder with these tables."""
    views = "\n".join(f"     CREATE VIEW \"{name}\" AS SELECT * FROM 'tables/{name}.parquet';" for name in tables)
    return _TEXT.format(views=views)
