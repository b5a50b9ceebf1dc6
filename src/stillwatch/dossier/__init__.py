"""One case as a folder that a third party can recompute: document, tables, manifest, signature.

* **subject**: what the dossier is about: a case of the ledger, or a campaign that no person has judged yet.
* **edition**: the full one, with keyed pseudonyms, or the redacted one.
* **figure**: a number, day or sentence of the document, with the SQL query that gives it from the tables of the folder.
* **book**: all figures of one dossier. Nothing is printed that is not in it.
* **manifest**: the figures and the hashes of all files, signed.
* **verification**: hashes, signature, and every query run again.
"""
