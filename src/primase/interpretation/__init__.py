"""STEP 4: what a model looks at. Attributions by five methods, motifs made from them, and checks of both.

A method is ``f(model, seq, target, *, hypothetical, batch_size) -> (N, C, L)``, for any ``nn.Module`` that takes
``seq`` and returns ``{"logits": (B, T)}``, one-hot sequences (N, C, L) and the number of a logit. The model comes back
as it was.
"""
