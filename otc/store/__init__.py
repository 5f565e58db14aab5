"""Where facts are kept: a DuckDB file or a folder of CSV files, behind one protocol and under one contract suite."""
