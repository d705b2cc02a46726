"""Trainers: each turns a config file into an adapter, in a process of its own, under one contract."""
