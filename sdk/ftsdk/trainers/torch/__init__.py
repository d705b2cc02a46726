"""The torch trainer: the contract of `ftsdk.trainers.contract` on transformers, PEFT and accelerate, for any model.

Importing these modules needs none of them; running them does (the extra ``torch``).
"""
