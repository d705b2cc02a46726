"""The embedded engine: a LoRA trainer and a batched decoder for SmolLM2-135M, in NumPy alone.

``python -m ftsdk.trainers.smol --config PATH`` trains, ``python -m ftsdk.trainers.smol.serve --model PATH`` answers.
A tuner for demonstrations and continuous integration: real training of one small model, on the processor.
"""
