"""The words of headers and values in many languages, and how fields with parameters are written."""
