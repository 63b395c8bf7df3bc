"""The statements, built once. A query runs on the connection it is given and opens nothing."""
