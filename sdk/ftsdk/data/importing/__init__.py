"""Reading in: tables, arrays, published row shapes and request logs to canonical chat JSONL."""
