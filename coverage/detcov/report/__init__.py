"""Renderers: values in, bytes or text out."""
