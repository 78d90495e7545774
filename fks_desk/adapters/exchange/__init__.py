"""Speak to exchanges through ccxt."""
