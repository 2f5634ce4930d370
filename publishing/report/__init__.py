"""What an office prints and signs of a month: the report as PDF and Word, and a workbook with its
figures.

In: the published file of one version, read-only. Out: `bao-cao-<month>.pdf`, `bao-cao-<month>.docx`
and `bang-so-lieu-<month>.xlsx`. `files` writes them; `month` reads the figures; `paper` puts them
into words; `pdf`, `word` and `workbook` each write one kind of file. The same version and the same
settings make the same bytes.
"""
