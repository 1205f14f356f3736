"""The labs in the browser: their pages, their stream, their JSON; ``plots`` says where things stand in the pictures."""
