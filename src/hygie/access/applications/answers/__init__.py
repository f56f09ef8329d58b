"""Answers in statistics: prepared, checked, given, and taken by those who asked."""
