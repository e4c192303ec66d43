"""Exercises: checks that answer in words, one module a lesson."""
