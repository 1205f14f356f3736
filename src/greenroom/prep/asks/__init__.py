"""Questions that a person would ask their interviewers: kept by round, and looked at before they are asked."""
