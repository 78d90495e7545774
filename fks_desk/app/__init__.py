"""Put the rooms together and run them."""
