"""One case as a folder that a third party can recompute: document, tables, manifest, signature."""
