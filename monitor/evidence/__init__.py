"""The evidence bundle of an alert (证据包): a zip that a third party can check by itself.

`gathering` and `registered` read the store, `attached` the folder of media. The rest is pure: `manifest`
(hashes and their chain), `container` (the zip, the same bytes for the same content), `verifying`,
`documents` (what is in it), `page`, `tables` and `attachments`, `plot` and `chart`. `docs/evidence.md`
says what a bundle proves and what it does not.
"""
