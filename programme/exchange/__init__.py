"""Tables in and out: what a structure sends us as CSV or XLSX, and what it gets back."""
