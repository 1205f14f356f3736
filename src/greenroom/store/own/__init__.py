"""Rows of what a person prepares with: their own stories, and the questions they mean to ask."""
