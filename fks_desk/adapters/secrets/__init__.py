"""Keep secrets in the operating system's keyring, or in a sealed file where there is none."""
