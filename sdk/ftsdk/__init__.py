"""Fine-tuning, declared, planned, proved and promoted."""
