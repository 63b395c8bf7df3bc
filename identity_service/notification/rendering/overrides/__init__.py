"""Templates that operators write: what they may do, that they do no harm, and how they become part of a mail."""
