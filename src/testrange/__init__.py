"""The test range: simulated worlds in which campaigns hide among ordinary customers and benign twins, with the truth.

Rows in a table; nothing here queries any model. Stillwatch never imports this package.

* **world**: a declaration (seed, days, sizes, campaigns, twins) and the tables written from it.
* **population**: accounts as columns: what the provider knows of each, and how its owner behaves.
* **campaign**, **twin**: populations that share much, for a bad and for a good reason.
* **script**: what an account writes; composed from a phrasebook, templates or public prompts.
"""
