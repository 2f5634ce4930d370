"""The page of a version: one file of HTML that asks nothing of any host, Vietnamese first, English
beside it.

In: the published file of the version. Out: `index.html`. A figure is read where it was published
(`figures`), drawn to scale (`charts`), written as a language writes it (`language`, and
`publishing.sentences`) and put into the templates (`write`).
"""
