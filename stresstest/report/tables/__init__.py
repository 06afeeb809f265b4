"""The tables of the report, one short function each: from the document, in the order people read them."""
