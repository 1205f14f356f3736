"""What the interview's room leans on: how an interview is planned, how a model words it, and what is kept beside an answer."""
