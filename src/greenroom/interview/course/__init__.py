"""The course of an interview: which rounds it has, where a follow-up goes, and how its time is told."""
