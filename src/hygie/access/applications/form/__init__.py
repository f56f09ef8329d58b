"""What an applicant writes: the guided form and what it says beforehand, and the pages of their own applications."""
