"""Read and write candle files."""
