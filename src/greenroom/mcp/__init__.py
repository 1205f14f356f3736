"""The door for programs: greenroom as an MCP server over stdin and stdout. It talks to ``Room`` alone, like the other doors.

What it keeps from whoever is on the other side: the rubric before an attempt, and the pen. Without ``--allow-writes`` there is no tool that
stores anything, and the database is not even made. It does not protect from the program that started it, which runs with the same rights.
"""
