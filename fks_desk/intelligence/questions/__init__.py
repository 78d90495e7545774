"""Understand what a question is about: topics, instruments, times, sides."""
