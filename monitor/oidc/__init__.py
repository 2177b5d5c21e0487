"""People whom the bureau's own provider knows (OpenID Connect), an option beside tokens.

`claims` (pure) says who somebody is and what he may, `provider` asks the provider and holds JWTs against
its keys. Nothing here knows the store or the API.
"""
