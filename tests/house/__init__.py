"""The house rules: sizes, names, imports, pins and containers, checked on the files themselves."""
