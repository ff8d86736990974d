"""Answers: what a platform's answers say, whatever shape they come in. Nothing here asks."""
