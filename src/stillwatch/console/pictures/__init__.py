"""Pictures of a result, as geometry that a template prints as SVG: no style attribute, no script, no randomness.

* **sparkline**: a campaign by day, small enough for a row of a table.
* **alike**: accounts that hold the same shown values, taken together. **network**: these drawn between their values.
"""
