"""Token numbers to tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens, as_padded


class RecurrentEncoder(nn.Module):
    """An embedding and a GRU (Cho et al., 2014) that reads from left to right.

    Shapes: int64 [B, T], or Padded, to Tokens [B, 1, D] (the state after the last
    real step) when `pool`, else to all states [B, T, D].
    Masked steps are skipped wherever they stand: the real ones are moved to the
    front before the GRU, and back afterwards. Packing is shown in notebook 04.

    Raises TypeError when the tokens are not whole numbers.
    """

    def __init__(
        self,
        vocabulary_size: int,
        d_model: int,
        embedding_dim: int = 64,
        pool: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.vocabulary_size, self.d_model, self.pool = vocabulary_size, d_model, pool
        self.embedding = nn.Embedding(vocabulary_size, embedding_dim)
        self.dropout = nn.Dropout(dropout)
        self.gru = nn.GRU(embedding_dim, d_model, batch_first=True)

    def forward(self, text: Padded | Tensor) -> Tokens:
        padded = as_padded(text, item_ndim=0)
        if padded.values.is_floating_point():
            raise TypeError(f"text is {padded.values.dtype}; expected token numbers")
        # argsort puts the real steps first and keeps their order (it is stable).
        order = (~padded.mask).to(torch.uint8).argsort(dim=1, stable=True)
        vectors = self.dropout(self.embedding(padded.values.gather(1, order)))
        states, _ = self.gru(vectors)  # [B, T, D]
        if self.pool:
            last = padded.mask.sum(dim=1).sub(1).clamp(min=0)  # [B]
            values = states.gather(1, last[:, None, None].expand(-1, 1, self.d_model))
            mask = padded.present.unsqueeze(1)
        else:
            back = order.argsort(dim=1).unsqueeze(-1).expand_as(states)
            values, mask = states.gather(1, back), padded.mask
        return Tokens(values * mask.unsqueeze(-1), mask)
