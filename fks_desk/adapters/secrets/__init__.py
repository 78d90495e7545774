"""Keep secrets in the keyring."""
