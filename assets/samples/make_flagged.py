#!/usr/bin/env python3
"""Writes flagged_call.pkl: the tutorial's LogisticRegression with a call before it whose result is thrown away.
Nothing is run to make it; loading it would print one line of text in a shell."""
import os
import pickle

HERE = os.path.dirname(os.path.abspath(__file__))
model = open(os.path.join(HERE, "logistic_model.pkl"), "rb").read()
command = b"echo picklescope sample: this would have run"
call = (pickle.SHORT_BINUNICODE + b"\x05posix" + pickle.SHORT_BINUNICODE + b"\x06system" + pickle.STACK_GLOBAL
        + pickle.SHORT_BINUNICODE + bytes([len(command)]) + command + pickle.TUPLE1 + pickle.REDUCE + pickle.POP)
# PROTO 4 and the frame of the model are two and nine bytes; the call goes between them, outside any frame.
open(os.path.join(HERE, "flagged_call.pkl"), "wb").write(model[:2] + call + model[2:])
