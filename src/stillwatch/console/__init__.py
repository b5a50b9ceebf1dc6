"""The investigator's desk in the browser: a door. No judgement is made and no figure is computed here."""
